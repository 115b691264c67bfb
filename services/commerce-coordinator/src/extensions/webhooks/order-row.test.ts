/** Both ways of knowing an order tell the same: its row kept with every event, and made of the log when somebody wants to know. */
import { expect, test } from '@jest/globals';
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventEntry } from '@commerce/events/catalogue';
import { bodyOf } from '@commerce/events/webhook-message';
import { follow } from '@commerce/events/webhook-order';
import type { OrderFacts } from '@commerce/events/webhook-order';
import fc from 'fast-check';
import { Registry } from './delivery/registry.ts';
import { HEARD } from './fan-out-entries.ts';
import { fanOut, UNHEARD, UNKNOWN } from './fan-out.ts';
import type { FannedOut } from './fan-out.ts';
import { isWanted, webhookNameOf } from './message-names.ts';
import { caughtUp, missing } from './order-row.ts';
import type { OrderRow } from './order-row.ts';

const ENTRIES = (HEARD as readonly EventEntry<any>[]).filter(({ type }) => /^(?:Order|Payment|Inventory|Shipping|Fulfillment|Notification|Audit)/.test(type));
/** What endpoints want to hear while a batch is handled; with none of them nobody has registered. */
const WISHES = [[], [], ['order.created'], ['payment.*'], ['order.completed'], ['order.*'], ['*'], ['order.cancelled', 'order.created']];

let version = 1;
async function registryOf(wishes: readonly string[]): Promise<Registry> {
  version += 1;
  const rows = wishes.map((wanted, at) => ({ endpoint_id: `${at}`, events: [wanted], filter: null, status: 'enabled', row_version: `${version}` }));
  const registry = new Registry();
  await registry.refresh({ query: (statement: { text: string }) => Promise.resolve({ rows: statement.text.includes('webhook_registrations') ? [{ version }] : rows }) } as unknown as Parameters<Registry['refresh']>[0]);
  return registry;
}

function eventOf({ type, example }: EventEntry<any>, place: number): StoredEvent {
  return {
    eventId: `e${place}`, type, version: 'v1', topic: 't', subject: 'o', slot: 0, origin: 'own', sequence: null, correlationId: 'c', causationId: null, source: 's', handler: null, attempt: null,
    occurredAt: new Date(place * 1_000).toISOString(), recordedAtMs: place, metadata: {}, data: { ...example, orderId: 'o', act: place % 2 === 0 ? 'escalate' : 'wait' }, cursor: { epoch: 1, txid: Math.floor(place / 2), position: place },
  };
}

/** As it was told when each event of an order moved its row: bodies of all events by their id. */
function toldAlways(events: readonly StoredEvent[]): Map<string, string> {
  let [facts, sequence]: [OrderFacts | undefined, number] = [undefined, 0];
  return new Map(events.flatMap((event): [string, string][] => {
    const name = webhookNameOf(event.type);
    if (name === undefined) return [];
    facts = follow(facts, event);
    if (facts !== undefined && name.startsWith('order.')) sequence += 1;
    return [[event.eventId, JSON.stringify(bodyOf(name, event, facts, sequence))]];
  }));
}

interface Batch {
  readonly events: readonly StoredEvent[];
  readonly wishes: readonly string[];
}

/** As it is told now, batch by batch over a table of rows. */
async function toldAtNeed(batches: readonly Batch[]): Promise<{ readonly told: Map<string, string>; readonly writes: number; readonly reads: number }> {
  const told = new Map<string, string>();
  const handled: StoredEvent[] = [];
  let row: OrderRow | undefined;
  let [writes, reads] = [0, 0];
  for (const { events, wishes } of batches) {
    const registry = await registryOf(wishes);
    let state: FannedOut | undefined = row === undefined ? undefined : { ...UNHEARD, order: row };
    const since = missing(events.map((event) => ({ subject: 'o', event })), () => row, registry).get('o');
    if (since !== undefined) {
      const order = caughtUp(row, handled.filter(({ cursor }) => cursor.position > since.position));
      state = order === undefined ? UNKNOWN : { ...UNHEARD, order };
      reads += 1;
    }
    const before = state?.order;
    for (const event of events) {
      const outcome = fanOut(state, event, undefined as never, { registry });
      if (outcome.kind !== 'apply') throw new Error(outcome.kind);
      state = outcome.state;
      handled.push(event);
    }
    for (const { eventId, body } of state?.planned ?? []) told.set(eventId, body);
    if (state?.order !== undefined && state.order !== before) {
      row = JSON.parse(JSON.stringify(state.order)) as OrderRow;
      writes += 1;
    }
  }
  return { told, writes, reads };
}

test('an endpoint that came while events were being handled hears those that come after them: of these nothing was read', async () => {
  const [before, now] = [await registryOf([]), await registryOf(['*'])];
  const [first, second] = ['OrderCreated', 'InventoryReserved'].map((type, at) => eventOf(ENTRIES.find((entry) => entry.type === type) as EventEntry<any>, at + 1)) as [StoredEvent, StoredEvent];
  const planned = (state: FannedOut | undefined) => {
    const outcome = fanOut(state, second, undefined as never, { registry: now });
    return outcome.kind === 'apply' ? (outcome.state as FannedOut | undefined)?.planned.map(({ body }) => JSON.parse(body).data) ?? [] : undefined;
  };
  expect(missing([{ subject: 'o', event: second }], () => undefined, before).size).toBe(0);
  const order = caughtUp(undefined, [first]) as OrderRow;
  expect([planned(undefined), planned({ ...UNHEARD, order: { ...order, isBehind: true } })]).toEqual([[], []]);
  expect([planned({ ...UNHEARD, order }), planned(UNKNOWN)]).toMatchObject([[{ status: 'reserved', metadata: { sequence: 2 } }], [{ lines: expect.anything() }]]);
});

test('an event that is told with its own data is told without what is kept inside, and no filter sees that', async () => {
  const created = eventOf(ENTRIES.find(({ type }) => type === 'OrderCreated') as EventEntry<any>, 1);
  const event = { ...created, data: { ...(created.data as object), request: { clientId: 'storefront', idempotencyKey: 'key-of-the-client', hash: '0'.repeat(64) } } };
  const behind = { ...UNHEARD, order: { ...(caughtUp(undefined, [created]) as OrderRow), isBehind: true } };
  const outcome = fanOut(behind, event, undefined as never, { registry: await registryOf(['*']) });
  const [planned] = outcome.kind === 'apply' ? outcome.state?.planned ?? [] : [];
  expect(JSON.parse(planned?.body ?? '')).toMatchObject({ event: 'order.created', data: created.data });
  expect(planned?.body).not.toContain('key-of-the-client');
});

test('an event that was parked and comes later than others of its order moves the place of the row nowhere', () => {
  const at = (type: string, place: number) => eventOf(ENTRIES.find((entry) => entry.type === type) as EventEntry<any>, place);
  const row = caughtUp(undefined, [at('OrderCreated', 1), at('FulfillmentRequested', 5), at('InventoryReserved', 3)]);
  expect([row?.sequence, row?.upTo.position]).toEqual([3, 5]);
});

const isWantedBy = (wishes: readonly string[], name: string | undefined): boolean => name !== undefined && wishes.some((wanted) => isWanted(wanted, name));

const batch = fc.record({ types: fc.array(fc.constantFrom(...ENTRIES), { minLength: 1, maxLength: 4 }), wishes: fc.constantFrom(...WISHES) });
const created = ENTRIES.find(({ type }) => type === 'OrderCreated') as EventEntry<any>;
/** An order begins with its creation; of some nothing was heard before, of some that is not in the log any more. */
const history = fc.record({ batches: fc.array(batch, { minLength: 1, maxLength: 12 }), begins: fc.constantFrom(0, 0, 0, 1, 3, 99) }).map(({ batches, begins }): Batch[] => {
  let place = 0;
  return batches.map(({ types, wishes }) => ({
    wishes,
    events: types.map((entry) => {
      place += 1;
      const isFirst = entry === created || (place - 1 > begins && entry.type === 'OrderCheckoutInitiated');
      return eventOf(place - 1 === begins ? created : isFirst ? (ENTRIES.find(({ type }) => type === 'InventoryReserved') as EventEntry<any>) : entry, place);
    }),
  }));
});

test('whenever somebody registers and leaves, what is told is what would have been told had the row been kept with every event', async () => {
  await fc.assert(fc.asyncProperty(history, async (batches) => {
    const always = toldAlways(batches.flatMap(({ events }) => events));
    const expected = batches.flatMap(({ events, wishes }) => events.filter(({ type }) => isWantedBy(wishes, webhookNameOf(type))).map(({ eventId }) => [eventId, always.get(eventId)]));
    expect([...(await toldAtNeed(batches)).told]).toEqual(expected);
  }), { numRuns: 200 });
});

test('an order writes and reads nothing while nobody has registered, nor when nobody wants more than that it began', async () => {
  const way = ['OrderCreated', 'InventoryReserved', 'PaymentInitiated', 'PaymentProcessed', 'FulfillmentRequested', 'OrderFulfilled', 'ShippingCreated', 'OrderShipped', 'OrderCompleted'];
  const events = way.map((type, at) => eventOf(ENTRIES.find((entry) => entry.type === type) as EventEntry<any>, at + 1));
  const one = (wishes: readonly string[]) => toldAtNeed(events.map((event) => ({ events: [event], wishes })));
  expect(await one([])).toEqual({ told: new Map(), writes: 0, reads: 0 });
  const begun = await one(['order.created', 'payment.initiated']);
  expect([begun.told.size, begun.writes, begun.reads]).toEqual([2, 0, 0]);
  const all = await one(['order.*']);
  expect([all.told.size, all.reads, all.writes > 7]).toEqual([7, 0, true]);
  expect(await toldAtNeed([{ events, wishes: ['order.*'] }])).toMatchObject({ reads: 0, writes: 1 });
  // Who comes when it is under way has it made once; who leaves has it left once.
  const late = await toldAtNeed(events.map((event, at) => ({ events: [event], wishes: at === 3 || at === 4 ? ['order.*'] : [] })));
  expect([late.told.size, late.reads, late.writes]).toEqual([2, 1, 3]);
});
