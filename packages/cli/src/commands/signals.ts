/** `signals`: the map as it runs: which extension sends what, which handlers hear it, and what of it was never used. */
import type { Command } from 'commander';
import { z } from 'zod';
import { addExamples } from '../help.ts';
import { NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const signalForm = z.looseObject({
  signal: z.string(), name: z.string(), from: z.array(z.string()), fromOutside: z.array(z.looseObject({ source: z.string() })), heardBy: z.array(z.string()), unheard: z.string().nullable(),
  perSecond: z.number(), lastAt: z.string().nullable(),
});
const handlerForm = z.looseObject({ handler: z.string(), extension: z.string(), kind: z.string(), hears: z.array(z.string()), perSecond: z.number(), waiting: z.number(), dead: z.number(), lastAt: z.string().nullable() });
const flowForm = z.looseObject({ since: z.string().nullable(), missing: z.array(z.string()), signals: z.array(signalForm), handlers: z.array(handlerForm) });
const mapForm = flowForm.pick({ since: true, signals: true, handlers: true });
type Signal = z.infer<typeof signalForm>;
type Handler = z.infer<typeof handlerForm>;
type Map = z.infer<typeof mapForm>;

const DEFAULT_CLIENT = 'operator';

const EXAMPLES = `
"npx --yes pnpm@12.21.0 signals" prints the map of the code, without a service.

Examples:
  cli signals
  cli signals --extension payments
  cli signals order.created
  cli signals --unused
`;

interface Options {
  readonly extension?: string;
  readonly unused?: boolean;
}

export function addSignals(program: Command, perform: Perform): void {
  addExamples(program.command('signals'), EXAMPLES).description('which event is sent by whom and heard by which handlers, as the service runs it (needs the scope events:read)')
    .argument('[name]', 'only this event (OrderCreated, order.created), or this handler')
    .option('--extension <name>', 'only what this extension sends or hears')
    .option('--unused', 'only what was never sent, or never heard anything')
    .action(perform(signals));
}

async function signals(work: Work, name: string | undefined, { extension, unused }: Options): Promise<void> {
  const flow = flowForm.parse(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', '/api/flow'));
  const isNamed = (names: readonly string[]): boolean => name === undefined || names.includes(name);
  const isUsed = ({ lastAt }: Signal | Handler): boolean => unused !== true || lastAt === null;
  const found = {
    since: flow.since,
    signals: flow.signals.filter((one) => isUsed(one) && isNamed([one.signal, one.name, ...one.heardBy]) && (extension === undefined || one.from.includes(extension) || one.heardBy.some((handler) => isOf(handler, extension)))),
    handlers: flow.handlers.filter((one) => isUsed(one) && isNamed([one.handler, ...one.hears, ...flow.signals.filter(({ signal }) => one.hears.includes(signal)).map((signal) => signal.name)]) && (extension === undefined || one.extension === extension)),
  };
  work.show(found, mapForm, mapText);
  for (const text of flow.missing) work.remark(text);
}

function isOf(handler: string, extension: string): boolean {
  return handler.startsWith(`${extension}.`);
}

function mapText({ since, signals: sent, handlers }: Map, time: Time): string {
  if (sent.length + handlers.length === 0) return 'Nothing is like that.\n';
  const last = (at: string | null): string => (at === null ? `never${since === null ? '' : ` since ${time(since)}`}` : time(at));
  const events = table(['EVENT', 'SENT BY', 'HEARD BY', 'A SECOND', 'LAST'], sent.map((one) => [
    one.name, [...one.from, ...one.fromOutside.map(({ source }) => source)].join(' ') || NOTHING, one.heardBy.join(' ') || `nobody${one.unheard === null ? '' : `: ${one.unheard}`}`, perSecond(one.perSecond), last(one.lastAt),
  ]));
  const hearing = table(['HANDLER', 'KIND', 'HEARS', 'A SECOND', 'WAITING', 'DEAD', 'LAST'], handlers.map((one) => [
    one.handler, one.kind, one.hears.join(' '), perSecond(one.perSecond), String(one.waiting), String(one.dead), last(one.lastAt),
  ]));
  return [...(sent.length === 0 ? [] : [events]), ...(handlers.length === 0 ? [] : [hearing])].join('\n');
}

function perSecond(value: number): string {
  return value === 0 ? '0' : value.toFixed(2);
}
