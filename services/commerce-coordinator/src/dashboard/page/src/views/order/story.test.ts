/** The story of an order as marks on rows: what stands where, what was waited for, what caused what. */
import { describe, expect, test } from '@jest/globals';
import { extensionOf, storyOf, wordsOf } from './story.ts';
import type { Item, Note, Run, Sent } from './story.ts';

const START = Date.parse('2026-11-22T10:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();

function item(eventId: string, eventType: string, offsetMs: number, more: Partial<Item> = {}): Item {
  return {
    eventId, eventType, eventVersion: '1.0', origin: 'own', source: 'order-service', timestamp: at(offsetMs), recordedAt: at(offsetMs), offsetMs, correlationId: 'c', causationId: null, data: {},
    handler: null, attempt: null, text: `${eventType}.`, handlers: [], attempts: [], ignored: [], ...more,
  };
}
const run = (handler: string, attempt: number, offsetMs: number, retryAt: string | null = at(offsetMs + 1_000)): Run => ({ handler, attempt, error: { code: 'Error', message: 'no' }, failedAt: at(offsetMs), retryAt, offsetMs, text: 'It failed.' });
const note = (handler: string, rule: string, offsetMs: number): Note => ({ handler, rule, evidence: {}, offsetMs, text: 'It did nothing.' });
const sent = (more: Partial<Sent> = {}): Sent => ({
  deliveryId: 'd', webhookId: 'w', eventId: 'created', event: 'order.created', url: 'http://shop.example/hook/', state: 'delivered', attempts: 2, createdAt: at(5), dueAt: null, endedAt: at(1_600), lastStatus: 200, lastError: null,
  attemptsMade: [{ attempt: 1, startedAt: at(10), durationMs: 20, status: 503, error: null }, { attempt: 2, startedAt: at(1_500), durationMs: 90, status: 200, error: null }], ...more,
});

const created = item('created', 'OrderCreated', 0);
const paid = item('paid', 'PaymentProcessed', 300, { source: 'payment-service', handler: 'payments.charge', attempt: 1, causationId: 'created' });
const requested = item('requested', 'FulfillmentRequested', 15_000, { source: 'fulfillment-service', handler: 'fulfillment.request', attempt: 3, causationId: 'paid' });
const done = item('done', 'FulfillmentCompleted', 16_000, { origin: 'foreign', source: 'order-fulfillment', timestamp: at(15_900), causationId: 'elsewhere' });
const shipped = item('shipped', 'ShippingCreated', 16_020, { source: 'shipping-service', handler: 'shipping.create', attempt: 1, causationId: 'done' });

describe('a story', () => {
  const items = [created, { ...paid, attempts: [run('fulfillment.request', 1, 5_000), run('fulfillment.request', 2, 10_000)] }, requested, { ...done, ignored: [note('ingest', 'duplicate', 16_500), note('orders.fulfill', 'already_fulfilled', 16_600)] }, shipped];
  const story = storyOf({ items, notes: [note('payments.unanswered', 'unknown_timer', 900)], sent: [sent()] });
  const mark = (id: string) => story.marks.find((one) => one.id === id);

  test('has its rows in lanes, and no row without anything', () => {
    expect(story.rows.map(({ lane, name }) => `${lane}: ${name}`)).toEqual(['cc: orders', 'cc: payments', 'cc: fulfillment', 'cc: shipping', 'of: fulfilling side', 'bus: events that came', 'webhooks: shop.example/hook']);
  });

  test('has a mark for each thing, by time', () => {
    expect(story.marks.map(({ atMs }) => atMs)).toEqual(story.marks.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    expect(mark('created')).toMatchObject({ kind: 'asked', row: 'cc orders', name: 'Order created' });
    expect(mark('paid~fulfillment.request~2')).toMatchObject({ kind: 'failed', row: 'cc fulfillment', atMs: 10_000, tone: 'warn' });
    expect(mark('note~0')).toMatchObject({ kind: 'ignored', row: 'cc payments', atMs: 900 });
  });

  test('an event of another service stands where and when it was told, and where it came in', () => {
    expect([mark('done'), mark('done~arrived')]).toMatchObject([{ kind: 'told', row: 'of', atMs: 15_900 }, { kind: 'arrived', row: 'bus', atMs: 16_000 }]);
    expect(story.bars).toContainEqual({ row: 'bus', fromMs: 15_900, toMs: 16_000, kind: 'way' });
    expect(story.arrows).toEqual(expect.arrayContaining([{ from: 'done', to: 'done~arrived' }, { from: 'done~arrived', to: 'shipped' }]));
  });

  test('what came again is a duplicate on the bus, what was ignored stands with who ignored it', () => {
    expect(mark('done~note~0')).toMatchObject({ kind: 'duplicate', row: 'bus' });
    expect(mark('done~note~1')).toMatchObject({ kind: 'ignored', row: 'cc orders', name: 'orders.fulfill did nothing: already fulfilled' });
  });

  test('a step that failed before it went well was waited for; one that followed at once was not', () => {
    expect(story.bars).toContainEqual({ row: 'cc fulfillment', fromMs: 300, toMs: 15_000, kind: 'waiting' });
    expect(story.bars).toContainEqual({ row: 'cc payments', fromMs: 0, toMs: 300, kind: 'work' });
    expect(story.bars).toContainEqual({ row: 'of', fromMs: 15_000, toMs: 15_900, kind: 'work' });
  });

  test('causes are arrows; one that stands elsewhere is none', () => {
    expect(story.arrows.filter(({ to }) => to === 'done')).toEqual([]);
    expect(story.arrows).toContainEqual({ from: 'paid', to: 'requested' });
  });

  test('a delivery is where it ended, with its failed attempts, caused by its event', () => {
    expect([mark('d'), mark('d~1'), mark('d~2')]).toMatchObject([{ kind: 'sent', tone: 'good', atMs: 1_600, text: 'order.created was delivered to http://shop.example/hook/ after 2 attempts, answered 200.' }, { kind: 'tried', atMs: 30 }]);
    expect(mark('d~2')).toBeUndefined();
    expect(story.bars).toContainEqual({ row: 'webhook w', fromMs: 5, toMs: 1_600, kind: 'waiting' });
    expect(story.arrows).toContainEqual({ from: 'created', to: 'd' });
  });
});

describe('an order that waits still', () => {
  test('is waited for from the event that is tried, with the handler that is', () => {
    const story = storyOf({ items: [created, { ...paid, attempts: [run('fulfillment.request', 1, 5_000)] }], notes: [], sent: [], open: { untilMs: 60_000, handler: 'fulfillment.request', status: 'paid' } });
    expect(story.bars.filter(({ kind }) => kind === 'open')).toEqual([{ row: 'cc fulfillment', fromMs: 300, toMs: 60_000, kind: 'open' }]);
  });

  test('where no attempt is open, from the last thing that happened, with whom its status waits on', () => {
    const story = storyOf({ items: [created, requested], notes: [], sent: [sent({ endedAt: at(20_000) })], open: { untilMs: 60_000, handler: null, status: 'fulfilling' } });
    expect(story.bars.filter(({ kind }) => kind === 'open')).toEqual([{ row: 'of', fromMs: 15_000, toMs: 60_000, kind: 'open' }]);
  });
});

test('effects of one cause are waited for once', () => {
  const effects = [1_500, 2_000, 4_000].map((ms) => item(`e${ms}`, 'OrderUpdated', ms, { handler: 'orders.update', causationId: 'created' }));
  expect(storyOf({ items: [created, ...effects], notes: [], sent: [] }).bars).toEqual([{ row: 'cc orders', fromMs: 0, toMs: 4_000, kind: 'waiting' }]);
});

test('a clock that is ahead of ours does not put an effect before its cause', () => {
  const { marks } = storyOf({ items: [created, { ...done, timestamp: at(99_000) }], notes: [], sent: [] });
  expect(marks.find(({ id }) => id === 'done')?.atMs).toBe(16_000);
});

test('many webhooks share a row after the first six', () => {
  const story = storyOf({ items: [created], notes: [], sent: Array.from({ length: 9 }, (_, index) => sent({ deliveryId: `d${index}`, webhookId: `w${index}` })) });
  expect(story.rows.filter(({ lane }) => lane === 'webhooks')).toHaveLength(7);
  expect(story.rows.at(-1)?.name).toBe('further webhooks');
});

test('names are told as words', () => {
  expect(['PaymentProcessed', 'OrderReRequested', 'SKUChanged'].map(wordsOf)).toEqual(['Payment processed', 'Order re requested', 'SKUChanged']);
  expect(['payments.charge', 'command:orders.cancel', 'timer:payments.unanswered'].map(extensionOf)).toEqual(['payments', 'orders', 'payments']);
});
