/**
 * What must hold after every fault, each judged from the databases and from what the witness wrote. Pure. A judgement is empty when all
 * is well; otherwise it says what is wrong, order by order.
 */
import type { Facts } from './facts.pg.ts';
import type { AnswerLine, WebhookLine, WitnessLine } from './witness-lines.ts';
import { isAccepted } from './witness-lines.ts';

/**
 * A time at which the record of an answer may have been lost, Unix milliseconds: the sender of webhooks was killed or stood still, or its
 * database was away. A kill is a moment: `untilMs` is `fromMs`.
 */
export interface Cut {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Evidence {
  readonly facts: Facts;
  readonly lines: readonly WitnessLine[];
  /** Each excuses one copy of every webhook that was under way. */
  readonly cuts: readonly Cut[];
  /** Ids of the messages that nobody can take, which were put on the queue. */
  readonly poison: readonly string[];
  readonly maxReceives: number;
  /** Whether everything came to rest within its time. */
  readonly hasConverged: boolean;
}

export interface Invariant {
  readonly id: string;
  readonly name: string;
  /** What is wrong; null where there was nothing to judge. */
  readonly judge: (evidence: Evidence) => string[] | null;
}

/** From the arrival of a webhook until what became of it is committed: three times the longest that was seen on a busy machine. */
const UNDER_WAY_MS = 1_000;
/** An end is seen by a supervisor, and a webhook read by the witness, a little later than it happens. */
const SEEN_LATE_MS = 1_000;

const FINAL: ReadonlySet<string> = new Set(['completed', 'cancelled', 'refunded']);
const SETTLED: ReadonlySet<string> = new Set(['completed', 'partial', 'failed', 'cancelled', 'revoked']);

/** From which status an order may go to which; written down here a second time, on purpose. */
const MOVES: Readonly<Record<string, readonly string[]>> = {
  created: ['reserved', 'cancelled', 'cancel_pending'], reserved: ['paid', 'cancel_pending'], paid: ['fulfilling', 'cancel_pending'],
  fulfilling: ['fulfilled', 'cancel_pending', 'fulfilling'], fulfilled: ['shipped', 'refund_pending', 'refunded'], shipped: ['completed', 'refund_pending', 'refunded'],
  completed: ['refund_pending', 'refunded'], cancel_pending: ['fulfilled', 'cancelled'], refund_pending: ['refunded'], cancelled: [], refunded: [],
};

function answersOf(lines: readonly WitnessLine[], purpose: AnswerLine['purpose']): AnswerLine[] {
  return lines.filter((line) => line.kind === 'answer' && line.purpose === purpose) as AnswerLine[];
}

function webhooksOf({ facts, lines }: Evidence): WebhookLine[] {
  // Not each of them names its order.
  const [orders, ids] = [new Set(facts.orders.map(({ orderId }) => orderId)), new Set(facts.deliveries.map(({ eventId }) => eventId))];
  return lines.filter((line) => line.kind === 'webhook' && (orders.has(line.orderId) || ids.has(line.id))) as WebhookLine[];
}

/** The first accepting answer of each key. */
function acceptedOf(lines: readonly WitnessLine[]): Map<string, AnswerLine> {
  const accepted = new Map<string, AnswerLine>();
  for (const line of answersOf(lines, 'order')) if (isAccepted(line) && !accepted.has(line.key)) accepted.set(line.key, line);
  return accepted;
}

function noneLost({ facts, lines }: Evidence): string[] {
  const byKey = new Map(facts.orders.map((order) => [order.key, order]));
  return [...acceptedOf(lines)].flatMap(([key, { text }]) => {
    const order = byKey.get(key);
    if (order === undefined) return [`${key} was accepted and is not there`];
    if ((JSON.parse(text) as { orderId: string }).orderId !== order.orderId) return [`${key} was accepted as another order than the one that is there`];
    return FINAL.has(order.status) || facts.left.some((one) => one.endsWith(order.orderId)) ? [] : [`${key} is ${order.status}, and nothing is to be done for it`];
  });
}

function noneTwice({ facts }: Evidence): string[] {
  const ids = new Set(facts.orders.map(({ orderId }) => orderId));
  const times = Map.groupBy(facts.effects.filter(({ orderId }) => ids.has(orderId)), ({ orderId, lineId }) => `${orderId} ${lineId}`);
  return [...times].flatMap(([line, all]) => {
    const sum = all.reduce((total, { effects }) => total + effects, 0);
    return sum > 1 ? [`line ${line} was delivered ${sum} times`] : [];
  });
}

function noCompletionLost({ facts }: Evidence): string[] {
  const orders = new Map(facts.orders.map((order) => [order.orderId, order]));
  return facts.fulfillments.filter(({ status }) => SETTLED.has(status)).flatMap(({ orderId, status, lines }) => {
    const order = orders.get(orderId);
    if (order === undefined || !FINAL.has(order.status)) return [`${orderId} is ${status} at Order Fulfillment and ${order?.status ?? 'unknown'} at Commerce Coordinator`];
    // What was never begun has no outcome to be known.
    if (order.status === 'cancelled') return lines.filter((line) => line.status === 'fulfilled').map(({ lineId }) => `${orderId} is cancelled, and line ${lineId} stands as delivered`);
    const here = new Map(order.outcomes.map((outcome) => [outcome.lineId, outcome.status]));
    return lines.filter((line) => here.get(line.lineId) !== line.status).map((line) => `${orderId}, line ${line.lineId}: ${line.status} there, ${here.get(line.lineId) ?? 'unknown'} here`);
  });
}

function convergent({ facts: { left, queue, orders, effects, fulfillments }, hasConverged, poison }: Evidence): string[] {
  const known = new Set(fulfillments.map(({ orderId }) => orderId));
  const ids = new Set(orders.map(({ orderId }) => orderId));
  return [
    ...(hasConverged ? [] : ['it has not come to rest within its time']), ...left,
    ...(queue.size > 0 ? [`${queue.size} messages are on the queue`] : []), ...(queue.dead === poison.length ? [] : [`${queue.dead} dead letters, ${poison.length} were put there`]),
    ...effects.filter(({ orderId }) => ids.has(orderId) && !known.has(orderId)).map(({ orderId, provider }) => `${provider} delivered for ${orderId}, of which Order Fulfillment knows nothing`),
  ];
}

function legal({ facts: { orders, changes, notOnce } }: Evidence): string[] {
  const byOrder = Map.groupBy(changes, ({ orderId }) => orderId);
  const faults = orders.flatMap(({ orderId, status: last, version: lastVersion }) => {
    let [status, version] = ['created', 1];
    const found: string[] = [];
    for (const change of byOrder.get(orderId) ?? []) {
      if (change.version !== version + 1) found.push(`${orderId}: ${change.type} has version ${change.version} behind ${version}`);
      ({ version } = change);
      if (change.status === null) continue;
      if (MOVES[status]?.includes(change.status) !== true) found.push(`${orderId}: ${change.type} moves it from ${status} to ${change.status}`);
      ({ status } = change as { status: string });
    }
    return status === last && version === lastVersion ? found : [...found, `${orderId} is ${last} with version ${lastVersion}, its events say ${status} with version ${version}`];
  });
  return [...faults, ...notOnce.map(({ orderId, type, count }) => `${orderId} has ${count} × ${type}`)];
}

function idempotent({ lines }: Evidence): string[] {
  const first = acceptedOf(lines);
  const orders = answersOf(lines, 'order').filter((line) => isAccepted(line) && line.text !== first.get(line.key)?.text).map(({ key }) => `${key} got two different answers`);
  const same = answersOf(lines, 'same').flatMap((line) => {
    const before = first.get(line.key);
    if (line.status === 0 || line.status === 429 || line.status >= 500 || before === undefined) return [];
    return line.text === before.text && line.status === before.status ? [] : [`${line.key} sent again was answered with ${line.status} ${line.text}`];
  });
  const other = answersOf(lines, 'other').flatMap(({ key, status }) => (status === 422 || status === 0 || status === 429 || status >= 500 ? [] : [`${key} with another body was answered with ${status}`]));
  return [...orders, ...same, ...other];
}

/** One webhook, as often as it came. */
interface Copies {
  readonly id: string;
  /** Beyond the first. */
  readonly extra: number;
  /** Of these, those before which a cut has met the copy that had come. */
  readonly excused: number;
  /** Cuts that met it: so many more would have been excused. */
  readonly allowed: number;
}

function copiesOf(evidence: Evidence): Copies[] {
  return [...Map.groupBy(webhooksOf(evidence), ({ id }) => id)].map(([id, all]) => {
    const arrivals = all.map(({ atMs }) => atMs).sort((a, b) => a - b);
    const left = evidence.cuts.filter((cut) => arrivals.some((atMs) => meets(cut, atMs)));
    const allowed = left.length;
    let excused = 0;
    for (const atMs of arrivals.slice(0, -1)) {
      const found = left.findIndex((cut) => meets(cut, atMs));
      if (found < 0) continue;
      left.splice(found, 1);
      excused += 1;
    }
    return { id, extra: arrivals.length - 1, excused, allowed };
  });
}

/** Whether what arrived then was under way when the cut came. */
function meets({ fromMs, untilMs }: Cut, atMs: number): boolean {
  return atMs >= fromMs - UNDER_WAY_MS && atMs <= untilMs + SEEN_LATE_MS;
}

function toldAtLeastOnce(evidence: Evidence): string[] {
  const { facts } = evidence;
  const received = Map.groupBy(webhooksOf(evidence), ({ id }) => id);
  return [
    ...facts.undelivered.map(({ orderId, type }) => `${type} of ${orderId} is told to nobody`),
    ...facts.deliveries.flatMap(({ orderId, eventId, state }) => (state === 'delivered' && received.has(eventId) ? [] : [`webhook ${eventId} of ${orderId} is ${state}, received ${received.get(eventId)?.length ?? 0} times`])),
    ...[...received].flatMap(([id, all]) => (new Set(all.map(({ digest }) => digest)).size > 1 ? [`webhook ${id} came with different bytes`] : [])),
    ...copiesOf(evidence).flatMap(({ id, extra, excused }) => (extra > excused ? [`webhook ${id} came ${extra} times more, ${excused} of them after a cut that it was under way at`] : [])),
  ];
}

function inSequence(evidence: Evidence): string[] {
  const told = webhooksOf(evidence).filter(({ sequence }) => sequence !== null);
  return [...Map.groupBy(told, ({ orderId }) => orderId)].flatMap(([orderId, all]) => {
    const ids = Map.groupBy(all, ({ sequence }) => sequence ?? 0);
    const numbers = [...ids.keys()].sort((a, b) => a - b);
    const gaps = numbers.filter((number, index) => number !== index + 1).slice(0, 1).map((number) => `${orderId}: the sequence of its webhooks jumps to ${number}`);
    const shared = [...ids].filter(([, ones]) => new Set(ones.map(({ id }) => id)).size > 1).map(([number]) => `${orderId}: two webhooks have the sequence ${number}`);
    return [...gaps, ...shared];
  });
}

function poisonEnds({ facts: { refusals, queue }, poison, maxReceives }: Evidence): string[] | null {
  if (poison.length === 0) return null;
  const counts = new Map(refusals.map(({ messageId, receiveCount }) => [messageId, receiveCount]));
  return [
    ...poison.flatMap((messageId) => {
      const count = counts.get(messageId);
      if (count === undefined) return [`the message ${messageId}, which nobody can take, has no reason`];
      return count > maxReceives ? [`${messageId} was received ${count} times, ${maxReceives} are allowed`] : [];
    }),
    ...(queue.dead < poison.length ? [`${queue.dead} of ${poison.length} are dead letters`] : []),
  ];
}

function refusesWell({ lines }: Evidence): string[] {
  return (lines.filter((line) => line.kind === 'answer') as AnswerLine[]).flatMap(({ key, status, retryAfter }) => {
    if (status === 429 || status === 503) return retryAfter === null ? [`${key} was answered with ${status} without Retry-After`] : [];
    return status >= 500 ? [`${key} was answered with ${status}`] : [];
  });
}

export const INVARIANTS: readonly Invariant[] = [
  { id: 'I1', name: 'No accepted order is lost', judge: noneLost },
  { id: 'I2', name: 'No line is delivered twice', judge: noneTwice },
  { id: 'I3', name: 'No completion is lost', judge: noCompletionLost },
  { id: 'I4', name: 'All comes to rest', judge: convergent },
  { id: 'I5', name: 'Only legal histories', judge: legal },
  { id: 'I6', name: 'One key, one answer', judge: idempotent },
  { id: 'I7', name: 'Every webhook comes, and again only after a cut that it was under way at', judge: toldAtLeastOnce },
  { id: 'I8', name: 'Webhooks of an order are numbered without gaps', judge: inSequence },
  { id: 'I10', name: 'Poison ends as a dead letter', judge: poisonEnds },
  { id: 'I12', name: 'What is refused says when to come again', judge: refusesWell },
];

/** The four words of such a test, as counts. */
export interface Counts {
  /** Orders that the witness asked for. */
  readonly asked: number;
  readonly accepted: number;
  /** Accepted, and not there, or not at their end with nothing left to do. */
  readonly lost: number;
  /** Of which some answer was missing, and which are there. */
  readonly recovered: number;
  /** There, though nobody asked for them; or delivered for an order that is not there. */
  readonly unexpected: number;
  /** Lines that were delivered more than once. */
  readonly deliveredTwice: number;
  /** Copies of webhooks beyond the first, and the most that one webhook has. */
  readonly extraWebhooks: number;
  readonly mostExtra: number;
  /** As many would have been excused, of all webhooks together and of one at most: those that were under way at each cut. */
  readonly allowedWebhooks: number;
  readonly mostAllowed: number;
  readonly webhooks: number;
}

export function countsOf(evidence: Evidence): Counts {
  const { facts, lines } = evidence;
  const asked = new Set(lines.flatMap((line) => (line.kind === 'request' && line.purpose === 'order' ? [line.key] : [])));
  const there = new Set(facts.orders.map(({ key }) => key));
  const unanswered = new Set(answersOf(lines, 'order').flatMap(({ key, status }) => (status === 0 || status >= 500 ? [key] : [])));
  const copies = copiesOf(evidence);
  const [extra, allowed] = [copies.map((one) => one.extra), copies.map((one) => one.allowed)];
  return {
    asked: asked.size, accepted: acceptedOf(lines).size, lost: noneLost(evidence).length, recovered: [...unanswered].filter((key) => there.has(key)).length,
    unexpected: facts.orders.filter(({ key }) => !asked.has(key)).length, deliveredTwice: noneTwice(evidence).length,
    extraWebhooks: sumOf(extra), mostExtra: Math.max(0, ...extra), allowedWebhooks: sumOf(allowed), mostAllowed: Math.max(0, ...allowed), webhooks: copies.length,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
