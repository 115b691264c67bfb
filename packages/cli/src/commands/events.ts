/** `events`: the events of Commerce Coordinator: searched, followed, one of them, what caused what, and given once more. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { NoAnswer, Refused, UsageFault } from '../failures.ts';
import { follow } from '../following.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages } from '../pages.ts';
import { path, query } from '../paths.ts';
import { fields, NOTHING, printable, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import { byCause, treeLines } from '../tree.ts';
import type { Perform, Work } from '../work.ts';
import { addReplay } from './replay.ts';

const eventForm = z.looseObject({
  eventId: z.string(), eventType: z.string(), eventVersion: z.string(), timestamp: z.string(), recordedAt: z.string(), source: z.string(), subject: z.string(), topic: z.string(),
  correlationId: z.string(), causationId: z.string().nullable(), origin: z.string(), handler: z.string().nullable(), attempt: z.number().nullable(),
});
const pageForm = z.looseObject({ items: z.array(eventForm), nextCursor: z.string().nullable(), scanned: z.number(), pending: z.boolean() });
type Page = z.infer<typeof pageForm>;

const runForm = z.looseObject({
  handler: z.string(), state: z.string(), attempt: z.number().nullable(), at: z.string().nullable(), retryAt: z.string().nullable(),
  error: z.looseObject({ code: z.string(), message: z.string() }).nullable(), rule: z.string().nullable(),
});
type Run = z.infer<typeof runForm>;
const heardForm = eventForm.extend({ handlers: z.array(z.string()), runs: z.array(runForm) });
type Heard = z.infer<typeof heardForm>;
const storyForm = z.looseObject({
  event: heardForm.extend({ data: z.unknown() }), causes: z.array(heardForm), missingCause: z.string().nullable(), following: z.array(heardForm.extend({ depth: z.number() })), isCut: z.boolean(),
});
type Story = z.infer<typeof storyForm>;

const DEFAULT_CLIENT = 'operator';
const LARGEST_PAGE = 200;
const MOST = 10_000;

const EXAMPLES = `
Examples:
  cli events history --subject 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli events history --type PaymentFailed,order.cancelled --from 24h
  cli events history --from 2030-03-01T00:00:00Z --to 2030-04-01T00:00:00Z --filter '{"data":{"total":[{"suffix":".99"}]}}'
  cli events tail --events 'order.*,payment.failed'
  cli events tail --filter '{"data":{"currency":["USD"]}}' --json
  cli events tree 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli events show 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
`;

interface HistoryOptions {
  readonly type?: string;
  readonly topic?: string;
  readonly subject?: string;
  readonly correlation?: string;
  readonly from?: string;
  readonly to?: string;
  readonly filter?: string;
  readonly limit: string;
  readonly scan: string;
}

export function addEvents(program: Command, perform: Perform): void {
  const events = addExamples(program.command('events'), EXAMPLES).description('events in the log of Commerce Coordinator (needs the scope events:read)');
  events.command('history').description('events, newest first')
    .option('--type <names>', 'of these types, with commas between them: OrderCreated, ORDER_CREATED or order.created')
    .option('--topic <name>', 'of this topic')
    .option('--subject <id>', 'of this subject, such as an order')
    .option('--correlation <id>', 'of this request and what came of it')
    .option('--from <time>', 'recorded then or later: a time with its zone, or a span before now such as 24h')
    .option('--to <time>', 'recorded before')
    .option('--filter <pattern>', 'an EventBridge event pattern as JSON')
    .option('--limit <count>', 'how many at most', '50')
    .option('--scan <count>', 'how many events are looked at, at most', '1000000')
    .action(perform(history));
  events.command('tail').description('events as they are committed, until Ctrl-C')
    .option('--events <names>', 'only these, with commas between them: order.created, order.*')
    .option('--order <id>', 'only those about this order')
    .option('--filter <pattern>', 'an EventBridge event pattern as JSON, over the event as history lists it')
    .action(perform(tail));
  events.command('tree').description('what caused what: around one event, with how its handlers fared, or of a whole order').argument('<id>', 'of an event or of an order').action(perform(tree));
  events.command('show').description('one event with its data and who hears it').argument('<id>').action(perform(show));
  addReplay(events, perform);
}

async function history(work: Work, { correlation: correlationId, limit, scan, from, to, ...plain }: HistoryOptions): Promise<void> {
  const wanted = countOf(limit, '--limit', MOST);
  const mostScanned = countOf(scan, '--scan', 1_000_000_000);
  const nowMs = work.nowMs();
  const filters = { ...plain, correlationId, from: from && pastTimeOf(from, '--from', nowMs), to: to && pastTimeOf(to, '--to', nowMs) };
  const page = await search(await work.api('cc', DEFAULT_CLIENT), filters, wanted, mostScanned);
  work.show(page, pageForm, ({ items }, time) => table(['RECORDED', 'EVENT', 'SUBJECT', 'BY', 'ID'], items.map((event) => [time(event.recordedAt), event.eventType, event.subject, byOf(event), event.eventId])));
  if (page.pending) work.remark('Newer events are stored and not listed yet: a transaction is open. Ask again in a moment.');
  if (page.nextCursor === null) return;
  work.remark(page.items.length < wanted ? `Looked at ${page.scanned} events and stopped; --scan looks further, and --type, --subject, --correlation, --from and --to look faster.` : `These are the first ${page.items.length}; more with --limit.`);
}

/** Reads on, over short pages too, until there is enough or enough was looked at. */
async function search(api: Api, filters: Readonly<Record<string, string | undefined>>, wanted: number, mostScanned: number): Promise<Page> {
  const items: Page['items'] = [];
  let scanned = 0;
  let pending = false;
  for (let cursor: string | undefined; ; ) {
    const size = String(Math.min(wanted - items.length, LARGEST_PAGE));
    const answer = pageForm.safeParse(await api.call('GET', `/api/events/history${query({ ...filters, limit: size, cursor })}`));
    if (!answer.success) throw new NoAnswer('The answer is not a page of events.', 'Check that the address is that of Commerce Coordinator.');
    const page = answer.data;
    items.push(...page.items);
    scanned += page.scanned;
    pending ||= page.pending;
    if (page.nextCursor === null || items.length >= wanted || scanned >= mostScanned) return { ...page, items, scanned, pending };
    cursor = page.nextCursor;
  }
}

const streamedForm = z.looseObject({
  name: z.string(), eventId: z.string(), eventType: z.string(), timestamp: z.string(), recordedAt: z.string().optional(), subject: z.string().optional(), source: z.string(), handler: z.string().nullish(), attempt: z.number().nullish(), test: z.boolean().optional(),
});

interface TailOptions {
  readonly events?: string;
  readonly order?: string;
  readonly filter?: string;
}

async function tail(work: Work, { events, order, filter }: TailOptions): Promise<void> {
  if (order !== undefined && filter !== undefined) throw new UsageFault('--order and --filter exclude each other: write the order into the pattern, as "subject".');
  const api = await work.api('cc', DEFAULT_CLIENT);
  await follow(work, {
    api, events, filter: order === undefined ? filter : JSON.stringify({ subject: [order] }), done: 'shown',
    onLive: async () => work.remark('Following. Ctrl-C ends it.'),
    handle: async (item) => {
      const event = streamedForm.safeParse(item);
      if (!event.success) return work.remark(`The stream shows something that is no event, and it is left out: ${printable(z.prettifyError(event.error))}`);
      const { name, eventId, timestamp, recordedAt = timestamp, subject = NOTHING, source, handler = null, attempt = null, test } = event.data;
      const by = byOf({ handler, attempt, source });
      work.tell(event.data, `${work.paint('quiet', work.time(recordedAt))}  ${printable(name.padEnd(32))}  ${printable(subject)}  ${printable(by)}  ${work.paint('quiet', printable(eventId))}${test === true ? '  test' : ''}`);
    },
  });
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/api/events/${id}`), storyForm, ({ event }, time) => recordText(event, time));
}

const timelineForm = z.looseObject({
  items: z.array(eventForm.pick({ eventId: true, eventType: true, source: true, recordedAt: true, causationId: true, handler: true, attempt: true }).loose().extend({
    attempts: z.array(z.looseObject({ text: z.string() })), ignored: z.array(z.looseObject({ text: z.string() })),
  })),
});

/** Of an event, or of an order: ids of both look alike. */
async function tree(work: Work, id: string): Promise<void> {
  const api = await work.api('cc', DEFAULT_CLIENT);
  try {
    return work.show(await api.call('GET', path`/api/events/${id}`), storyForm, storyText);
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.status !== 404) throw error;
  }
  const page = await readPages(api, `${path`/orders/${id}`}/timeline`, {}, String(MOST));
  work.show(page, timelineForm, ({ items }, time) => linesText(treeLines(byCause(items).map(({ depth, event }) => ({
    depth, text: `${event.eventType}  ${byOf(event)}  ${time(event.recordedAt)}  ${event.eventId}`, under: [...event.attempts, ...event.ignored].map(({ text }) => `· ${text}`),
  })))));
}

function recordText(event: Story['event'], time: Time): string {
  return fields([
    ['event', `${event.eventType} ${event.eventVersion}  ${event.eventId}`],
    ['subject', event.subject],
    ['topic', event.topic],
    ['source', `${event.source} (${event.origin})`],
    ['by', byOf(event)],
    ['happened', time(event.timestamp)],
    ['recorded', time(event.recordedAt)],
    ['correlation', event.correlationId],
    ['cause', event.causationId ?? NOTHING],
    ['heard by', event.handlers.join(' ') || NOTHING],
    ['data', JSON.stringify(event.data)],
  ]);
}

function storyText({ event, causes, missingCause, following, isCut }: Story, time: Time): string {
  const nodeOf = (one: Heard, depth: number) => ({ depth, text: `${one.eventType}  ${byOf(one)}  ${time(one.recordedAt)}  ${one === event ? '◀' : one.eventId}`, under: one.runs.map((run) => runText(run, time)) });
  const missing = missingCause === null ? [] : [{ depth: 0, text: `(${missingCause}: not in this log)`, under: [] }];
  const above = missing.length + causes.length;
  const nodes = [...missing, ...causes.map((one, index) => nodeOf(one, missing.length + index)), nodeOf(event, above), ...following.map((one) => nodeOf(one, above + one.depth))];
  return linesText([...treeLines(nodes), ...(isCut ? ['… more is left out'] : [])]);
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function runText({ handler, state, attempt, at, retryAt, error, rule }: Run, time: Time): string {
  const said = [state, rule, attempt === null ? null : `attempt ${attempt}`, error === null ? null : `${error.code}: ${error.message}`, at === null ? null : time(at), retryAt === null ? null : `again at ${time(retryAt)}`];
  return `· ${handler} ${said.filter((part) => part !== null).join(', ')}`;
}

function byOf({ handler, attempt, source }: Pick<Heard, 'handler' | 'attempt' | 'source'>): string {
  return handler === null ? source : `${handler}${attempt === null || attempt === 1 ? '' : ` (attempt ${attempt})`}`;
}

function countOf(text: string, option: string, most: number): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new UsageFault(`${option} is a whole number from 1 to ${most}.`);
  return count;
}
