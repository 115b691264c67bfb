/**
 * The story of an order as something that can be drawn: marks on rows in lanes, what was waited for, what caused what. Pure; moments
 * are milliseconds since the first event of the order.
 */
import type { Tone } from '../../parts/status.tsx';

export interface Run {
  readonly handler: string;
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string };
  readonly failedAt: string;
  readonly retryAt: string | null;
  readonly offsetMs: number;
  readonly text: string;
}

export interface Note {
  readonly handler: string;
  readonly rule: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly offsetMs: number;
  readonly text: string;
}

/** An event of the timeline, as the API tells it. */
export interface Item {
  readonly eventId: string;
  readonly eventType: string;
  readonly eventVersion: string;
  readonly origin: 'own' | 'foreign';
  readonly source: string;
  readonly timestamp: string;
  readonly recordedAt: string;
  readonly offsetMs: number;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly data: unknown;
  readonly handler: string | null;
  readonly attempt: number | null;
  readonly text: string;
  readonly handlers: readonly string[];
  readonly attempts: readonly Run[];
  readonly ignored: readonly Note[];
}

/** What was sent to a webhook about the order. */
export interface Sent {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly event: string;
  readonly url: string;
  readonly state: 'ready' | 'leased' | 'held' | 'delivered' | 'dead' | 'discarded';
  readonly attempts: number;
  readonly createdAt: string;
  readonly dueAt: string | null;
  readonly endedAt: string | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly attemptsMade: readonly { readonly attempt: number; readonly startedAt: string; readonly durationMs: number; readonly status: number | null; readonly error: string | null }[];
}

export const LANES = ['cc', 'of', 'bus', 'webhooks'] as const;
export type Lane = (typeof LANES)[number];

export interface Row {
  readonly key: string;
  readonly lane: Lane;
  readonly name: string;
}

/** event: it happened. asked: a person or a client asked for it. clock: a timer or job brought it. told: another service did. arrived: its way through the bus. failed: an attempt. ignored, duplicate: nothing was done. sent: to a webhook. tried: an attempt of that. */
export type MarkKind = 'event' | 'asked' | 'clock' | 'told' | 'arrived' | 'failed' | 'ignored' | 'duplicate' | 'sent' | 'tried';

export interface Mark {
  /** Stands in the address: the event id for an event. */
  readonly id: string;
  readonly kind: MarkKind;
  /** Key of its row. */
  readonly row: string;
  readonly atMs: number;
  readonly tone: Tone;
  /** A word or two. */
  readonly name: string;
  /** A sentence. */
  readonly text: string;
  readonly item?: Item;
  readonly run?: Run;
  readonly note?: Note;
  readonly sent?: Sent;
}

/** work: from cause to effect. waiting: the same, for long or with failed attempts. way: through the bus. open: it waits still. */
export interface Bar {
  readonly row: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'work' | 'waiting' | 'way' | 'open';
}

/** Ids of marks. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

export interface Story {
  readonly rows: readonly Row[];
  /** By time. */
  readonly marks: readonly Mark[];
  readonly bars: readonly Bar[];
  readonly arrows: readonly Arrow[];
}

export interface Told {
  readonly items: readonly Item[];
  /** Notes that belong to no event. */
  readonly notes: readonly Note[];
  readonly sent: readonly Sent[];
  /** It waits still: since its last event until now, for this handler or by this status. */
  readonly open?: { readonly untilMs: number; readonly handler: string | null; readonly status: string } | undefined;
}

/** From here on a step is one that waited. */
const LONG_MS = 1_000;
/** Webhooks with a row of their own. */
const MOST_WEBHOOKS = 6;

export function storyOf({ items, notes, sent, open }: Told): Story {
  const startMs = items[0] === undefined ? 0 : Date.parse(items[0].recordedAt) - items[0].offsetMs;
  const rowOf = rowNames(items);
  const marks: Mark[] = [];
  const bars: Bar[] = [];
  const arrows: Arrow[] = [];
  const offsets = new Map(items.map((item) => [item.eventId, item]));

  for (const item of items) {
    if (item.origin === 'foreign') {
      // Told by the clock of the other side, which may be ahead of ours.
      const toldMs = Math.min(item.offsetMs, Date.parse(item.timestamp) - startMs);
      const row = isFulfilling(item.source) ? 'of' : `of ${item.source}`;
      marks.push(eventMark(item, row, toldMs));
      marks.push({ id: `${item.eventId}~arrived`, kind: 'arrived', row: 'bus', atMs: item.offsetMs, tone: 'plain', name: `${wordsOf(item.eventType)} arrived`, text: `It came into the log ${Math.round(item.offsetMs - toldMs)} ms after it was told.`, item });
      bars.push({ row: 'bus', fromMs: toldMs, toMs: item.offsetMs, kind: 'way' });
      arrows.push({ from: item.eventId, to: `${item.eventId}~arrived` });
    } else {
      marks.push(eventMark(item, rowOf(item), item.offsetMs));
    }
    for (const run of item.attempts) marks.push({ id: `${item.eventId}~${run.handler}~${run.attempt}`, kind: 'failed', row: `cc ${extensionOf(run.handler)}`, atMs: run.offsetMs, tone: run.retryAt === null ? 'bad' : 'warn', name: `${run.handler} failed, attempt ${run.attempt}`, text: run.text, item, run });
    for (const [index, note] of item.ignored.entries()) marks.push(noteMark(`${item.eventId}~note~${index}`, note, item));
    const cause = item.causationId === null ? undefined : offsets.get(item.causationId);
    if (cause !== undefined) {
      arrows.push({ from: cause.origin === 'foreign' ? `${cause.eventId}~arrived` : cause.eventId, to: item.eventId });
      if (item.origin === 'own' && !isOfClock(item)) bars.push(stepBar(item, cause, rowOf(item)));
    }
  }
  for (const [index, note] of notes.entries()) marks.push(noteMark(`note~${index}`, note));
  bars.push(...fulfillingBars(items, startMs));
  const webhookRow = webhookRows(sent);
  for (const one of sent) addSent(one, webhookRow(one.webhookId), startMs, offsets, { marks, bars, arrows });
  if (open !== undefined) bars.push(...openBar(open, items, marks));
  marks.sort((a, b) => a.atMs - b.atMs);
  return { rows: rowsIn([...marks, ...bars], sent), marks, bars: merged(bars), arrows };
}

/** Those of one row and kind that lie over one another are one: thousands of events with one cause cost as much as one. */
function merged(bars: readonly Bar[]): Bar[] {
  const ends = new Map<string, { bar: Bar; at: number }>();
  const all: Bar[] = [];
  for (const bar of bars.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const key = `${bar.kind} ${bar.row}`;
    const last = ends.get(key);
    if (last === undefined || bar.fromMs >= last.bar.toMs) {
      ends.set(key, { bar, at: all.push(bar) - 1 });
    } else if (bar.toMs > last.bar.toMs) {
      last.bar = { ...last.bar, toMs: bar.toMs };
      all[last.at] = last.bar;
    }
  }
  return all;
}

/** From the event that is being tried, or from the last thing that happened, until now. */
function openBar({ handler, status, untilMs }: NonNullable<Told['open']>, items: readonly Item[], marks: readonly Mark[]): Bar[] {
  const tried = items.findLast(({ attempts }) => attempts.some((run) => run.handler === handler));
  const fromMs = tried?.offsetMs ?? marks.reduce((last, { atMs, row }) => (row.startsWith('webhook') ? last : Math.max(last, atMs)), 0);
  const row = handler === null ? WAITS_IN[status] ?? 'cc orders' : `cc ${extensionOf(handler)}`;
  return untilMs > fromMs ? [{ row, fromMs, toMs: untilMs, kind: 'open' }] : [];
}

/** Where a status is waited in while no attempt is open. */
const WAITS_IN: Readonly<Record<string, string>> = { created: 'cc inventory', reserved: 'cc payments', paid: 'cc fulfillment', fulfilling: 'of', fulfilled: 'cc shipping', shipped: 'cc shipping' };

const isFulfilling = (source: string): boolean => source === 'order-fulfillment';

/** Events stand with the extension that appended them: its handlers name it, and others of the same source go with them. */
function rowNames(items: readonly Item[]): (item: Item) => string {
  const names = new Map<string, string>();
  for (const { source, handler } of items) if (handler !== null && !handler.includes(':')) names.set(source, extensionOf(handler));
  return ({ source }) => `cc ${names.get(source) ?? PLURALS[source] ?? source.replace(/-service$/, '')}`;
}

const PLURALS: Readonly<Record<string, string>> = { 'order-service': 'orders', 'payment-service': 'payments', 'notification-service': 'notifications' };

/** `fulfillment` of fulfillment.request, `orders` of command:orders.cancel. */
export function extensionOf(handler: string): string {
  return handler.replace(/^[a-z]+:/, '').split('.', 1)[0] ?? handler;
}

function eventMark(item: Item, row: string, atMs: number): Mark {
  const kind: MarkKind = item.origin === 'foreign' ? 'told' : item.handler?.startsWith('command:') === true || (item.handler === null && item.causationId === null) ? 'asked' : isOfClock(item) ? 'clock' : 'event';
  return { id: item.eventId, kind, row, atMs, tone: toneOf(item.eventType), name: wordsOf(item.eventType), text: item.text, item };
}

const isOfClock = ({ handler }: Item): boolean => /^(timer|job):/.test(handler ?? '');

function noteMark(id: string, note: Note, item?: Item): Mark {
  const isDuplicate = /duplicate|already_stored|came_again/.test(note.rule);
  return {
    id, kind: isDuplicate ? 'duplicate' : 'ignored', row: isDuplicate && item?.origin === 'foreign' ? 'bus' : `cc ${extensionOf(note.handler)}`, atMs: note.offsetMs, tone: 'plain',
    name: isDuplicate ? 'Came again, and was applied once' : `${note.handler} did nothing: ${note.rule.replaceAll('_', ' ')}`, text: note.text, note, ...(item && { item }),
  };
}

function stepBar(item: Item, cause: Item, row: string): Bar {
  const failed = item.handler !== null && cause.attempts.some(({ handler }) => handler === item.handler);
  return { row, fromMs: cause.offsetMs, toMs: item.offsetMs, kind: failed || item.offsetMs - cause.offsetMs >= LONG_MS ? 'waiting' : 'work' };
}

/** The fulfilling side has it: from when it took a request until it told the next thing. */
function fulfillingBars(items: readonly Item[], startMs: number): Bar[] {
  return items.flatMap((item, index): Bar[] => {
    if (item.eventType !== REQUESTED) return [];
    const told = items.slice(index).find(({ origin, source }) => origin === 'foreign' && isFulfilling(source));
    if (told === undefined) return [];
    const toMs = Math.min(told.offsetMs, Date.parse(told.timestamp) - startMs);
    return toMs <= item.offsetMs ? [] : [{ row: 'of', fromMs: item.offsetMs, toMs, kind: toMs - item.offsetMs >= LONG_MS ? 'waiting' : 'work' }];
  });
}

const REQUESTED = 'FulfillmentRequested';

function webhookRows(sent: readonly Sent[]): (webhookId: string) => string {
  const own = [...new Set(sent.map(({ webhookId }) => webhookId))].slice(0, MOST_WEBHOOKS);
  return (webhookId) => (own.includes(webhookId) ? `webhook ${webhookId}` : 'webhooks');
}

function addSent(sent: Sent, row: string, startMs: number, items: ReadonlyMap<string, Item>, { marks, bars, arrows }: { marks: Mark[]; bars: Bar[]; arrows: Arrow[] }): void {
  const offset = (at: string): number => Date.parse(at) - startMs;
  const tries = sent.attemptsMade.map((one) => ({ ...one, atMs: offset(one.startedAt) + one.durationMs }));
  const last = tries.at(-1);
  const isEnded = sent.state === 'delivered' || sent.state === 'dead' || sent.state === 'discarded';
  const atMs = isEnded ? Math.max(offset(sent.endedAt ?? sent.createdAt), offset(sent.createdAt)) : Math.max(offset(sent.createdAt), last?.atMs ?? 0);
  for (const one of tries.slice(0, sent.state === 'delivered' ? -1 : undefined)) {
    marks.push({ id: `${sent.deliveryId}~${one.attempt}`, kind: 'tried', row, atMs: one.atMs, tone: 'warn', name: `${sent.event}: attempt ${one.attempt} failed`, text: `Attempt ${one.attempt} of ${sent.event} to ${sent.url} failed after ${one.durationMs} ms: ${one.error ?? `it was answered ${one.status}`}.`, sent });
  }
  marks.push({ id: sent.deliveryId, kind: 'sent', row, atMs, tone: sent.state === 'delivered' ? 'good' : sent.state === 'dead' ? 'bad' : 'busy', name: `${sent.event} ${SENT_WORDS[sent.state]}`, text: sentText(sent), sent });
  bars.push({ row, fromMs: offset(sent.createdAt), toMs: atMs, kind: tries.length > 1 || atMs - offset(sent.createdAt) >= LONG_MS ? 'waiting' : 'work' });
  const item = items.get(sent.eventId);
  if (item !== undefined) arrows.push({ from: item.origin === 'foreign' ? `${item.eventId}~arrived` : item.eventId, to: sent.deliveryId });
}

const SENT_WORDS: Readonly<Record<Sent['state'], string>> = { ready: 'is to be sent', leased: 'is being sent', held: 'is held', delivered: 'delivered', dead: 'given up', discarded: 'dropped' };

function sentText({ event, url, state, attempts, lastStatus, lastError }: Sent): string {
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  const error = lastError ?? (lastStatus === null ? undefined : `it was answered ${lastStatus}`);
  if (state === 'delivered') return `${event} was delivered to ${url} after ${tries}${lastStatus === null ? '' : `, answered ${lastStatus}`}.`;
  if (state === 'dead') return `${event} to ${url} was given up after ${tries}${error === undefined ? '' : `: ${error}`}.`;
  return `${event} ${SENT_WORDS[state]} to ${url}${attempts === 0 || error === undefined ? '' : `; ${tries} failed, the last one because ${error}`}.`;
}

/** The rows that have something, in the order of the lanes; within a lane as things came. */
function rowsIn(drawn: readonly { readonly row: string }[], sent: readonly Sent[]): Row[] {
  const urls = new Map(sent.map(({ webhookId, url }) => [webhookId, url]));
  const rows = [...new Set(drawn.map(({ row }) => row))].map((key): Row => {
    const [kind = '', name = ''] = [key.split(' ', 1)[0], key.slice(key.indexOf(' ') + 1)];
    if (kind === 'cc') return { key, lane: 'cc', name };
    if (kind === 'of') return { key, lane: 'of', name: key === 'of' ? 'fulfilling side' : name };
    if (kind === 'bus') return { key, lane: 'bus', name: 'events that came' };
    return { key, lane: 'webhooks', name: kind === 'webhook' ? shortUrl(urls.get(name) ?? name) : 'further webhooks' };
  });
  return rows.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane));
}

function shortUrl(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}

/** PaymentProcessed: Payment processed. */
export function wordsOf(type: string): string {
  return type.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').replaceAll(/ [A-Z](?=[a-z])/g, (start) => start.toLowerCase());
}

export function toneOf(type: string): Tone {
  if (/(Failed|Refused|Lost)$/.test(type)) return 'bad';
  if (/(Overdue|Suspended|Unwanted|DisputeOpened|CancelRequested|CancellationRequested)$/.test(type)) return 'warn';
  if (/(Completed|Delivered|Won|Processed|Reserved|Refunded|Sent)$/.test(type)) return 'good';
  return 'busy';
}
