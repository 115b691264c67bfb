/** `dlq`: what was given up anywhere in a service and why, and the runs that bring it back or end it. Both services have the same routes. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { Bad, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { reasonOf } from '../reason.ts';
import { addService, apiOf } from '../service-option.ts';
import type { Where } from '../service-option.ts';
import { fields, NOTHING, printable, table } from '../text.ts';
import type { Progress } from '../terminal.ts';
import type { Time } from '../time-text.ts';
import { watched } from '../watching.ts';
import type { Perform, Work } from '../work.ts';

const letter = {
  id: z.string(), kind: z.string(), queue: z.string().nullish(), at: z.string(), reason: z.string(), detail: z.string(), eventId: z.string().nullable(), eventType: z.string().nullable(),
  handler: z.string().nullable(), subject: z.string().nullable(), attempts: z.number(),
};
const queueForm = z.looseObject({ kind: z.string(), queue: z.string().optional(), lookedAt: z.string().nullable(), isComplete: z.boolean(), fault: z.string().nullable() });
const listForm = z.looseObject({ items: z.array(z.looseObject(letter)) });
const countsForm = z.looseObject({
  items: z.array(z.looseObject({ kind: z.string(), queue: z.string().nullish(), reason: z.string(), eventType: z.string().nullable(), handler: z.string().nullable(), count: z.number(), oldest: z.string() })),
  total: z.number(), queues: z.array(queueForm),
});
const detailForm = z.looseObject({
  ...letter, attributes: z.record(z.string(), z.string()), text: z.string().nullable(),
  attemptsRecorded: z.array(z.looseObject({ at: z.string(), attempt: z.number(), code: z.string(), message: z.string() })),
  diff: z.looseObject({ version: z.string().nullable(), currentVersion: z.string().nullable(), differences: z.array(z.looseObject({ path: z.string(), problem: z.string(), message: z.string() })) }).nullable(),
  now: z.looseObject({ isAccepted: z.boolean(), reason: z.string().nullable(), detail: z.string().nullable() }).nullable(),
});
const runForm = z.looseObject({
  runId: z.string(), act: z.string(), state: z.string(), rate: z.number(), why: z.string(), askedBy: z.looseObject({ subject: z.string() }), toDo: z.number().nullable(),
  redriven: z.number(), known: z.number(), refused: z.number(), discarded: z.number(), moved: z.number(), lastError: z.string().nullable(), startedAt: z.string(), endedAt: z.string().nullable(),
});
type Run = z.infer<typeof runForm>;
const runsForm = z.looseObject({ items: z.array(runForm) });

const EXAMPLES = `
Kinds: queue        a message that the consumer did not take; of commerce-coordinator alone
       rule-target  an event that EventBridge could not bring to where it belongs
       work         a handler gave up
       publish      an own event that the bus refused

Queues: dead                 of the kind queue
        undelivered          did not reach the queue; of commerce-coordinator alone
        uncopied             own events that did not reach the copy of the bus in a second region
        undecrypted          own events that the bus could not encrypt or decrypt
        replica-undecrypted  the same of the copy

Examples:
  cli dlq counts
  cli dlq list --kind queue --because unknown_type
  cli dlq show queue:7c9e6679-7425-40de-944b-e07fc1f90ae7
  cli dlq redrive --all --mended --reason fixed
  cli dlq redrive --handler orders.fulfill --rate 20 --reason handler_mended
  cli dlq redrive --service order-fulfillment --queue uncopied --reason region_is_back
  cli dlq discard --because malformed --older 1d --reason not_ours --message "Sent by a test of the partner"
  cli dlq list --service order-fulfillment --kind work
  cli dlq runs --limit 5
  cli dlq run 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --watch
  cli dlq stop 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason too_early
`;

interface Filters {
  readonly because?: string;
  readonly type?: string;
  readonly handler?: string;
  readonly queue?: string;
  readonly older?: string;
  readonly newer?: string;
}

interface ActOptions extends Filters, Where {
  readonly all?: boolean;
  readonly mended?: boolean;
  readonly kind?: readonly string[];
  readonly rate: string;
  readonly wait: boolean;
  readonly reason: string;
  readonly message?: string;
}

export function addDlq(program: Command, perform: Perform): void {
  const letters = addExamples(program.command('dlq'), EXAMPLES).description('dead letters: what was given up and why; bring it back or end it (needs the scopes dlq:read, dlq:write)');
  letters.command('counts').description('how many, by kind, queue, reason, type and handler').action(perform(counts));
  addFilters(letters.command('list').description('dead letters of all kinds, the oldest first').option('--kind <kind>', 'of this kind'))
    .option('--limit <count>', 'how many at most', '50').action(perform(list));
  letters.command('show').description('one of them: why, every recorded attempt, and where it does not fit the catalogue').argument('<id>').action(perform(show));
  addAct(letters, 'redrive', 'bring back what is named; what was handled is not handled again').action(perform(actOf('redrive')));
  addAct(letters, 'discard', 'end what is named, with the reason in the ledger').action(perform(actOf('discard')));
  letters.command('runs').description('what was asked for, the newest first').option('--limit <count>', 'how many at most', '20').action(perform(runs));
  letters.command('run').description('how far a run is').argument('<run id>').option('--watch', 'until it has ended').action(perform(readRun));
  letters.command('stop').description('stop a run after its present batch').argument('<run id>')
    .requiredOption('--reason <code>', 'why: a code such as too_early').option('--message <text>', 'the same for people').action(perform(stop));
  for (const command of letters.commands) addService(command, 'whose dead letters');
}

function addFilters(command: Command): Command {
  return command
    .option('--because <reason>', 'dead for this reason, as the list shows it')
    .option('--type <type>', 'of this type of event')
    .option('--handler <name>', 'given up by this handler')
    .option('--queue <name>', 'messages that lie in this queue')
    .option('--older <age>', 'dead for longer than this: 30m, 12h, 7d, or before this time')
    .option('--newer <age>', 'dead for less than this, or since this time');
}

function addAct(letters: Command, name: string, description: string): Command {
  return addFilters(letters.command(name).description(description).argument('[ids...]', 'ids from the list'))
    .option('--kind <kind>', 'of this kind; once for each', (kind: string, before: readonly string[] = []) => [...before, kind])
    .option('--all', 'everything there is')
    .option('--mended', 'of messages only those that are accepted now; the others stay where they are')
    .option('--rate <count>', 'how many in a second at most', '100')
    .option('--no-wait', 'do not wait for the end')
    .requiredOption('--reason <code>', 'why: a code such as handler_mended')
    .option('--message <text>', 'the same for people');
}

async function counts(work: Work, where: Where): Promise<void> {
  const found = await (await apiOf(work, where)).call('GET', '/dead-letters/counts');
  work.show(found, countsForm, ({ items, total }, time) => (total === 0 ? 'There are no dead letters.\n' : table(['COUNT', 'KIND', 'REASON', 'EVENT', 'HANDLER', 'QUEUE', 'OLDEST'], items.map((item) => [
    String(item.count), item.kind, item.reason, item.eventType ?? NOTHING, item.handler ?? NOTHING, item.queue ?? NOTHING, time(item.oldest),
  ]).concat([[String(total), 'all', '', '', '', '', '']]))));
  const { success, data } = countsForm.safeParse(found);
  if (success) remarkOnQueues(data.queues, work);
}

function remarkOnQueues(queues: readonly z.infer<typeof queueForm>[], work: Work): void {
  for (const { kind, queue, lookedAt, isComplete, fault } of queues) {
    const name = queue ?? `of ${kind}`;
    if (fault !== null) work.remark(`The queue ${name} could not be looked into: ${printable(fault)}`);
    else if (!isComplete) work.remark(`The queue ${name} was not seen to its end${lookedAt === null ? '' : ` at ${work.time(lookedAt)}`}: there may be more.`);
  }
}

async function list(work: Work, { kind, limit, service, ...filters }: Filters & Where & { kind?: string; limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work, { service }), '/dead-letters', { kind, ...queryOf(filters, work) }, limit);
  work.show(page, listForm, ({ items }, time) => table(['ID', 'SINCE', 'REASON', 'EVENT', 'ABOUT', 'ATTEMPTS', 'DETAIL'], items.map((item) => [
    item.id, time(item.at), item.reason, item.eventType ?? NOTHING, item.subject ?? NOTHING, String(item.attempts), item.detail.slice(0, 80),
  ])));
  remarkOnRest(page, work.remark);
}

/** The filters under the names of the API. */
function queryOf({ because, type, handler, queue, older, newer }: Filters, { nowMs }: Work): Record<string, string | undefined> {
  return { reason: because, type, handler, queue, before: older === undefined ? undefined : pastTimeOf(older, '--older', nowMs()), since: newer === undefined ? undefined : pastTimeOf(newer, '--newer', nowMs()) };
}

async function show(work: Work, id: string, where: Where): Promise<void> {
  work.show(await (await apiOf(work, where)).call('GET', path`/dead-letters/${id}`), detailForm, (one, time) => [
    fields([
      ['id', one.id], ['since', time(one.at)], ['reason', one.reason], ['detail', one.detail || NOTHING], ['event', `${one.eventType ?? NOTHING} ${one.eventId ?? ''}`.trim()], ['handler', one.handler ?? NOTHING], ['queue', one.queue ?? NOTHING],
      ['about', one.subject ?? NOTHING], ['attempts', String(one.attempts)], ...Object.entries(one.attributes).map(([name, value]) => [name, value] as const),
      ...(one.now === null ? [] : [['now', one.now.isAccepted ? 'it is accepted' : `refused: ${one.now.reason ?? ''}, ${one.now.detail ?? ''}`] as const]),
    ]),
    one.attemptsRecorded.length === 0 ? '' : `\n${table(['ATTEMPT', 'AT', 'CODE', 'MESSAGE'], one.attemptsRecorded.map(({ attempt, at, code, message }) => [String(attempt), time(at), code, message]))}`,
    one.diff === null ? '' : `\n${diffText(one.diff)}`,
    one.text === null ? '' : `\n${printable(one.text)}\n`,
  ].join(''));
}

function diffText({ version, currentVersion, differences }: NonNullable<z.infer<typeof detailForm>['diff']>): string {
  if (differences.length === 0) return `It fits the catalogue (${version ?? NOTHING}; current ${currentVersion ?? NOTHING}).\n`;
  return table(['PATH', 'PROBLEM', `AGAINST ${currentVersion ?? 'THE CATALOGUE'}`], differences.map((one) => [one.path || '(whole)', one.problem, one.message]));
}

function actOf(act: 'redrive' | 'discard') {
  return async (work: Work, ids: readonly string[], options: ActOptions): Promise<void> => {
    const { all, mended, kind, rate, wait, reason, message, service, ...filters } = options;
    if (!/^\d{1,3}$/.test(rate) || Number(rate) < 1 || Number(rate) > 500) throw new UsageFault('--rate is a whole number from 1 to 500.');
    const named = Object.fromEntries(Object.entries(queryOf(filters, work)).filter((entry) => entry[1] !== undefined));
    const selection = { ...(all && { all }), ...(mended && { mended }), ...(kind && { kinds: kind }), ...(ids.length > 0 && { ids }), ...named };
    if (Object.keys(selection).length === 0) throw new UsageFault('Say which ones: ids, --kind, --because, --type, --handler, --queue, --older, --newer, or --all.');
    const api = await apiOf(work, { service });
    const begun = await api.call('POST', '/dead-letter-runs', { act, selection, rate: Number(rate), reason: reasonOf(reason, message) });
    await showRun(work, api, begun, wait);
  };
}

/** Throws Bad for a run that was stopped while it was waited for. */
async function showRun(work: Work, api: Api, found: unknown, wait: boolean): Promise<void> {
  if (!wait) return work.show(found, runForm, runText);
  const run = await untilOver(work, api, runForm.parse(found));
  work.show(run, runForm, runText);
  if (run.state === 'stopped') throw new Bad(`The run ${run.runId} was stopped.`);
}

function untilOver(work: Work, api: Api, begun: Run): Promise<Run> {
  work.remark(`Run ${begun.runId} has begun.`);
  return watched(work, begun, {
    name: 'The run', isOver: ({ state }) => state === 'done' || state === 'stopped', progress: progressOf,
    look: async ({ runId }) => runForm.parse(await api.call('GET', path`/dead-letter-runs/${runId}`)),
  });
}

function progressOf(run: Run): Progress {
  const done = run.redriven + run.known + run.refused + run.discarded + run.moved;
  return { share: run.toDo === null || run.toDo === 0 ? undefined : Math.min(1, done / run.toDo), text: progressText(run) };
}

function progressText({ redriven, known, refused, discarded, moved, toDo, state }: Run): string {
  const done = { redriven, 'in the log already': known, 'refused again': refused, discarded, 'moved by SQS': moved };
  const left = state === 'done' || state === 'stopped' ? Math.max(0, (toDo ?? 0) - Object.values(done).reduce((sum, count) => sum + count, 0)) : 0;
  const parts = Object.entries({ ...done, 'left where they are': left }).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`);
  return `${state}: ${parts.join(', ') || 'nothing yet'}${toDo === null ? '' : `, of ${toDo}`}`;
}

function runText(run: Run, time: Time): string {
  return fields([
    ['run', run.runId], ['act', run.act], ['state', progressText(run)], ['asked by', run.askedBy.subject], ['why', run.why], ['rate', `${run.rate}/s`], ['started', time(run.startedAt)], ['ended', time(run.endedAt)],
    ...(run.lastError === null ? [] : [['last error', run.lastError] as const]),
  ]);
}

async function runs(work: Work, { limit, service }: Where & { limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work, { service }), '/dead-letter-runs', {}, limit);
  work.show(page, runsForm, ({ items }, time) => table(['RUN', 'ACT', 'STATE', 'STARTED', 'BY', 'WHY'], items.map((run) => [run.runId, run.act, progressText(run), time(run.startedAt), run.askedBy.subject, run.why])));
  remarkOnRest(page, work.remark);
}

async function readRun(work: Work, id: string, { watch, service }: Where & { watch?: boolean }): Promise<void> {
  const api = await apiOf(work, { service });
  const found = await api.call('GET', path`/dead-letter-runs/${id}`);
  await showRun(work, api, found, watch === true);
}

async function stop(work: Work, id: string, { reason, message, service }: Where & { reason: string; message?: string }): Promise<void> {
  work.show(await (await apiOf(work, { service })).call('POST', path`/dead-letter-runs/${id}/stop`, { reason: reasonOf(reason, message) }), runForm, runText);
}
