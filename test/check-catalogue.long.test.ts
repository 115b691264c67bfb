/** The check of the catalogue against the released one: what it says of an edit, and whom it names. */
import { EventLog } from '@commerce/event-log/log';
import { MIGRATIONS } from '@commerce/event-log/schema';
import { inTransaction } from '@commerce/event-log/transaction';
import { createCatalogue } from '@commerce/events/catalogue';
import type { EventEntry } from '@commerce/events/catalogue';
import { uuid7 } from '@commerce/events/uuid7';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { z } from 'zod';
import { breaksReport, catalogueBreaks } from './check-catalogue.ts';
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
    const report = breaksReport(breaks, { ...surroundings, webhooks: (type) => (type === 'FulfillmentCompleted' ? ['acme'] : []), stored: new Map([['FulfillmentCompleted.v1', 1_204]]) });
    expect(report.split('\n')).toEqual([
      'The catalogue breaks what was released, in 3 places:',
      '  FulfillmentCompleted v1',
      '    - data.clientId may be absent: a reader of the v1 that was published refuses it; touches rule commerce-coordinator-fulfillment-events of CommerceCoordinatorStack (looks at detail.data.clientId)',
      '    - data.status may be "mostly": a reader of the v1 that was published refuses it',
      '    - data.clientId is not described any more, so it may be anything: a reader of the v1 that was published refuses it; touches rule commerce-coordinator-fulfillment-events of CommerceCoordinatorStack (looks at detail.data.clientId)',
      '      mend: Leave v1 of FulfillmentCompleted as it was, add v2 beside it under "versions" of its entry, and the step to it as upcasters.v1.',
      expect.stringMatching(/^ {6}handlers: .*orders\.fulfill of commerce-coordinator, .*shipping\.create of commerce-coordinator/),
      '      webhook subscribers: acme',
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
