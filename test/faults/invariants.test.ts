/** Every invariant holds of a run in which all went well, and goes red for the one thing that breaks it. */
import { describe, expect, test } from '@jest/globals';
import { quantile, resultOf, resultText, rowLine } from './grid.ts';
import { countsOf, INVARIANTS } from './invariants.ts';
import type { Cut, Evidence } from './invariants.ts';
import { isGreen } from './scene.ts';
import type { Row } from './scene.ts';
import type { AnswerLine, WebhookLine } from './witness-lines.ts';
import { resultMarkdown } from './written.ts';

const TEXT = '{"orderId":"o1"}';
const head = { atMs: 1, scenario: 'S', attempt: 1, base: 'b', retryAfter: null, tookMs: 5 } as const;
const answer = (given: Partial<AnswerLine> = {}): AnswerLine => ({ kind: 'answer', ...head, key: 'S-0', purpose: 'order', status: 202, text: TEXT, ...given });
const webhook = (id: string, sequence: number, given: Partial<WebhookLine> = {}): WebhookLine => ({ kind: 'webhook', atMs: 1, id, event: 'order.created', orderId: 'o1', sequence, digest: 'd', ...given });

const MOVES = [['InventoryReserved', 'reserved'], ['OrderConfirmed', 'paid'], ['OrderUpdated', 'fulfilling'], ['OrderFulfilled', 'fulfilled'], ['OrderShipped', 'shipped'], ['OrderCompleted', 'completed']] as const;
const LINE = { lineId: 'l1', status: 'fulfilled', provider: 'lms' };

const cutAt = (atMs: number): Cut => ({ fromMs: atMs, untilMs: atMs });

/** One order, all of whose way went well. */
const GOOD: Evidence = {
  facts: {
    orders: [{ orderId: 'o1', key: 'S-0', status: 'completed', version: 7, outcomes: [LINE] }],
    changes: MOVES.map(([type, status], index) => ({ orderId: 'o1', type, version: index + 2, status })),
    fulfillments: [{ orderId: 'o1', status: 'completed', lines: [LINE] }],
    effects: [{ provider: 'lms', orderId: 'o1', lineId: 'l1', effects: 1 }],
    notOnce: [], undelivered: [], left: [], queue: { size: 0, dead: 0 }, refusals: [],
    deliveries: [{ orderId: 'o1', eventId: 'w1', state: 'delivered' }, { orderId: 'o1', eventId: 'w2', state: 'delivered' }],
  },
  lines: [
    { kind: 'request', atMs: 1, scenario: 'S', key: 'S-0', purpose: 'order', attempt: 1, base: 'b' }, answer({ status: 0, text: '' }), answer(), answer({ purpose: 'same' }), answer({ purpose: 'other', status: 422, text: '{}' }),
    webhook('w1', 1), webhook('w2', 2),
  ],
  cuts: [], poison: [], maxReceives: 3, hasConverged: true,
};

const facts = (more: Partial<Evidence['facts']>): Evidence => ({ ...GOOD, facts: { ...GOOD.facts, ...more } });
const lines = (...more: Evidence['lines']): Evidence => ({ ...GOOD, lines: [...GOOD.lines, ...more] });
const [order, change] = [GOOD.facts.orders[0]!, GOOD.facts.changes[3]!];

/** What breaks each, in every way that it looks for. */
const BREAKS: Readonly<Record<string, readonly (readonly [string, Evidence])[]>> = {
  I1: [
    ['an accepted order is not there', facts({ orders: [], fulfillments: [] })],
    ['an accepted order stands still with nothing to do', facts({ orders: [{ ...order, status: 'paid' }] })],
    ['the order that is there is another one', facts({ orders: [{ ...order, orderId: 'o2' }] })],
  ],
  I2: [['a line was delivered twice', facts({ effects: [{ ...GOOD.facts.effects[0]!, effects: 2 }] })], ['two providers delivered it', facts({ effects: [...GOOD.facts.effects, { ...GOOD.facts.effects[0]!, provider: 'instant' }] })]],
  I3: [
    ['the order does not know its completion', facts({ orders: [{ ...order, status: 'fulfilling' }] })], ['the outcome of a line is another one', facts({ orders: [{ ...order, outcomes: [{ ...LINE, status: 'failed' }] }] })],
    ['a cancelled order stands as delivered', facts({ orders: [{ ...order, status: 'cancelled', outcomes: [] }] })],
  ],
  I4: [
    ['a job is left', facts({ left: ['work ready of x of o1'] })], ['a message is left', facts({ queue: { size: 1, dead: 0 } })], ['a dead letter that nobody put there', facts({ queue: { size: 0, dead: 1 } })],
    ['it does not come to rest', { ...GOOD, hasConverged: false }], ['a provider delivered what nobody asked for', facts({ fulfillments: [] })],
  ],
  I5: [
    ['a version is missing', facts({ changes: GOOD.facts.changes.filter((one) => one !== change) })], ['a move that the table does not have', facts({ changes: GOOD.facts.changes.map((one) => (one === change ? { ...one, status: 'shipped' } : one)) })],
    ['a move after the end', facts({ changes: [...GOOD.facts.changes, { ...change, version: 8 }] })], ['the row says something else than its events', facts({ orders: [{ ...order, status: 'refunded' }] })],
    ['an event is told twice', facts({ notOnce: [{ orderId: 'o1', type: 'OrderCreated', count: 2 }] })],
  ],
  I6: [
    ['another answer to the same', lines(answer({ purpose: 'same', text: '{"orderId":"o9"}' }))], ['another body is taken under the key', lines(answer({ purpose: 'other' }))],
    ['a repeated attempt got another order', lines(answer({ attempt: 2, text: '{"orderId":"o9"}' }))],
  ],
  I7: [
    ['a webhook did not come', facts({ deliveries: [...GOOD.facts.deliveries, { orderId: 'o1', eventId: 'w3', state: 'delivered' }] })], ['one was given up', facts({ deliveries: [{ orderId: 'o1', eventId: 'w1', state: 'dead' }] })],
    ['one came twice without a cut', lines(webhook('w1', 1))], ['one came again with other bytes', { ...lines(webhook('w1', 1, { digest: 'e' })), cuts: [cutAt(1)] }],
    ['one came again that a cut long after it cannot have met', { ...lines(webhook('w1', 1, { atMs: 60_000 })), cuts: [cutAt(30_000)] }],
    ['one came again that came after the cut', { ...lines(webhook('w3', 3, { atMs: 20_000 }), webhook('w3', 3, { atMs: 20_500 })), cuts: [cutAt(10_000)] }],
    ['one came three times, and there was one cut', { ...lines(webhook('w1', 1), webhook('w1', 1)), cuts: [cutAt(1)] }],
    ['one came three times, and only the first had met a cut', { ...lines(webhook('w1', 1, { atMs: 20_000 }), webhook('w1', 1, { atMs: 40_000 })), cuts: [cutAt(1), cutAt(60_000)] }],
    ['an event that nobody is told', facts({ undelivered: [{ orderId: 'o1', type: 'OrderShipped' }] })],
  ],
  I8: [['a number is missing', lines(webhook('w4', 4))], ['two have the same number', lines(webhook('w5', 2))]],
  I10: [
    ['poison is tried for ever', { ...facts({ refusals: [{ messageId: 'm', reason: 'malformed', receiveCount: 4 }], queue: { size: 0, dead: 1 } }), poison: ['m'] }],
    ['poison has no reason', { ...facts({ refusals: [{ messageId: 'of another scenario', reason: 'malformed', receiveCount: 3 }], queue: { size: 0, dead: 1 } }), poison: ['m'] }],
    ['poison is no dead letter', { ...facts({ refusals: [{ messageId: 'm', reason: 'malformed', receiveCount: 3 }] }), poison: ['m'] }],
  ],
  I12: [['503 without Retry-After', lines(answer({ status: 503, text: '' }))], ['500', lines(answer({ status: 500, text: '' }))]],
};

test('of a run in which all went well nothing is wrong', () => {
  expect(INVARIANTS.flatMap(({ id, judge }) => (judge(GOOD) ?? []).map((one) => `${id}: ${one}`))).toEqual([]);
  expect(countsOf(GOOD)).toEqual({ asked: 1, accepted: 1, lost: 0, recovered: 1, unexpected: 0, deliveredTwice: 0, extraWebhooks: 0, mostExtra: 0, allowedWebhooks: 0, mostAllowed: 0, webhooks: 2 });
});

describe.each(INVARIANTS.map(({ id, name, judge }) => ({ id, name, judge })))('$id ($name) goes red when', ({ id, judge }) => {
  test.each(BREAKS[id]!)('%s', (_what, evidence) => {
    expect((judge(evidence) ?? []).length).toBeGreaterThan(0);
  });
});

const judged = (id: string, evidence: Evidence): string[] | null => INVARIANTS.find((one) => one.id === id)!.judge(evidence);

test('a webhook may come once more for each cut that it was under way at, and a refusal with Retry-After is well', () => {
  const twice = { ...lines(webhook('w1', 1, { atMs: 16_000 })), cuts: [cutAt(500)] };
  expect(judged('I7', twice)).toEqual([]);
  expect(countsOf(twice)).toMatchObject({ extraWebhooks: 1, mostExtra: 1, allowedWebhooks: 2, mostAllowed: 1 });
  expect(judged('I7', { ...lines(webhook('w1', 1, { atMs: 16_000 }), webhook('w1', 1, { atMs: 32_000 })), cuts: [cutAt(16_500), cutAt(500)] })).toEqual([]);
  // It stood still: what another process has sent meanwhile, it may send when it goes on.
  expect(judged('I7', { ...lines(webhook('w3', 3, { atMs: 20_000 }), webhook('w3', 3, { atMs: 30_100 })), facts: { ...GOOD.facts, deliveries: [...GOOD.facts.deliveries, { orderId: 'o1', eventId: 'w3', state: 'delivered' }] }, cuts: [{ fromMs: 5_000, untilMs: 30_000 }] })).toEqual([]);
  expect(judged('I12', lines(answer({ status: 429, retryAfter: '5', text: '' })))).toEqual([]);
});

test('where no poison was sent nothing is judged of it, and its cell says so', () => {
  expect(judged('I10', facts({ refusals: [{ messageId: 'of another scenario', reason: 'malformed', receiveCount: 3 }] }))).toBeNull();
  expect(judged('I10', { ...facts({ refusals: [{ messageId: 'm', reason: 'malformed', receiveCount: 3 }], queue: { size: 0, dead: 1 } }), poison: ['m'] })).toEqual([]);
  const row = { ...ROW, cells: [{ invariant: 'I9', wrong: [] }, { invariant: 'I10', wrong: null }] };
  expect([isGreen(row), rowLine(row)]).toEqual([true, expect.stringContaining('green   ok    –')]);
  const result = resultOf([row], RUN);
  expect(resultMarkdown({ ...result, invariants: [{ id: 'I9', name: '' }, { id: 'I10', name: '' }] })).toContain('| K1 | one | ✓ | – | 0.9 s |');
});

const ROW: Row = { id: 'K1', name: 'one', faultClass: 'kill', fault: null, cells: [], counts: countsOf(GOOD), kills: 1, cuts: 1, convergedInMs: 900, tookMs: 1_000, notes: [] };
const RUN = { command: 'c', seed: 7, startedAt: 't', tookMs: 1, machine: 'm', notPossible: [{ id: 'F25', name: 'full', why: 'no mount' }] };

test('what cannot be done on a machine is told, and counts for nothing', () => {
  const result = resultOf([ROW], RUN);
  expect(resultText(result)).toContain('F25 was not done here: no mount');
  expect(resultMarkdown(result)).toContain('F25 (full) was not done there: no mount.');
  expect(result.rows).toHaveLength(1);
});

test('a scenario that did not come about is red, and a class says how many kills were survived', () => {
  const allowing = { ...ROW, counts: { ...ROW.counts, allowedWebhooks: 3, mostAllowed: 1 } };
  const { rows, classes } = resultOf([allowing, { ...ROW, id: 'K2', fault: 'the point was not hit' }], RUN);
  expect(rows.map(({ isGreen, again }) => [isGreen, again])).toEqual([[true, 'npx --yes pnpm@12.21.0 faults --only K1 --seed 7'], [false, 'npx --yes pnpm@12.21.0 faults --only K2 --seed 7']]);
  expect(classes).toMatchObject([{ faultClass: 'kill', scenarios: 2, orders: 2, accepted: 2, kills: 2, killsSurvived: 1, lost: 0, convergedP50Ms: 900, allowedWebhooks: 3, mostAllowed: 1 }]);
  expect([quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.99), quantile([], 0.5)]).toEqual([2, 4, null]);
});
