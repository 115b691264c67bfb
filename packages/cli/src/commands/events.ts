/** `events`: the history of events at Commerce Coordinator, searched, and the story of one as a tree. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { NoAnswer, UsageFault } from '../failures.ts';
import { timeOf } from '../moments.ts';
import { path, query } from '../paths.ts';
import { fields, NOTHING, printable, table } from '../text.ts';
import type { Perform, Work } from '../work.ts';

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
  const events = program.command('events').description('events in the log of Commerce Coordinator (needs the scope events:read)').addHelpText('after', EXAMPLES);
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
  events.command('show').description('one event: what led to it, what came of it, and how its handlers fared').argument('<id>').action(perform(show));
}

async function history(work: Work, { correlation: correlationId, limit, scan, from, to, ...plain }: HistoryOptions): Promise<void> {
  const wanted = countOf(limit, '--limit', MOST);
  const mostScanned = countOf(scan, '--scan', 1_000_000_000);
  const nowMs = work.nowMs();
  const filters = { ...plain, correlationId, from: from && pastTime(from, '--from', nowMs), to: to && pastTime(to, '--to', nowMs) };
  const page = await search(await work.api('cc', DEFAULT_CLIENT), filters, wanted, mostScanned);
  work.show(page, pageForm, ({ items }) => table(['RECORDED', 'EVENT', 'SUBJECT', 'BY', 'ID'], items.map((event) => [event.recordedAt, event.eventType, event.subject, byOf(event), event.eventId])));
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

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await work.api('cc', DEFAULT_CLIENT)).call('GET', path`/api/events/${id}`), storyForm, storyText);
}

function storyText(story: Story): string {
  const { event, causes, missingCause, following, isCut } = story;
  const record = fields([
    ['event', `${event.eventType} ${event.eventVersion}  ${event.eventId}`],
    ['subject', event.subject],
    ['topic', event.topic],
    ['source', `${event.source} (${event.origin})`],
    ['by', byOf(event)],
    ['happened', event.timestamp],
    ['recorded', event.recordedAt],
    ['correlation', event.correlationId],
    ['heard by', event.handlers.join(' ') || NOTHING],
    ['data', JSON.stringify(event.data)],
  ]);
  const cause = missingCause === null ? [] : [`(${missingCause}: not in this log)`];
  const before = causes.map((one, index) => ({ depth: index + cause.length, event: one }));
  const base = before.length + cause.length;
  const nodes = [...before, { depth: base, event }, ...following.map((one) => ({ depth: base + one.depth, event: one }))];
  const lines = nodes.flatMap((node, index) => {
    const { depth } = node;
    const text = `${node.event.eventType}  ${byOf(node.event)}  ${node.event.recordedAt}  ${node.event === event ? '◀' : node.event.eventId}`;
    const under = `${branches(nodes, index, false)}${(nodes[index + 1]?.depth ?? 0) > depth ? '│  ' : '   '}`;
    return [`${branches(nodes, index, true)}${text}`, ...node.event.runs.map((run) => `${under}${runText(run)}`)];
  });
  return `${record}\n${[...cause, ...lines, ...(isCut ? ['… more is left out'] : [])].map((line) => `${printable(line)}\n`).join('')}`;
}

/** What stands before a line of the tree: its own branch, or below it those that go on. */
function branches(nodes: readonly { readonly depth: number }[], index: number, isOwn: boolean): string {
  const depth = nodes[index]?.depth ?? 0;
  let text = '';
  for (let level = 1; level <= depth; level += 1) {
    const next = nodes.slice(index + 1).find((node) => node.depth <= level);
    const goesOn = next?.depth === level;
    text += level === depth && isOwn ? (goesOn ? '├─ ' : '└─ ') : goesOn ? '│  ' : '   ';
  }
  return text;
}

function runText({ handler, state, attempt, at, retryAt, error, rule }: Run): string {
  const said = [state, rule, attempt === null ? null : `attempt ${attempt}`, error === null ? null : `${error.code}: ${error.message}`, at, retryAt === null ? null : `again at ${retryAt}`];
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

/** As `timeOf`, but a span lies before now. */
function pastTime(text: string, option: string, nowMs: number): string {
  const timeMs = Date.parse(timeOf(text, option, nowMs));
  return new Date(/^\d+[mhd]$/.test(text) ? 2 * nowMs - timeMs : timeMs).toISOString();
}
