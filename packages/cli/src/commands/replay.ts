/** `events replay`: events of the log given once more to one target, a dry run first; and projections built anew. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { Bad, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { reasonOf } from '../reason.ts';
import { fields, NOTHING, printable, table } from '../text.ts';
import type { Progress } from '../terminal.ts';
import type { Time } from '../time-text.ts';
import { watched } from '../watching.ts';
import type { Perform, Work } from '../work.ts';

const replayForm = z.looseObject({
  replayId: z.string(), target: z.record(z.string(), z.unknown()), selection: z.record(z.string(), z.unknown()), mode: z.string(), effects: z.string(), dryRunId: z.string().nullable(), rate: z.number().nullable(),
  state: z.string(), requestedBy: z.looseObject({ subject: z.string() }), reason: z.string(), progress: z.number().nullable(),
  scanned: z.number(), matched: z.number(), applied: z.number(), ignored: z.number(), skipped: z.number(), failed: z.number(), appended: z.number(), outside: z.number(), changed: z.number(),
  kept: z.string().nullable(), error: z.string().nullable(), createdAt: z.string(), startedAt: z.string().nullable(), endedAt: z.string().nullable(),
});
type Replay = z.infer<typeof replayForm>;
const listForm = z.looseObject({ items: z.array(replayForm) });
const differencesForm = z.looseObject({
  items: z.array(z.looseObject({ kind: z.string(), name: z.string(), subject: z.string(), eventId: z.string().nullable(), before: z.unknown(), after: z.unknown() })),
});

const DEFAULT_CLIENT = 'operator';
const OVER: ReadonlySet<string> = new Set(['done', 'stopped', 'failed']);

const EXAMPLES = `
Targets:  --handler NAME    the live handler decides once more on the live rows; an effect is called outside only with --effects
          --extension NAME  all transactional handlers of an extension that hear the event
          --endpoint ID     one webhook endpoint
          --bus             the bus, once more
          --rebuild NAME    a projection, built from nothing beside the live rows and put in their place

A dry run decides the same and changes nothing. It is what comes of "start" without --run.

Examples:
  cli events replay start --handler orders.confirm --order 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason handler_mended
  cli events replay differences 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e
  cli events replay run 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e --reason handler_mended
  cli events replay start --bus --type OrderCreated --from 24h --to 12h --run --effects --rate 50 --reason partner_lost_events
  cli events replay start --rebuild orders --reason rows_in_doubt
  cli events replay watch 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e
  cli events replay show 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e
  cli events replay list --limit 5
  cli events replay stop 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e --reason too_slow
  cli events replay resume 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e --reason night_has_come
  cli events replay drop-kept 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e --reason compared
`;

interface ReasonGiven {
  readonly reason: string;
  readonly message?: string;
}
interface RunOptions extends ReasonGiven {
  readonly effects?: boolean;
  readonly accept?: boolean;
  readonly rate?: string;
  readonly wait: boolean;
}
interface StartOptions extends RunOptions {
  readonly handler?: string;
  readonly extension?: string;
  readonly endpoint?: string;
  readonly bus?: boolean;
  readonly rebuild?: string;
  readonly all?: boolean;
  readonly type?: string;
  readonly order?: string;
  readonly correlation?: string;
  readonly from?: string;
  readonly to?: string;
  readonly filter?: string;
  readonly run?: boolean;
}

export function addReplay(events: Command, perform: Perform): void {
  const replay = addExamples(events.command('replay'), EXAMPLES).description('events of the log, given once more to one target (needs the scopes replay:read, replay:write)');
  withRunOptions(withReason(replay.command('start').description('a dry run, unless it says --run')
    .option('--handler <name>', 'to one handler').option('--extension <name>', 'to an extension').option('--endpoint <id>', 'to one webhook endpoint').option('--bus', 'to the bus').option('--rebuild <name>', 'build a projection anew')
    .option('--order <id>', 'events about this order').option('--correlation <id>', 'of this request and what came of it').option('--type <names>', 'of these types, with commas between them')
    .option('--from <time>', 'recorded then or later: a time, or how long ago').option('--to <time>', 'recorded before').option('--filter <pattern>', 'an EventBridge event pattern as JSON').option('--all', 'every event')
    .option('--run', 'at once, without a dry run'))).action(perform(start));
  withRunOptions(withReason(replay.command('run').description('run a dry run that is done, over the same events').argument('<id>'))).action(perform(runDry));
  replay.command('show').description('how far it is').argument('<id>').action(perform(show));
  replay.command('watch').description('tell how far it is until it has ended').argument('<id>').action(perform(watch));
  replay.command('list').description('replays, the newest first').option('--limit <count>', 'how many at most', '20').action(perform(list));
  replay.command('differences').description('what it changes, or would change').argument('<id>')
    .option('--kind <kind>', 'row, event, effect, waiting or fault').option('--limit <count>', 'how many at most', '100').action(perform(differences));
  withReason(replay.command('stop').description('stop it; what it has done stays done').argument('<id>')).action(perform(actOf('stop')));
  withReason(replay.command('resume').description('go on with one that was stopped or has failed').argument('<id>')).action(perform(actOf('resume')));
  withReason(replay.command('drop-kept').description('drop the table that was live before a rebuild took its place').argument('<id>')).action(perform(actOf('drop-kept')));
}

function withReason(command: Command): Command {
  return command.requiredOption('--reason <code>', 'why: a code such as handler_mended').option('--message <text>', 'the same for people');
}

function withRunOptions(command: Command): Command {
  return command
    .option('--effects', 'what it causes may do something outside')
    .option('--accept', 'of a rebuild: swap although rows differ')
    .option('--rate <count>', 'events in a second at most')
    .option('--no-wait', 'do not wait for the end');
}

const apiOf = (work: Work): Promise<Api> => work.api('cc', DEFAULT_CLIENT);

async function start(work: Work, options: StartOptions): Promise<void> {
  const body = { target: targetOf(options), selection: selectionOf(options, work.nowMs()), mode: options.run === true ? 'run' : 'dry', ...runBody(options) };
  await begin(work, '/api/replays', body, options.wait);
}

async function runDry(work: Work, id: string, options: RunOptions): Promise<void> {
  await begin(work, `${path`/api/replays/${id}`}/run`, runBody(options), options.wait);
}

async function begin(work: Work, to: string, body: object, wait: boolean): Promise<void> {
  const api = await apiOf(work);
  const begun = await api.call('POST', to, body);
  const ended = wait ? await untilOver(work, api, replayForm.parse(begun)) : begun;
  work.show(ended, replayForm, replayText);
  const { success, data } = replayForm.safeParse(ended);
  if (!success) return;
  refuseBadEnd(data);
  if (data.state !== 'done' || data.mode !== 'dry') return;
  work.remark(`cli events replay differences ${data.replayId}\ncli events replay run ${data.replayId} --reason CODE`);
}

function targetOf({ handler, extension, endpoint, bus, rebuild }: StartOptions): object {
  const given = [handler !== undefined && { handler }, extension !== undefined && { extension }, endpoint !== undefined && { endpoint }, bus === true && { bus: true }, rebuild !== undefined && { projection: rebuild }].filter((one) => one !== false);
  const [target, ...more] = given;
  if (target === undefined || more.length > 0) throw new UsageFault('Say whom it is for: one of --handler, --extension, --endpoint, --bus, --rebuild.');
  return target;
}

function selectionOf({ all, order, correlation, type, from, to, filter, rebuild }: StartOptions, nowMs: number): object {
  const selection = {
    ...(order !== undefined && { orderId: order }), ...(correlation !== undefined && { correlationId: correlation }), ...(type !== undefined && { types: type.split(',') }),
    ...(from !== undefined && { from: pastTimeOf(from, '--from', nowMs) }), ...(to !== undefined && { to: pastTimeOf(to, '--to', nowMs) }), ...(filter !== undefined && { filter }), ...(all === true && { all }),
  };
  if (rebuild === undefined && Object.keys(selection).length === 0) throw new UsageFault('Say which events: --order, --correlation, --type, --from, --to, --filter, or --all.');
  return selection;
}

function runBody({ effects, accept, rate, reason, message }: RunOptions): object {
  if (rate !== undefined && (!/^\d{1,5}$/.test(rate) || Number(rate) < 1)) throw new UsageFault('--rate is a whole number from 1 to 10000.');
  return { ...(effects === true && { effects: 'allowed' }), ...(accept === true && { accept }), ...(rate !== undefined && { rate: Number(rate) }), reason: reasonOf(reason, message) };
}

function untilOver(work: Work, api: Api, begun: Replay): Promise<Replay> {
  return watched(work, begun, {
    name: 'The replay', isOver: ({ state }) => OVER.has(state), progress: progressOf, look: async ({ replayId }) => replayForm.parse(await api.call('GET', path`/api/replays/${replayId}`)),
  });
}

async function watch(work: Work, id: string): Promise<void> {
  const api = await apiOf(work);
  const ended = await untilOver(work, api, replayForm.parse(await api.call('GET', path`/api/replays/${id}`)));
  work.show(ended, replayForm, replayText);
  refuseBadEnd(ended);
}

/** Throws Bad for one that has not come to its end. */
function refuseBadEnd({ state, replayId }: Replay): void {
  if (state === 'stopped' || state === 'failed') throw new Bad(`The replay ${replayId} ${state === 'failed' ? 'has failed' : 'was stopped'}.`);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await apiOf(work)).call('GET', path`/api/replays/${id}`), replayForm, replayText);
}

async function list(work: Work, { limit }: { limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work), '/api/replays', {}, limit);
  work.show(page, listForm, ({ items }) => table(['REPLAY', 'TO', 'MODE', 'STATE', 'DONE', 'CHANGED', 'OUTSIDE', 'BY', 'WHY'], items.map((one) => [
    one.replayId, targetText(one), modeText(one), one.state, percent(one.progress), String(one.changed), String(one.outside), one.requestedBy.subject, one.reason,
  ])));
  remarkOnRest(page, work.remark);
}

async function differences(work: Work, id: string, { kind, limit }: { kind?: string; limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work), `${path`/api/replays/${id}`}/differences`, { kind }, limit);
  work.show(page, differencesForm, ({ items }) => (items.length === 0 ? 'There are no differences.\n' : items.map((one) => `${printable(`${one.kind} ${one.name} ${one.subject}`)}\n${changesText(one.before, one.after)}`).join('')));
  remarkOnRest(page, work.remark);
}

/** The members that differ; one line each. */
function changesText(before: unknown, after: unknown): string {
  const [was, is] = [membersOf(before), membersOf(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((name) => {
    const [from, to] = [JSON.stringify(was[name]), JSON.stringify(is[name])];
    return from === to ? [] : [`  ${printable(name)}: ${printable(from ?? NOTHING)} -> ${printable(to ?? NOTHING)}\n`];
  }).join('');
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function actOf(act: 'stop' | 'resume' | 'drop-kept') {
  return async (work: Work, id: string, { reason, message }: ReasonGiven): Promise<void> => {
    work.show(await (await apiOf(work)).call('POST', `${path`/api/replays/${id}`}/${act}`, { reason: reasonOf(reason, message) }), replayForm, replayText);
  };
}

function targetText({ target }: Replay): string {
  return Object.entries(target).map(([what, which]) => (which === true ? what : `${what} ${String(which)}`)).join(', ');
}

function modeText({ mode, effects }: Replay): string {
  return mode === 'dry' ? 'dry' : effects === 'allowed' ? 'run, with effects' : 'run';
}

function percent(progress: number | null): string {
  return `${Math.floor((progress ?? 0) * 100)} %`;
}

function progressOf({ state, progress, applied, ignored, skipped, failed }: Replay): Progress {
  return { share: progress ?? 0, text: `${state}: applied ${applied}, ignored ${ignored}, skipped ${skipped}, failed ${failed}` };
}

function replayText(replay: Replay, time: Time): string {
  const { replayId, selection, rate, state, progress, requestedBy, reason, kept, error } = replay;
  return fields([
    ['replay', replayId], ['to', targetText(replay)], ['events', Object.keys(selection).length === 0 ? 'all' : JSON.stringify(selection)], ['mode', modeText(replay)], ...(replay.dryRunId === null ? [] : [['dry run', replay.dryRunId] as const]),
    ['rate', rate === null ? 'as the readers leave room' : `${rate}/s`], ['state', `${state}, ${percent(progress)}`], ['asked by', requestedBy.subject], ['why', reason],
    ...(['scanned', 'matched', 'applied', 'ignored', 'skipped', 'failed', 'appended', 'outside', 'changed'] as const).map((name) => [name, String(replay[name])] as const),
    ['started', time(replay.startedAt)], ['ended', time(replay.endedAt)], ...(kept === null ? [] : [['old table', kept] as const]), ...(error === null ? [] : [['error', error] as const]),
  ]);
}
