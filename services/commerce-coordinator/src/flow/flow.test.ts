/** The flow as data, over the extensions and the map of the service. */
import { describe, expect, test } from '@jest/globals';
import type { BusRule } from '@commerce/bus/bus-rules';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import type { Facts } from './facts.ts';
import { flowOf } from './flow.ts';
import { planOf } from './plan.ts';
import type { FlowView } from './views.ts';
import { judged } from './ways.ts';

const AT = new Date('2026-03-01T10:00:00Z');
const plan = planOf({ extensions: EXTENSIONS, map: MAP });
const places = { bus: 'commerce-coordinator', queue: 'outcomes' };
const ofRule: BusRule = { name: 'outcomes', bus: 'order-fulfillment', pattern: '{}', isEnabled: true, targets: ['outcomes'] };
const rules = judged([ofRule], [{ type: 'FulfillmentCompleted', letting: [ofRule] }]);

const NOTHING: Facts = {
  nowMs: AT.getTime(), told: { lastAt: new Map(), since: undefined }, events: new Map(), lately: { runs: {}, requests: {} }, ran: new Map(), waiting: new Map(), readers: [], webhookP95Ms: null, refused: 0, roles: new Set(['api']),
  webhooks: { registered: 0, disabled: 0, delivered: 0, givenUp: 0, queued: 0, oldestDueSeconds: 0, held: 0, unwell: 0, lately: { delivered: 0, givenUp: 0 } }, depths: new Map([['queue', 0], ['dead', 0], ['undelivered', 0]]), missing: [],
};
const flow = (facts: Partial<Facts> = {}): FlowView => flowOf({ plan, places, nameOf: (type) => type }, rules, { ...NOTHING, ...facts });
const edge = (of: FlowView, from: string, to: string, kind?: string) => of.edges.find((one) => one.from === from && one.to === to && (kind === undefined || one.kind === kind));
const node = (of: FlowView, id: string) => of.nodes.find((one) => one.id === id);

describe('the ways', () => {
  test('lead from who tells to who hears, and from what others tell through rule and queue', () => {
    const all = flow();
    expect(edge(all, 'extension:orders', 'extension:inventory')?.types).toContain('OrderCreated');
    expect(edge(all, 'extension:payments', 'extension:fulfillment')?.types).toContain('PaymentProcessed');
    expect(edge(all, 'service:order-fulfillment', 'bus:order-fulfillment')?.types).toEqual(expect.arrayContaining(['FulfillmentCompleted']));
    expect(edge(all, 'bus:order-fulfillment', 'rule:order-fulfillment/outcomes')?.types).toEqual(['FulfillmentCompleted']);
    expect(edge(all, 'rule:order-fulfillment/outcomes', 'queue')).toBeDefined();
    expect(edge(all, 'queue', 'extension:orders')?.types).toContain('FulfillmentCompleted');
    expect(edge(all, 'queue', 'dead:dead')?.kind).toBe('dead');
    expect(edge(all, 'extension:fulfillment', 'service:order-fulfillment')?.kind).toBe('call');
    expect(edge(all, 'clients', 'extension:catalog', 'signal')?.types).toContain('UserRegistered');
  });

  test('begin and end at places that are there, and each is there once', () => {
    const { nodes, edges } = flow();
    const ids = new Set(nodes.map(({ id }) => id));
    expect(ids.size).toBe(nodes.length);
    expect(new Set(edges.map(({ id }) => id)).size).toBe(edges.length);
    expect(edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
  });

  test('of what watches all come from the log, and not from each extension', () => {
    const all = flow();
    expect(edge(all, 'log', 'extension:analytics')?.kind).toBe('all');
    expect(all.edges.filter(({ to, kind }) => to === 'extension:analytics' && kind === 'signal')).toEqual([]);
  });

  test('without rules that are known lead straight to the queue', () => {
    const all = flowOf({ plan, places, nameOf: (type) => type }, [], NOTHING);
    expect(edge(all, 'service:order-fulfillment', 'queue')?.types).toContain('FulfillmentCompleted');
  });

  test('over Kafka have no rule and no dead-letter queue', () => {
    const all = flowOf({ plan, places: { bus: 'Kafka', queue: undefined }, nameOf: (type) => type }, [], NOTHING);
    expect(edge(all, 'bus:Kafka', 'queue')?.types).toContain('FulfillmentCompleted');
    expect(all.nodes.filter(({ kind }) => kind === 'dead-letters' || kind === 'rule')).toEqual([]);
  });
});

describe('what was measured', () => {
  const runs = { 'inventory.reserve OrderCreated': { ended: 120, failed: 12, buckets: [0, 0, 108, 12] } };
  const told = { since: AT, lastAt: new Map([['OrderCreated', AT], ['FulfillmentCompleted', AT]]) };

  test('stands at the way: events a second, the time of the runs, and what failed of them', () => {
    const all = flow({ told, events: new Map([['OrderCreated', { own: 120, foreign: 0 }]]), lately: { runs, requests: {} } });
    expect(edge(all, 'extension:orders', 'extension:inventory')).toMatchObject({ perSecond: 2, errorShare: 0.1, isUsed: true, p95Ms: expect.any(Number) });
    expect(node(all, 'extension:inventory')).toMatchObject({ perSecond: 2, state: 'warn', why: '12 of 120 runs of its handlers failed in the last minute.' });
    expect(all.handlers.find(({ handler }) => handler === 'inventory.reserve')).toMatchObject({ perSecond: 2, lastAt: AT.toISOString() });
  });

  test('is of others where others told it', () => {
    const all = flow({ told, events: new Map([['FulfillmentCompleted', { own: 0, foreign: 60 }]]) });
    expect(edge(all, 'queue', 'extension:orders')?.perSecond).toBe(1);
    expect(edge(all, 'extension:fulfillment', 'extension:orders')?.perSecond).toBe(0);
  });

  test('of clients is their requests; only faults of the service are failures', () => {
    const all = flow({ lately: { runs: {}, requests: { 'POST /orders': { ended: 6, failed: 3, buckets: [6] }, 'POST /webhooks/payments/orders': { ended: 60, failed: 0, buckets: [60] } } } });
    expect(edge(all, 'clients', 'extension:orders', 'request')).toMatchObject({ perSecond: 0.1, errorShare: 0.5 });
    expect(edge(all, 'provider', 'ingest')).toMatchObject({ perSecond: 1, errorShare: 0 });
  });
});

describe('what was never used', () => {
  test('is marked: a handler, a type, a way, an extension', () => {
    const all = flow({ told: { since: AT, lastAt: new Map([['OrderCreated', AT]]) }, ran: new Map([['orders.reserve', AT]]) });
    const ranAt = (name: string) => all.handlers.find(({ handler }) => handler === name)?.lastAt;
    expect(all.since).toBe(AT.toISOString());
    // It hears what was told, and has not run: a filter kept it from it, or nothing runs.
    expect([ranAt('payments.refund'), ranAt('inventory.reserve'), ranAt('orders.reserve')]).toEqual([null, null, AT.toISOString()]);
    expect(all.signals.find(({ signal }) => signal === 'CartAbandoned')?.lastAt).toBeNull();
    expect(edge(all, 'extension:payments', 'extension:fulfillment')?.isUsed).toBe(false);
    expect(node(all, 'extension:carts')).toMatchObject({ state: 'unused', why: expect.any(String) });
    expect(node(all, 'extension:inventory')?.state).toBe('quiet');
  });
});

describe('a place that does not stand well says why', () => {
  test.each<[string, string, Partial<Facts>, string, RegExp]>([
    ['dead letters of a handler', 'extension:payments', { waiting: new Map([['payments.charge', { waiting: 3, dead: 2, oldestDueSeconds: 0 }]]) }, 'bad', /^2 events were given up/],
    ['work that is long due', 'extension:payments', { waiting: new Map([['payments.charge', { waiting: 3, dead: 0, oldestDueSeconds: 90 }]]) }, 'warn', /due for 90 s/],
    ['a reader that is behind', 'extension:shipping', { readers: [{ reader: 'shipping', lagSeconds: 120, unowned: 0, withoutSuccessor: 0 }] }, 'bad', /120 s behind/],
    ['a dead-letter queue', 'dead:dead', { depths: new Map([['dead', 1]]) }, 'bad', /^1 message lies here/],
    ['a queue that cannot be asked', 'dead:undelivered', { depths: new Map() }, 'unknown', /could not be asked/],
    ['a publisher that waits', 'bus:commerce-coordinator', { readers: [{ reader: 'publisher', lagSeconds: 90, unowned: 0, withoutSuccessor: 0 }] }, 'bad', /waits for 90 s/],
    ['endpoints that are disabled', 'webhooks', { webhooks: { ...NOTHING.webhooks, registered: 2, disabled: 1, held: 4 } }, 'warn', /^1 endpoint is disabled; 4 deliveries are kept/],
    ['deliveries that were given up', 'webhooks', { webhooks: { ...NOTHING.webhooks, registered: 2, lately: { delivered: 9, givenUp: 1 } } }, 'warn', /^1 delivery was given up in the last minute/],
    ['calls that fail', 'service:order-fulfillment', { lately: { requests: {}, runs: { 'fulfillment.request PaymentProcessed': { ended: 10, failed: 6, buckets: [10] } } } }, 'bad', /^60% of the calls failed/],
  ])('%s', (_what, id, facts, state, why) => {
    expect(node(flow(facts), id)).toMatchObject({ state, why: expect.stringMatching(why) });
  });
});
