// What `pnpm dev` says when the stack stands: where everything is. Pure.
import type { StackDescription } from '../stack-description.ts';
import { KEYS_LINE } from './menu.ts';
import type { Paint } from './paint.ts';

export type Standing = {
  readonly description: StackDescription;
  readonly dataDirectory: string;
  readonly afterMs: number;
  /** A database of the user's own is used. */
  readonly ownDatabase: boolean;
  /** What becomes of orders of products that nobody has counted, by the setting of Commerce Coordinator. */
  readonly unknownStock: string | undefined;
  /** Who carries the events. */
  readonly bus: 'embedded' | 'localstack' | 'kafka';
};

const STORAGE = {
  embedded: 'events on their way are in memory, and dead letters with them: after a restart Commerce Coordinator asks for what it missed, and dead letters are gone',
  localstack: 'events on their way are in your LocalStack',
  kafka: 'events on their way are in your Kafka',
} as const;
const NAME_WIDTH = 24;

/** The lines, without the link that signs in: it is asked for when the stack stands. */
export function bannerLines({ description, dataDirectory, afterMs, ownDatabase, unknownStock, bus }: Standing, paint: Paint): string[] {
  const { cc, of, receiver } = description;
  const rows: readonly (readonly [string, string])[] = [
    ['Dashboard', `${cc}/dashboard/`],
    ['Commerce Coordinator', `${cc}/docs`],
    ['Order Fulfillment', `${of}/docs`],
    ['Guide', `${cc}/docs/guide/`],
    ...(receiver === undefined ? [] : [['Your receiver', `${receiver}/`] as const]),
    ['Data', `${dataDirectory}: stack.json has addresses and secrets; logs and e-mails are there`],
    ['Storage', `development: ${ownDatabase ? 'your PostgreSQL' : 'an embedded PostgreSQL, safe when processes die, not backed up'}; ${STORAGE[bus]}`],
  ];
  const stock = unknownStock === 'refuse' ? ['  Stock: none, until POST /inventory/adjustments brings some.'] : [];
  return [paint('bold', `The stack is ready after ${(afterMs / 1_000).toFixed(1)} s.`), ...rows.map(([name, said]) => `  ${paint('cyan', name.padEnd(NAME_WIDTH))}${said}`), ...stock];
}

/**
 * What is left in the queue when the services have drained.
 * @param left undefined where it could not be asked, or the bus is not a queue
 * @param isKept the queue outlives this stack
 */
export function leftLine(afterMs: number, left: { readonly inHand: number; readonly waiting: number; readonly deadLetters: number } | undefined, isKept: boolean): string {
  const drained = `Drained after ${afterMs} ms`;
  if (left === undefined) return `${drained}.`;
  const { inHand, waiting, deadLetters } = left;
  const parts = [
    `${inHand} messages in hand`,
    ...(waiting === 0 ? [] : [`${waiting} wait in the queue: what they tell is asked for after the next start`]),
    ...(deadLetters === 0 ? [] : [`${deadLetters} dead ${deadLetters === 1 ? 'letter' : 'letters'} in the dead-letter queue: ${isKept ? 'they stay there' : 'it is in memory, so they are lost'}`]),
  ];
  return `${drained}, ${parts.join('; ')}.`;
}

/** `keys`: somebody can press some. */
export function endLines(link: string | undefined, keys: boolean, paint: Paint): string[] {
  const signIn = link === undefined ? [] : [`  ${paint('cyan', 'Sign in, once'.padEnd(NAME_WIDTH))}${link}`];
  return [...signIn, paint('bold', keys ? KEYS_LINE : 'Ctrl-C, or SIGTERM, ends it in order.')];
}
