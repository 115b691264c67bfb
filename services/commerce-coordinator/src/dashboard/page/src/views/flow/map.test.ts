/** The map of the flow: where places stand, how ways run, what stands around a place, and what is lit. */
import { describe, expect, test } from '@jest/globals';
import { around, isImplied } from './around.ts';
import type { EdgeKind, Flow, FlowEdge, FlowNode, NodeKind } from './flow-data.ts';
import { dotsFor, lit, waysByType } from './lights.ts';
import { placesOf } from './places.ts';
import { waysOf } from './ways.ts';
import { labelText, rateText, shareText, standingText, wayText } from './words.ts';

const node = (id: string, kind: NodeKind, more: Partial<FlowNode> = {}): FlowNode => ({ id, kind, title: id, text: '', state: 'ok', why: null, perSecond: 1, depth: null, lagSeconds: null, dead: null, handlers: null, ...more });
const edge = (from: string, to: string, kind: EdgeKind = 'signal', types: string[] = [], more: Partial<FlowEdge> = {}): FlowEdge => ({ id: `${from} ${kind} ${to}`, from, to, kind, types, perSecond: 1, p95Ms: null, errorShare: null, isUsed: true, ...more });
const handler = (name: string, watches = false): Flow['handlers'][number] => ({ handler: name, extension: name.split('.')[0] ?? '', kind: 'transactional', hears: [], filtered: [], watches, perSecond: 0, p95Ms: null, errorShare: null, waiting: 0, dead: 0, oldestDueSeconds: 0, lastAt: null });

const NODES = [
  node('clients', 'clients'), node('provider', 'provider'), node('service:of', 'service'), node('extension:orders', 'extension'), node('extension:inventory', 'extension'), node('extension:payments', 'extension'),
  node('extension:fulfillment', 'extension'), node('extension:analytics', 'extension'), node('log', 'log'), node('bus:own', 'bus'), node('bus:of', 'bus'), node('rule:of/r', 'rule'), node('queue', 'queue'), node('dead:dead', 'dead-letters'),
];
const EDGES = [
  edge('clients', 'extension:orders', 'request'), edge('clients', 'extension:payments', 'request'), edge('extension:orders', 'extension:inventory', 'signal', ['OrderCreated']), edge('extension:inventory', 'extension:orders', 'signal', ['InventoryReserved']),
  edge('extension:inventory', 'extension:payments', 'signal', ['InventoryReserved']), edge('extension:orders', 'extension:payments', 'signal', ['OrderFulfilled']), edge('extension:payments', 'extension:fulfillment', 'signal', ['PaymentProcessed']),
  edge('extension:payments', 'provider', 'call'), edge('extension:fulfillment', 'service:of', 'call', ['PaymentProcessed']), edge('service:of', 'bus:of', 'bus', ['FulfillmentCompleted']), edge('bus:of', 'rule:of/r', 'bus', ['FulfillmentCompleted']), edge('rule:of/r', 'queue', 'bus', ['FulfillmentCompleted']),
  edge('queue', 'extension:orders', 'signal', ['FulfillmentCompleted']), edge('queue', 'dead:dead', 'dead'), edge('queue', 'log', 'all', ['FulfillmentCompleted']), edge('extension:orders', 'log', 'all', ['OrderCreated']), edge('log', 'extension:analytics', 'all', ['OrderCreated']), edge('log', 'bus:own', 'bus', ['OrderCreated']),
  edge('extension:orders', 'extension:orders', 'signal', ['OrderShipped']),
];
const FLOW = { nodes: NODES, edges: EDGES, handlers: [handler('orders.a'), handler('inventory.a'), handler('payments.a'), handler('fulfillment.a'), handler('analytics.a', true)] };

describe('places', () => {
  const boxes = placesOf(FLOW);
  const at = (id: string) => boxes.get(id) ?? { x: NaN, y: NaN, width: NaN, height: NaN };

  test('every place has one, and no two overlap', () => {
    expect(boxes.size).toBe(NODES.length);
    const all = [...boxes.values()];
    const overlapping = all.flatMap((one, index) => all.slice(index + 1).filter((other) => one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height).map((other) => `${one.id} ${other.id}`));
    expect(overlapping).toEqual([]);
  });

  test('the business runs from left to right, what it calls stands above it, the log below it, and what watches below the log', () => {
    expect(['clients', 'extension:orders', 'extension:inventory', 'extension:payments', 'extension:fulfillment', 'queue'].map((id) => at(id).x)).toEqual([0, 204, 408, 612, 816, 1020]);
    expect(at('provider')).toMatchObject({ x: at('extension:payments').x, y: 0 });
    expect(at('log').y).toBeGreaterThan(at('extension:orders').y);
    expect(at('extension:analytics').y).toBeGreaterThan(at('log').y);
  });

  test('the same flow gives the same map', () => expect(placesOf(FLOW)).toEqual(boxes));
});

describe('ways', () => {
  const boxes = placesOf(FLOW);
  const ways = waysOf(EDGES, boxes);

  test('each way but one to itself has a line from its place to the other one', () => {
    expect(EDGES.filter(({ id }) => !ways.has(id)).map(({ id }) => id)).toEqual(['extension:orders signal extension:orders']);
    expect([...ways.values()].filter(({ path }) => /NaN|undefined/.test(path))).toEqual([]);
  });

  test('their figures do not lie on each other', () => {
    const labels = EDGES.flatMap((one) => (one.kind === 'dead' ? [] : ways.get(one.id) ?? [])).map(({ label }) => label);
    expect(labels.filter((one, index) => labels.slice(index + 1).some((other) => Math.abs(one.x - other.x) < 40 && Math.abs(one.y - other.y) < 14))).toEqual([]);
  });
});

describe('what stands around a place', () => {
  test('is who tells it and whom it tells, through what only hands on', () => {
    expect([...(around(FLOW, 'service:of')?.nodes ?? [])].toSorted()).toEqual(['bus:of', 'dead:dead', 'extension:fulfillment', 'extension:orders', 'log', 'queue', 'rule:of/r', 'service:of']);
    expect(around(FLOW, 'extension:inventory')?.nodes).toEqual(new Set(['extension:inventory', 'extension:orders', 'extension:payments']));
  });

  test('of a way is its two ends; of what is not there nothing', () => {
    expect(around(FLOW, 'queue dead dead:dead')).toEqual({ nodes: new Set(['queue', 'dead:dead']), edges: new Set(['queue dead dead:dead']) });
    expect(around(FLOW, 'extension:none')).toBeUndefined();
  });

  test('ways that are understood are not drawn until they are asked for', () => {
    expect(EDGES.filter((one) => isImplied(one, new Set(['extension:orders']))).map(({ id }) => id)).toEqual([
      'clients request extension:payments', 'queue signal extension:orders', 'extension:orders all log', 'extension:orders signal extension:orders',
    ]);
  });
});

describe('what is lit', () => {
  const of = waysByType(EDGES);

  test('are the ways of the type: of own events those inside, of others those that come in', () => {
    expect(of({ eventType: 'OrderCreated', origin: 'own' })).toEqual(['extension:orders signal extension:inventory', 'extension:orders all log', 'log all extension:analytics', 'log bus bus:own']);
    expect(of({ eventType: 'FulfillmentCompleted', origin: 'foreign' })).toEqual(['service:of bus bus:of', 'bus:of bus rule:of/r', 'rule:of/r bus queue', 'queue signal extension:orders', 'queue all log']);
    expect(of({ eventType: 'Unknown', origin: 'own' })).toEqual([]);
  });

  test('is counted over all that came at once, and drawn with few dots', () => {
    const events = Array.from({ length: 500 }, () => ({ eventType: 'OrderCreated', origin: 'own' as const }));
    expect(lit(of, events).get('log bus bus:own')).toBe(500);
    expect([dotsFor(1, 40), dotsFor(500, 40), dotsFor(500, 1), dotsFor(5, 0)]).toEqual([1, 3, 1, 0]);
  });
});

test.each([[0, '0/s'], [0.02, '1/min'], [0.25, '0.3/s'], [12.4, '12/s'], [1_300, '1,300/s']])('%d a second is said as %s', (rate, text) => expect(rateText(rate)).toBe(text));

test('a share that is not nothing is never said to be nothing', () => expect([shareText(0), shareText(0.001), shareText(0.256)]).toEqual(['0%', '<1%', '26%']));

test('a place says what is the matter first', () => {
  expect(standingText(node('a', 'extension', { dead: 2, depth: 5, perSecond: 3 }))).toBe('2 dead · 3/s · 5 wait');
  expect(standingText(node('a', 'extension', { state: 'unused', perSecond: 0 }))).toBe('never used');
  expect(standingText(node('a', 'dead-letters', { depth: 0, dead: 0, perSecond: null }))).toBe('empty');
});

test('where there is little room the map says what matters most', () => {
  const failing = edge('a', 'b', 'signal', [], { perSecond: 2, p95Ms: 20, errorShare: 0.1 });
  expect([labelText(failing, true, false), labelText(failing, false, false), labelText(failing, true, true)]).toEqual(['2/s · p95 20 ms · 10% errors', '10% errors', '10%']);
  expect([labelText(edge('a', 'b', 'signal', [], { isUsed: false }), true, true), labelText(edge('a', 'b'), false, true)]).toEqual(['∅', '1/s']);
});

test('a way that was never used says only that', () => {
  expect(wayText(edge('a', 'b', 'signal', [], { isUsed: false, perSecond: 0 }))).toBe('never used');
  expect(wayText(edge('a', 'b', 'signal', [], { perSecond: 2, p95Ms: 20, errorShare: 0.1 }))).toBe('2/s · p95 20 ms · 10% errors');
});
