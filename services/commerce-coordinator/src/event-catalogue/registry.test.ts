/** What the catalogue says of who tells and who hears, against the promised names and the code itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { eventJsonSchema } from '@commerce/events/json-schema';
import { EXTENSIONS } from '../../extensions.config.ts';
import { MAP } from '../../signals.config.ts';
import { exampleOf } from './examples.ts';
import { PROMISED_CONSTANTS, PROMISED_TYPES, PROMISED_WEBHOOKS } from './promised-names.ts';
import { createRegistry, matching, namesOf } from './registry.ts';
import { routesOf } from './routes.ts';
import { rulesLetting } from './rules.ts';
import { rowsOf } from './schema-rows.ts';

const registry = createRegistry({ extensions: EXTENSIONS, map: MAP }, 'commerce-coordinator');
const known = (name: string) => registry.find(name) ?? (() => { throw new Error(name); })();

describe('the registry', () => {
  test('has every promised type in its topic, and every promised name as a name of its types', () => {
    for (const [topic, types] of Object.entries(PROMISED_TYPES)) for (const type of types) expect([type, known(type).entry.topic]).toEqual([type, topic]);
    for (const [name, types] of Object.entries(PROMISED_CONSTANTS)) {
      expect([name, registry.types.filter(({ entry }) => namesOf(entry).includes(name)).map(({ entry }) => entry.type).toSorted()]).toEqual([name, types.toSorted()]);
    }
    for (const [name, type] of Object.entries(PROMISED_WEBHOOKS)) expect(known(name).entry.type).toBe(type);
  });

  test('knows who tells each type, and each is heard or says why it is not', () => {
    expect(registry.types.filter(({ producers }) => producers.length === 0).map(({ entry }) => entry.type)).toEqual([]);
    const silent = registry.types.filter(({ readers, unheard, visibility }) => readers.length === 0 && unheard === undefined && visibility !== 'live');
    expect(silent.map(({ entry }) => entry.type)).toEqual([]);
  });

  test('says of which type who tells it, from the extensions, and who hears it, from the map', () => {
    expect(known('ORDER_CREATED')).toMatchObject({
      visibility: 'published', producers: [{ service: 'commerce-coordinator', extension: 'orders', source: 'order-service' }], readers: expect.arrayContaining([{ service: 'commerce-coordinator', handler: 'inventory.reserve', kind: 'transactional' }]), takenFrom: [],
    });
    expect(known('FulfillmentCompleted')).toMatchObject({
      producers: [{ extension: 'fulfillment', source: 'fulfillment-service' }, { service: 'order-fulfillment', extension: null, source: 'order-fulfillment' }], takenFrom: ['order-fulfillment'],
    });
    expect(known('FulfillmentAccepted')).toMatchObject({
      producers: [{ service: 'order-fulfillment' }], takenFrom: [],
      readers: [{ service: 'order-fulfillment', handler: 'fulfillments.start', kind: 'transactional' }, { service: 'order-fulfillment', handler: 'fulfillments.ask', kind: 'effect' }],
    });
    expect(known('fulfillment.check_due')).toMatchObject({ visibility: 'internal', producers: [{ service: 'order-fulfillment' }], readers: [{ service: 'order-fulfillment', handler: 'fulfillments.ask' }], takenFrom: [] });
    expect(known('PaymentRefundInitiated').visibility).toBe('internal');
    expect(known('job.failed')).toMatchObject({ visibility: 'live', producers: [{ source: 'commerce-coordinator' }] });
    expect(registry.find('INVENTORY_UPDATE')).toBeUndefined();
  });

  test('marks as external what somebody outside knows first, and nothing else', () => {
    expect(registry.types.filter(({ entry }) => entry.isExternal).map(({ entry }) => entry.type).toSorted()).toEqual(['ShippingDelivered', 'ShippingDispatched', 'UserRegistered']);
  });

  test('finds by topic and by words of names and description', () => {
    expect(matching(registry.types, { topic: 'user-events' }).map(({ entry }) => entry.type)).toEqual(['UserRegistered', 'UserUpdated', 'UserDeactivated', 'CustomerErased']);
    expect(matching(registry.types, { text: ' inventory_UPDATE  corrected ' }).map(({ entry }) => entry.type)).toEqual(['InventoryAdjusted']);
    expect(matching(registry.types, { topic: 'user-events', text: 'order.created' })).toEqual([]);
  });
});

test('every signal that is declared is sent somewhere in the code of its extension', () => {
  const unsent = EXTENSIONS.flatMap(({ signals, definedAt }) => {
    const folder = dirname(definedAt?.file ?? '');
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !/test|signals\.ts$/.test(file)).map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    // By its type as text, by its signal, or by its entry.
    const isNamed = (type: string): boolean => [`'${type}'`, `${type.charAt(0).toLowerCase()}${type.slice(1)}`, `${type}.type`].some((name) => sources.includes(name));
    return signals.filter(({ entry: { type }, shared }) => !shared && !isNamed(type)).map(({ entry: { type } }) => type);
  });
  expect(unsent).toEqual([]);
});

test('the ways of a type are where this service puts it and where it takes it from', () => {
  const ways = { service: 'commerce-coordinator', bus: 'cc', queue: 'q' };
  expect(routesOf(known('OrderCreated'), ways)).toEqual([{ way: 'out', place: 'cc', source: 'order-service' }]);
  expect(routesOf(known('FulfillmentFailed'), ways)).toEqual([{ way: 'out', place: 'cc', source: 'fulfillment-service' }, { way: 'in', place: 'q', source: 'order-fulfillment' }]);
  expect(routesOf(known('PaymentOverdue'), ways)).toEqual([]);
  expect(routesOf(known('FulfillmentAccepted'), ways)).toEqual([]);
});

test('a rule is shown for what its pattern lets through, while it is on', () => {
  const rule = (name: string, pattern: object, isEnabled = true) => ({ name, bus: 'b', pattern: JSON.stringify(pattern), isEnabled, targets: ['q'] });
  const rules = [
    rule('ours', { source: ['order-fulfillment'], 'detail-type': ['FulfillmentCompleted'], detail: { data: { clientId: ['shop'] } } }),
    rule('of another client', { 'detail-type': ['FulfillmentCompleted'], detail: { data: { clientId: ['other'] } } }),
    rule('all orders', { source: [{ prefix: 'order-' }] }), rule('off', { source: [{ prefix: '' }] }, false), { ...rule('not ours to read', {}), pattern: '{' },
  ];
  const letting = (type: string) => rulesLetting({ rules, isWhole: true }, known(type), 'shop');
  expect(letting('FulfillmentCompleted').rules.map(({ name }) => name)).toEqual(['ours', 'all orders']);
  expect(letting('OrderCreated')).toEqual({ rules: [{ name: 'all orders', bus: 'b', targets: ['q'] }], isWhole: true });
  expect(letting('UserUpdated').rules).toEqual([]);
});

test('the members of a schema are rows, in depth', () => {
  const { properties } = eventJsonSchema(known('FulfillmentCompleted').entry, 'v1') as any;
  const rows = new Map(rowsOf(properties.data).map((row) => [row.path, row]));
  expect(rows.get('status')).toEqual({ path: 'status', type: '"completed" or "partial"', isRequired: true, rules: '' });
  expect(rows.get('lines')).toMatchObject({ type: 'list of object', rules: 'at least 1 item, at most 500 items' });
  expect(rows.get('lines[].quantity')).toMatchObject({ type: 'integer', rules: 'at least 1' });
  expect(rows.get('lines[].reason.code')).toMatchObject({ type: 'string', isRequired: true, rules: '/^[a-z][a-z0-9_]{0,63}$/' });
  expect(rows.get('lines[].tracking')).toMatchObject({ isRequired: false });
  for (const type of registry.types) {
    const { entry } = type;
    const [, last = ''] = [undefined, Object.keys(entry.versions).at(-1)];
    expect(rowsOf((eventJsonSchema(entry, last) as any).properties.data).length).toBeGreaterThan(0);
    expect(exampleOf(type).subject).not.toBe('');
  }
});
