import { describe, expect, test } from '@jest/globals';
import { idText, isWhole, keysOf, means, parseId, partsOf, TOPIC_QUEUES, workPlace } from './selection.ts';

const EVENT = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';

describe('the name of a dead letter', () => {
  test('is read back as it was written, and nothing else is one', () => {
    for (const text of [`work:orders.fulfill:${EVENT}`, `publish:${EVENT}`, 'queue:7c9e6679-7425-40de-944b-e07fc1f90ae7', 'rule-target:abc']) expect(idText(parseId(text) as never)).toBe(text);
    for (const text of ['queue', 'queue:', 'other:abc', `work:${EVENT}`, 'publish:abc', 'queue:a b', "queue:x'; DROP TABLE work", `work:a:b:${EVENT}`]) expect(parseId(text)).toBeUndefined();
    expect(workPlace(`orders.fulfill:${EVENT}`)).toEqual({ handler: 'orders.fulfill', eventId: EVENT });
  });
});

describe('a selection', () => {
  test('is looked for only where something of it can be', () => {
    const ofBus = ['uncopied', 'undecrypted', 'replica-undecrypted'];
    expect(partsOf({})).toEqual(['work', 'publish', 'undelivered', ...ofBus, 'dead', ...TOPIC_QUEUES]);
    expect(partsOf({ handler: 'orders.fulfill' })).toEqual(['work']);
    expect(partsOf({ ids: ['queue:a', 'queue:b'] })).toEqual(['dead', ...TOPIC_QUEUES]);
    expect(partsOf({ kinds: ['rule-target'] })).toEqual(['undelivered', ...ofBus]);
    expect([partsOf({ queue: 'uncopied' }), partsOf({ queue: 'uncopied', kinds: ['queue'] }), partsOf({ queue: 'dead', handler: 'a' })]).toEqual([['uncopied'], [], []]);
    expect(partsOf({ ids: ['queue:a'], kinds: ['work'] })).toEqual([]);
    expect(keysOf({ ids: ['queue:a', `publish:${EVENT}`] }, 'publish')).toEqual([EVENT]);
    expect(keysOf({}, 'publish')).toBeUndefined();
  });

  test('is all of a kind only without any filter: SQS would move more than is meant', () => {
    expect([isWhole({}), isWhole({ kinds: ['queue'] })]).toEqual([true, true]);
    expect([{ mended: true }, { reason: 'invalid' }, { type: 'A' }, { before: '2030-01-01T00:00:00Z' }, { since: '2030-01-01T00:00:00Z' }, { ids: ['queue:a'] }, { handler: 'a' }].map(isWhole)).toEqual(Array(7).fill(false));
  });

  test('means a message only if everything fits', () => {
    const message = { messageId: 'a', reason: 'invalid', eventType: 'OrderCreated', sentAtMs: Date.parse('2030-01-02T00:00:00Z') };
    const is = (selection: Parameters<typeof means>[0]): boolean => means(selection, 'dead')(message);
    expect([{}, { ids: ['queue:a'] }, { reason: 'invalid', type: 'OrderCreated' }, { since: '2030-01-02T00:00:00Z', before: '2030-01-02T00:00:01Z' }].map(is)).toEqual([true, true, true, true]);
    expect([{ ids: ['queue:b'] }, { ids: ['rule-target:a'] }, { reason: 'malformed' }, { type: 'OrderPaid' }, { before: '2030-01-02T00:00:00Z' }, { since: '2030-01-02T00:00:01Z' }].map(is)).toEqual(Array(6).fill(false));
  });
});
