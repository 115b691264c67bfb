/** The check of the catalogue against the released one: what it says of an edit, and whom it names. */
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/commerce-coordinator/extensions';
import { EventLog } from '@commerce/event-log/log';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { personal } from '@commerce/events/personal';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { breaksReport, catalogueBreaks, catalogueNotes, notesReport } from './check-catalogue.ts';
import { CATALOGUE_FILE, catalogueFacts } from './contract/entry-facts.ts';
import { eventSchemas, INTERNAL, internalSchemas, PUBLISHED } from './contract/event-schemas.ts';
import { schemaFiles } from './contract/files.ts';
import { impactLines, impactOf } from './contract/impact.ts';
import type { Surroundings } from './contract/impact.ts';
import { readSurroundings } from './contract/surroundings.ts';
import { printed } from './print-impact.ts';

let surroundings: Surroundings;
beforeAll(async () => {
  surroundings = await readSurroundings();
});

const entryOf = (type: string): EventEntry => [...PUBLISHED, ...INTERNAL].find((entry) => entry.type === type) as EventEntry;
const v1Of = (type: string): z.ZodObject => entryOf(type).versions['v1'] as z.ZodObject;

/** The breaks of the catalogue with one type edited, against the catalogue as it is. */
function breaksAfter(type: string, versions: EventEntry['versions']) {
  const edited = { ...entryOf(type), versions };
  const files = PUBLISHED.some((entry) => entry.type === type)
    ? eventSchemas([edited]).map(({ name, schema }) => [`events/${name}.schema.json`, schema] as const)
    : internalSchemas([edited]).map(({ name, schema }) => [`internal-events/${name}.schema.json`, schema] as const);
  const released = schemaFiles();
  const others = Object.entries(released).filter(([path]) => !path.includes(`/${type}.`));
  return catalogueBreaks(Object.fromEntries([...others, ...files]), released);
}

describe('The check of the catalogue', () => {
  test('finds nothing in the catalogue as it is', () => {
    expect(breaksReport(catalogueBreaks(), surroundings)).toBe('');
  });

  test('passes an optional member, at any depth, and a version beside the first', () => {
    expect(breaksAfter('OrderCreated', { v1: v1Of('OrderCreated').extend({ gift: z.boolean().optional() }) })).toEqual([]);
    expect(breaksAfter('PaymentOverdue', { v1: v1Of('PaymentOverdue').extend({ hint: z.strictObject({ text: z.string() }).optional() }) })).toEqual([]);
    expect(breaksAfter('OrderCreated', { v1: v1Of('OrderCreated'), v2: v1Of('OrderCreated').extend({ gift: z.boolean() }) })).toEqual([]);
  });

  test('says of each break the type, version and place, what changed, the mend, and whom it touches', () => {
    const v1 = v1Of('FulfillmentCompleted');
    const breaks = breaksAfter('FulfillmentCompleted', { v1: v1.omit({ clientId: true }).extend({ status: z.enum(['completed', 'partial', 'mostly']) }) });
    const report = breaksReport(breaks, { ...surroundings, webhooks: (type) => (type === 'FulfillmentCompleted' ? [{ name: 'acme (e1)' }] : []), stored: new Map([['FulfillmentCompleted.v1', 1_204]]) });
    expect(report.split('\n')).toEqual([
      'The catalogue breaks what was released, in 3 places:',
      '  FulfillmentCompleted v1',
      '    - data.clientId may be absent: a reader of the v1 that was published refuses it; touches rule commerce-coordinator-fulfillment-events of CommerceCoordinatorStack (looks at detail.data.clientId)',
      '    - data.status may be "mostly": a reader of the v1 that was published refuses it',
      '    - data.clientId is not described any more, so it may be anything: a reader of the v1 that was published refuses it; touches rule commerce-coordinator-fulfillment-events of CommerceCoordinatorStack (looks at detail.data.clientId)',
      '      mend: Leave v1 of FulfillmentCompleted as it was, add v2 beside it under "versions" of its entry, and the step to it as upcasters.v1.',
      expect.stringMatching(/^ {6}handlers: .*orders\.fulfill of commerce-coordinator, .*shipping\.create of commerce-coordinator/),
      '      webhook subscribers: acme (e1)',
      '      stored events: 1204',
    ]);
  });

  test('holds what stays in a log as well, and a version that is gone', () => {
    expect(breaksAfter('PaymentOverdue', { v1: v1Of('PaymentOverdue').extend({ urgency: z.int() }) }).map(({ type, version, path }) => [type, version, path])).toEqual([['PaymentOverdue', 'v1', 'data.urgency']]);
    const [gone, ...more] = breaksAfter('OrderCreated', { v2: v1Of('OrderCreated') });
    expect([gone?.what, more]).toEqual(['the version v1 of OrderCreated is gone, and events of it lie in logs and queues', []]);
    expect(impactOf({ type: 'FulfillmentAccepted', version: 'v1', path: '' }, surroundings).handlers).toEqual(['fulfillments.start of order-fulfillment', 'fulfillments.ask of order-fulfillment']);
  });
});

describe('The check of what no schema says', () => {
  const released = schemaFiles();
  /** The catalogue with one entry edited, against the catalogue as it is. */
  const edited = (type: string, change: Partial<EventEntry>) => ({ ...released, [CATALOGUE_FILE]: catalogueFacts([...PUBLISHED, ...INTERNAL].map((entry) => (entry.type === type ? { ...entry, ...change } : entry))) });
  const saidAfter = (type: string, change: Partial<EventEntry>): string[] => catalogueBreaks(edited(type, change), released).map(({ place, what }) => `${place}: ${what}`);

  test('finds names, the topic and the subject that are others now', () => {
    expect(saidAfter('OrderShipped', { constant: 'ORDER_SENT', webhook: 'order.sent', topic: 'shipping-events', subject: (data) => String((data as { customerId?: string }).customerId) })).toEqual([
      'OrderShipped: constant is ORDER_SENT instead of ORDER_SHIPPED: who asks by the older name finds nothing',
      'OrderShipped: webhook is order.sent instead of order.shipped: endpoints that are registered for the older name hear nothing',
      'OrderShipped: topic is shipping-events instead of order-events: archives, Kafka topics and the retention of what is stored are those of the older one',
      expect.stringMatching(/^OrderShipped: subject is \S+ instead of \{orderId\}: what is stored stands under another one/),
    ]);
    expect(saidAfter('PaymentInitiated', { otherNames: [] })).toContain('PaymentInitiated: the name PAYMENT_PROCESSING is gone: who asks by it finds nothing');
    expect(saidAfter('OrderShipped', { example: { ...entryOf('OrderShipped').example, orderId: 'another' } })).toEqual([]);
  });

  test('finds marks that are lost: of what is personal, of what stays inside, of what others may tell', () => {
    const bare = v1Of('UserRegistered').extend({ email: z.string(), name: z.string().optional() });
    expect(saidAfter('UserRegistered', { versions: { v1: bare } })).toEqual([
      'UserRegistered v1 data.email: is not personal any more: it is written in clear, and no erasure reaches it', 'UserRegistered v1 data.name: is not personal any more: it is written in clear, and no erasure reaches it',
    ]);
    expect(saidAfter('OrderCreated', { inside: [] })).toEqual(['OrderCreated data.request: does not stay inside any more: the bus carries it']);
    const { isExternal, ...own } = entryOf('UserRegistered');
    expect([isExternal, catalogueBreaks({ ...released, [CATALOGUE_FILE]: catalogueFacts([own]) }, released).map(({ what }) => what)]).toEqual([true, ['is not taken from others any more: who tells it is refused']]);
    expect(saidAfter('UserRegistered', { customer: ({ email }) => String(email) })).toEqual([expect.stringContaining('customer is {email} instead of {userId}')]);
  });

  test('tells of marks that came, with whom they touch, and lets them pass', () => {
    const now = edited('ProductCreated', { versions: { v1: v1Of('ProductCreated').extend({ name: personal(z.string()) }) }, customer: () => 'x', inside: ['price' as never] });
    expect(catalogueBreaks(now, released)).toEqual([]);
    expect(notesReport(catalogueNotes(now, released), { ...surroundings, stored: new Map([['ProductCreated.v1', 2], ['ProductCreated.v2', 1]]) }).split('\n')).toEqual(expect.arrayContaining([
      'The catalogue marks more than what was released, in 2 places:', '  ProductCreated', '    - data.price stays inside now: no bus and no webhook carries it any more', '      stored events: 3',
      '  ProductCreated v1', expect.stringContaining('    - data.name is personal now: '), '      stored events: 2',
    ]));
    expect(notesReport(catalogueNotes(released, released), surroundings)).toBe('');
  });
});

describe('Whom a change touches', () => {
  const gate = (pattern: object) => ({ name: 'rule', pattern: pattern as Readonly<Record<string, unknown>> });
  const gatesOf = (path: string, ...patterns: readonly object[]): readonly string[] => impactOf({ type: 'Rung', version: 'v1', path }, { gates: patterns.map(gate), hearers: [], webhooks: () => [] }).gates;

  test.each<[string, string, object, boolean]>([
    ['the place itself', 'data.sku', { detail: { data: { sku: ['a'] } } }, true],
    ['what holds it', 'data.lines', { detail: { data: { lines: { sku: ['a'] } } } }, true],
    ['what is within it', 'data.lines[].sku', { detail: { data: { lines: { sku: [{ exists: true }] } } } }, true],
    ['a member of any name', 'data.bag.*', { detail: { data: { bag: { colour: ['red'] } } } }, true],
    ['one of several choices', 'data.sku', { $or: [{ detail: { data: { sku: ['a'] } } }, { source: ['x'] }] }, true],
    ['another place', 'data.sku', { detail: { data: { quantity: [1] } } }, false],
    ['the type alone', 'data.sku', { 'detail-type': ['Rung'] }, false],
    ['another type', 'data.sku', { 'detail-type': ['Struck'], detail: { data: { sku: ['a'] } } }, false],
    ['types by their beginning', 'data.sku', { 'detail-type': [{ prefix: 'R' }], detail: { data: { sku: ['a'] } } }, true],
  ])('a pattern that looks at %s', (_what, path, pattern, isTouched) => {
    expect(gatesOf(path, pattern)).toHaveLength(isTouched ? 1 : 0);
  });

  test('a handler with a filter is named with what it looks at', () => {
    const hearers = [{ type: 'Rung', service: 'bell', handler: 'bell.answer', filter: { detail: { data: { bell: ['front'] } } } }, { type: 'Struck', service: 'bell', handler: 'bell.tell' }];
    const given = { gates: [], hearers, webhooks: () => [] };
    expect(impactLines(impactOf({ type: 'Rung', version: 'v1', path: 'data.bell' }, given))).toEqual([
      'rules and archives: none', 'handlers: bell.answer of bell (its filter looks at detail.data.bell)', 'webhook subscribers: none', 'stored events: not counted (pnpm impact --database counts them)',
    ]);
  });

  test('is told with the events of a log that are of the version', async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    try {
      await pool.query(MIGRATIONS.map(({ sql }) => sql).join('\n'));
      const log = await EventLog.open({ pool, catalogue: createCatalogue(PUBLISHED), nowMs: Date.now, uuid: () => uuid7(Date.now()) });
      const orders = ['1', '2', '3'].map((orderId) => log.prepare({ type: 'OrderCreated', data: { ...(entryOf('OrderCreated').example as object), orderId } }, 'order-service', { correlationId: uuid7(0), causationId: null, metadata: {} }));
      await inTransaction(pool, (tx) => log.append(tx, orders));
      const counted = await readSurroundings(database.url);
      expect([impactOf({ type: 'OrderCreated', version: 'v1', path: '' }, counted).stored, impactOf({ type: 'OrderCreated', version: 'v2', path: '' }, counted).stored]).toEqual([3, 0]);
      await log.close();
    } finally {
      await pool.end();
      await database.drop();
    }
  });

  test('is told with the webhook endpoints that want the type, and with what their filters look at', async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    try {
      await pool.query(MIGRATIONS.map(({ sql }) => sql).join('\n'));
      expect(impactLines(impactOf({ type: 'OrderCreated', version: 'v1', path: '' }, await readSurroundings(database.url)))).toContain('webhook subscribers: not looked at (pnpm impact --database looks, in that of Commerce Coordinator)');
      const { migrations = [] } = (EXTENSIONS as readonly ExtensionDefinition[]).find(({ name }) => name === 'webhooks') ?? {};
      await pool.query(migrations.map(({ sql }) => sql).join('\n'));
      const endpoint = async (place: number, owner: string, events: readonly string[], filter: object | null = null): Promise<string> => {
        const id = `0193a6a0-6100-7def-8123-45678900000${place}`;
        await pool.query(
          `INSERT INTO webhook_endpoints (endpoint_id, owner, url, events, filter, retry_attempts, retry_delay_ms, timeout_ms, max_in_flight, ordered, secrets, status)
           VALUES ($1, $2, 'https://here.test', $3, $4, 1, 1, 1, 1, false, '', 'enabled')`, [id, owner, JSON.stringify(events), filter === null ? null : JSON.stringify(filter)],
        );
        return `${owner} (${id})`;
      };
      const all = await endpoint(1, 'acme', ['*']);
      const orders = await endpoint(2, 'birch', ['order.*'], { data: { currency: ['USD'] } });
      await endpoint(3, 'cedar', ['inventory.reserved']);
      await endpoint(4, 'dogwood', ['order.*'], { event: ['order.cancelled'] });
      const named = await endpoint(5, 'elm', ['ORDER_CREATED'], { event: [{ prefix: 'order.' }] });
      const looked = await readSurroundings(database.url);
      expect(impactOf({ type: 'OrderCreated', version: 'v1', path: 'data.currency' }, looked).webhooks).toEqual([all, `${orders} (its filter looks at data.currency)`, named]);
      expect(impactOf({ type: 'OrderCreated', version: 'v1', path: 'data.lines' }, looked).webhooks).toEqual([all, orders, named]);
      expect(impactOf({ type: 'PaymentOverdue', version: 'v1', path: '' }, looked).webhooks).toEqual([]);
    } finally {
      await pool.end();
      await database.drop();
    }
  });

  test('is printed for a type, as text and for programs; a name that nobody knows is refused with the one that was probably meant', () => {
    const text = printed({ types: ['OrderCreated'], path: '', isJson: false }, { ...surroundings, stored: new Map() });
    expect(text).toContain('OrderCreated v1\n');
    expect(text).toContain('handlers: inventory.reserve of commerce-coordinator');
    expect(text).toContain('stored events: 0');
    expect(JSON.parse(printed({ types: ['OrderCreated'], path: 'data.lines', isJson: true }, surroundings))).toEqual([expect.objectContaining({ type: 'OrderCreated', version: 'v1', path: 'data.lines' })]);
    expect(printed({ types: [], path: '', isJson: false }, surroundings)).toBe('The catalogue breaks nothing of what was released.');
    expect(() => printed({ types: ['OrderCreatd'], path: '', isJson: false }, surroundings)).toThrow('There is no event OrderCreatd. Did you mean OrderCreated?');
  });
});
