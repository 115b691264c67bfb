/** What streams cost: the text of an event is made once for all of them, its place sealed once, and a stretch is written at once. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { START } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import { compilePattern } from '@commerce/events/pattern';
import { publishedCatalogue } from '@commerce/events/entries/all';
import { EventNames } from '@commerce/signals/event-names';
import { eventSights } from '../event-history/event-sight.ts';
import { eventChoice } from './event-choice.ts';
import { frameMaker } from './shown-events.ts';
import { streamEvents } from './stream.ts';
import type { Place, StreamSource } from './stream.ts';

const names = new EventNames(publishedCatalogue.entries);
const sightOf = eventSights({ catalogue: publishedCatalogue, personal: undefined });
const [plain, clear, admin] = ['events:read', 'events:read users:read', 'events:read admin'].map((scopes) => sightOf({ scopes: new Set(scopes.split(' ')) })) as [ReturnType<typeof sightOf>, ReturnType<typeof sightOf>, ReturnType<typeof sightOf>];
const all = eventChoice(names, publishedCatalogue, [], undefined);
/** How often the data of an event were made to text. */
let texts = 0;

function event(position: number, type: string, data: object): StoredEvent {
  const topic = publishedCatalogue.entry(type).topic;
  return {
    eventId: `event ${position}`, type, version: 'v1', topic, subject: 's', origin: 'own', correlationId: 'c', causationId: null, source: 'x', timestamp: '2026-01-01T00:00:00.000Z', metadata: {}, recordedAtMs: position,
    cursor: { epoch: 1, txid: 1, position }, data: { ...data, toJSON: () => ((texts += 1), data) },
  } as unknown as StoredEvent;
}
const placeOf = ({ cursor, recordedAtMs }: StoredEvent): Place => ({ cursor, recordedAtMs });
const dataOf = (frame: string | undefined): unknown => (frame === undefined ? undefined : JSON.parse(frame.split('\ndata: ')[1] ?? '').data);

afterEach(() => {
  texts = 0;
});

test('the text and the place of an event are made once for all streams that show it alike', () => {
  const seal = jest.fn(({ cursor }: Place) => `place ${cursor.position}`);
  const frame = frameMaker(names, seal);
  const moved = event(1, 'InventoryAdjusted', { sku: 'A' });
  const frames = Array.from({ length: 50 }, () => frame(moved, placeOf(moved), all, plain));
  expect([new Set(frames).size, texts, seal.mock.calls.length]).toEqual([1, 1, 1]);
  expect(frames[0]).toContain('id: place 1\ndata: {');
  // A stream that came by another place has another id.
  frame(moved, { ...placeOf(moved), recordedAtMs: 99 }, all, plain);
  expect([texts, seal.mock.calls.length]).toEqual([1, 2]);
});

test('what is not wanted by its type is not looked at, and what a pattern does not let through is not made to text', () => {
  const seal = jest.fn(() => 'place');
  const frame = frameMaker(names, seal);
  const moved = event(1, 'InventoryAdjusted', { sku: 'A' });
  const blank = new Proxy(moved, { get: (target, key) => (key === 'type' ? target.type : expect(key).toBe('type')) });
  expect(frame(blank, placeOf(moved), eventChoice(names, publishedCatalogue, ['order.*'], undefined), plain)).toBeUndefined();
  const pattern = (sku: string) => eventChoice(names, publishedCatalogue, [], compilePattern({ data: { sku: [sku] } }));
  expect([frame(moved, placeOf(moved), pattern('B'), plain), texts, seal.mock.calls.length]).toEqual([undefined, 0, 0]);
  expect(dataOf(frame(moved, placeOf(moved), pattern('A'), plain))).toEqual({ sku: 'A' });
});

test('nobody is given what was made for somebody who sees more', () => {
  const frame = frameMaker(names, () => 'place');
  const user = event(1, 'UserRegistered', { userId: 'ADA', email: 'ada@canary.example' });
  const act = event(2, 'AuditRecorded', { act: 'x' });
  const seen = [clear, plain, admin].map((sight) => [dataOf(frame(user, placeOf(user), all, sight)), frame(act, placeOf(act), all, sight) !== undefined]);
  expect(seen).toEqual([[{ userId: 'ADA', email: 'ada@canary.example' }, false], [expect.not.objectContaining({ email: expect.anything() }), false], [{ userId: 'ADA', email: 'ada@canary.example' }, true]]);
});

test('what is kept inside is shown to whoever has admin, and to nobody else, whoever looked before', () => {
  const frame = frameMaker(names, () => 'place');
  const request = { clientId: 'storefront', idempotencyKey: 'key-of-the-client', hash: '0'.repeat(64) };
  const created = { ...event(1, 'OrderCreated', {}), data: { orderId: 'o', customerId: 'VINET', request } } as StoredEvent;
  const [byAdmin, byUsers, byAll] = [admin, clear, plain].map((sight) => dataOf(frame(created, placeOf(created), all, sight)));
  expect([byAdmin, byUsers, byAll]).toEqual([{ orderId: 'o', customerId: 'VINET', request }, { orderId: 'o', customerId: 'VINET' }, { orderId: 'o', customerId: 'VINET' }]);
  const byKey = eventChoice(names, publishedCatalogue, [], compilePattern({ data: { request: { idempotencyKey: ['key-of-the-client'] } } }));
  expect([admin, clear, plain].map((sight) => frame(created, placeOf(created), byKey, sight) !== undefined)).toEqual([true, false, false]);
});

test('a stretch is written at once, in pieces when it is large, and the place that was said last is given back', async () => {
  const events = Array.from({ length: 100 }, (_, index) => event(index + 1, 'InventoryAdjusted', { sku: 'x'.repeat(index < 50 ? 1 : 2_000) }));
  const ending = new AbortController();
  const frame = frameMaker(names, ({ cursor }) => String(cursor.position));
  const written: string[] = [];
  const source: StreamSource = {
    now: async () => ({ cursor: START, recordedAtMs: 0 }), start: () => START, heldSinceMs: () => undefined, takeTests: () => [], wait: async () => ending.abort(),
    read: async ({ cursor }) => ({ events: cursor.position === 0 ? events : [], upTo: events[99]?.cursor ?? START }),
  };
  const last = await streamEvents({
    source, from: undefined, first: [], shownTest: () => undefined, frame: (one, place) => frame(one, place, all, plain), seal: ({ cursor }) => String(cursor.position),
    write: async (text) => void written.push(text), heartbeatMs: 60_000, monotonicMs: () => 0, nowMs: () => 0,
  }, ending.signal);
  const ids = [...written.join('').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect([ids, last.cursor.position]).toEqual([events.map(({ cursor }) => cursor.position), 100]);
  expect(written.length).toBeGreaterThan(3);
  expect(written.length).toBeLessThan(15);
});
