// What `pnpm demo` may be told on its command line. Pure.
import { parseArgs } from 'node:util';

export const USAGE = `pnpm demo [options]

Starts the whole stack on free ports in a folder of its own, opens a shop with the stock of the sample, places its 400 orders while
goods come in, waits until each is settled, and compares the accounts of all sides: what was sold, what Order Fulfillment reports and
what each provider has on its own books; the books of the payment provider; the stock.
Some cards are refused, some orders cannot be fulfilled or only in part, some customers cancel or send things back: each way of
compensation must occur, and be complete.
Exit code 0: every order was accepted and is settled, and everything agrees to the piece and to the cent. Else 1; a malformed line
alone is no reason for 1.

  --raw-stock              nobody fills the shelves up, and nothing else goes wrong: shows how far the stock of the sample goes
  --orders FILE            orders to place, one JSON object per line, with stock enough for all of them and nothing going wrong on
                           purpose; a malformed line is reported with its number and the others are placed
  --kill                   kills Commerce Coordinator and then Order Fulfillment with SIGKILL while orders are under way
  --drop SHARE             the bus loses this share (0 to 0.9) of the outcomes for good; every order settles all the same, and what
                           was lost must be what comparing both services has found
  --timeout-seconds N      how long everything after the start may take (default: 180)
  --keep                   leaves the folder with databases, logs and e-mails behind (default: only when something went wrong)
  --help                   this text

LMS_FAULTS and PAYMENTS_FAULTS in the environment make the stand-ins misbehave: JSON, see infra/local/src/stand-ins/*/CONTRACT.md`;

export type DemoArguments = {
  readonly ordersFile: string | undefined;
  readonly rawStock: boolean;
  readonly kill: boolean;
  readonly drop: number;
  readonly timeoutMs: number;
  readonly keep: boolean;
};

const MAX_DROP = 0.9;

/** Throws with a sentence for people when an option is unknown or malformed; undefined when help was asked for. */
export function readArguments(given: readonly string[]): DemoArguments | undefined {
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...given].filter((word) => word !== '--'),
    options: { orders: { type: 'string' }, 'raw-stock': flag, kill: flag, drop: { type: 'string' }, 'timeout-seconds': { type: 'string' }, keep: flag, help: flag },
  });
  if (values.help) return undefined;
  const seconds = Number(values['timeout-seconds'] ?? '180');
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error('--timeout-seconds takes a whole number of seconds from 1');
  const drop = Number(values.drop ?? '0');
  if (!(drop >= 0 && drop <= MAX_DROP)) throw new Error(`--drop takes a share from 0 to ${MAX_DROP}, such as 0.1`);
  return { ordersFile: values.orders, rawStock: values['raw-stock'] ?? false, kill: values.kill ?? false, drop, timeoutMs: seconds * 1_000, keep: values.keep ?? false };
}
