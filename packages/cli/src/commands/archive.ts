/** `archive replays`: brings events that were lost out of the archive of Order Fulfillment's bus, watches that, and stops it. */
import type { Command } from 'commander';
import { z } from 'zod';
import { Bad, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { reasonOf } from '../reason.ts';
import { fields, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';

const replayForm = z.looseObject({
  name: z.string(), state: z.string(), reason: z.string().nullish(), from: z.string(), to: z.string(), startedAt: z.string().nullish(), endedAt: z.string().nullish(),
  lastEventAt: z.string().nullish(), progress: z.number(), arrived: z.looseObject({ applied: z.number(), duplicates: z.number(), refused: z.number(), lastAt: z.string().nullish() }),
});
type Replay = z.infer<typeof replayForm>;
const listForm = z.looseObject({ items: z.array(replayForm) });

const DEFAULT_CLIENT = 'operator';
const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'CANCELLED', 'FAILED']);

const EXAMPLES = `
applied     events that had been missing, and are handled now
duplicates  events that were here already; they changed nothing, and nothing outside was done for them again
refused     events that could not be taken: they are among the dead letters, with the reason

Examples:
  cli archive replays start --from 3h --reason events_lost
  cli archive replays start --from 2030-01-31T12:00:00Z --to 2030-01-31T13:00:00Z --name outage-of-monday --reason events_lost
  cli archive replays watch order-fulfillment-outage-of-monday
  cli archive replays show order-fulfillment-outage-of-monday
  cli archive replays stop order-fulfillment-outage-of-monday --reason wrong_window
  cli archive replays list --limit 10
`;

interface ReasonGiven {
  readonly reason: string;
  readonly message?: string;
}
interface StartOptions extends ReasonGiven {
  readonly from: string;
  readonly to?: string;
  readonly name?: string;
}

export function addArchive(program: Command, perform: Perform): void {
  const archive = program.command('archive').description('the archive of Order Fulfillment’s bus');
  const replays = addExamples(archive.command('replays'), EXAMPLES).description('events out of the archive, sent once more to Commerce Coordinator (needs the scope replay:read; start and stop replay:write)');
  replays.command('start').description('replay a window of time: what is missing is applied, what is here already changes nothing')
    .requiredOption('--from <time>', 'the first event: a time, or how long ago (30m, 12h, 7d); 30 days at most')
    .option('--to <time>', 'the last event; now when left out')
    .option('--name <name>', 'a name that was not used before; one is made when it is left out')
    .requiredOption('--reason <code>', 'why: a code such as events_lost').option('--message <text>', 'the same for people')
    .action(perform(start));
  replays.command('watch').description('tell how far it is until it has ended').argument('<name>').option('--every <seconds>', 'time between two looks', '2').action(perform(watch));
  replays.command('show').description('how far it is, and what it has brought').argument('<name>').action(perform(show));
  replays.command('stop').description('stop it; what was sent stays').argument('<name>')
    .requiredOption('--reason <code>', 'why: a code such as wrong_window').option('--message <text>', 'the same for people')
    .action(perform(stop));
  replays.command('list').description('the replays of the archive that AWS still knows').option('--limit <count>', 'how many at most', '50').action(perform(list));
}

async function start(work: Work, { from, to, name, reason, message }: StartOptions): Promise<void> {
  const time = (text: string, option: string): string => pastTimeOf(text, option, work.nowMs());
  const body = { from: time(from, '--from'), ...(to !== undefined && { to: time(to, '--to') }), ...(name !== undefined && { name }), reason: reasonOf(reason, message) };
  const replay = await (await work.api('cc', DEFAULT_CLIENT)).call('POST', '/archive-replays', body);
  work.show(replay, replayForm, replayText);
  const { name: started } = replayForm.parse(replay);
  work.remark(`cli archive replays watch ${started}`);
}

async function watch(work: Work, name: string, { every }: { every: string }): Promise<void> {
  const everyMs = /^\d{1,4}(\.\d{1,3})?$/.test(every) ? Number(every) * 1_000 : 0;
  if (everyMs <= 0) throw new UsageFault('--every is a number of seconds, up to 9999.');
  const api = await work.api('cc', DEFAULT_CLIENT);
  for (let before: Replay | undefined; ; ) {
    const answer = await api.call('GET', path`/archive-replays/${name}`);
    const replay = replayForm.parse(answer);
    // What was sent last may still be on its way: it is over when a further look finds nothing new.
    if (ENDED.has(replay.state) && before !== undefined && isSame(replay, before)) {
      work.show(answer, replayForm, replayText);
      if (replay.state !== 'COMPLETED') throw new Bad(`The replay ${name} has ended as ${replay.state}.`);
      return;
    }
    work.progress({ share: replay.progress, text: lineOf(replay) });
    before = replay;
    await work.pause(everyMs);
  }
}

async function show(work: Work, name: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/archive-replays/${name}`), replayForm, replayText);
}

async function stop(work: Work, name: string, { reason, message }: ReasonGiven): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('POST', `${path`/archive-replays/${name}`}/stop`, { reason: reasonOf(reason, message) }), replayForm, replayText);
}

async function list(work: Work, { limit }: { limit: string }): Promise<void> {
  const page = await readPages(await work.api('cc', DEFAULT_CLIENT), '/archive-replays', {}, limit);
  work.show(page, listForm, ({ items }, time) => table(['REPLAY', 'STATE', 'DONE', 'FROM', 'TO', 'APPLIED', 'DUPLICATES', 'REFUSED'], items.map(({ name, state, progress, from, to, arrived }) => [
    name, state, percent(progress), time(from), time(to), String(arrived.applied), String(arrived.duplicates), String(arrived.refused),
  ])));
  remarkOnRest(page, work.remark);
}

function isSame({ state, arrived }: Replay, before: Replay): boolean {
  const sum = ({ applied, duplicates, refused }: Replay['arrived']): number => applied + duplicates + refused;
  return state === before.state && sum(arrived) === sum(before.arrived);
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function lineOf({ state, arrived }: Replay): string {
  return `${state}: applied ${arrived.applied}, duplicates ${arrived.duplicates}, refused ${arrived.refused}`;
}

function replayText({ name, state, reason, from, to, progress, startedAt, endedAt, lastEventAt, arrived }: Replay, time: Time): string {
  return fields([
    ['replay', name],
    ['state', `${state}${reason === undefined || reason === null ? '' : ` (${reason})`}, ${percent(progress)}`],
    ['window', `${time(from)} to ${time(to)}`],
    ['started', time(startedAt)],
    ['ended', time(endedAt)],
    ['last event', time(lastEventAt)],
    ['applied', String(arrived.applied)],
    ['duplicates', String(arrived.duplicates)],
    ['refused', String(arrived.refused)],
  ]);
}
