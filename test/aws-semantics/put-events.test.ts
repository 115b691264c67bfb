/** PutEvents: what it takes, how it refuses, and what arrives. */
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { describe, expect } from '@jest/globals';
import { ACCOUNT, openAws, REGION, semantics } from './aws-under-test.ts';

const aws = openAws();
const entry = { Source: 'shop', DetailType: 'Paid', Detail: '{"order":1}' };

const refusalsOf = async (...entries: readonly PutEventsRequestEntry[]): Promise<unknown> => {
  const { FailedEntryCount, Entries = [] } = await aws.put(...entries);
  return [FailedEntryCount, ...Entries.map(({ EventId, ErrorCode, ErrorMessage }) => (EventId === undefined ? `${ErrorCode}: ${ErrorMessage}` : 'taken'))];
};

describe('an entry', () => {
  semantics('without source, type or detail is refused alone, in its place', async () => {
    const reason = (name: string): string => `InvalidArgument: Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
    expect(await refusalsOf(entry, { ...entry, Source: undefined }, { ...entry, DetailType: undefined }, { ...entry, Detail: undefined }, entry)).toEqual([
      3, 'taken', reason('Source'), reason('DetailType'), reason('Detail'), 'taken',
    ]);
  });

  semantics('whose detail is no JSON object is malformed', async () => {
    const malformed = ['no JSON', '[1]', '"text"', '{"a":1'].map((Detail) => ({ ...entry, Detail }));
    expect(await refusalsOf(...malformed, entry)).toEqual([4, ...malformed.map(() => 'MalformedDetail: Detail is malformed.'), 'taken']);
  });

  semantics('for a bus that does not exist is taken, and lost', async () => {
    expect(await refusalsOf({ ...entry, EventBusName: aws.name('none') })).toEqual([0, 'taken']);
  });
});

describe('a request', () => {
  semantics('of eleven entries is refused as a whole', async () => {
    await expect(aws.put(...Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(/^1 validation error detected: /) });
  });

  semantics('of 300 KB is taken', async () => {
    expect(await refusalsOf({ ...entry, Detail: JSON.stringify({ text: 'x'.repeat(300_000) }) })).toEqual([0, 'taken']);
  }, 'its limit is still 256 KB');

  semantics('of more than a megabyte is refused as a whole', async () => {
    await expect(aws.put({ ...entry, Detail: JSON.stringify({ text: 'x'.repeat(1_100_000) }) })).rejects.toMatchObject({
      name: 'ValidationException', message: 'Total size of the entries in the request is over the limit.',
    });
  });
});

describe('what arrives', () => {
  semantics('has the members of the envelope in their order, and the time in whole seconds', async () => {
    const [bus, queue] = [await aws.bus(), await aws.queue()];
    await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn }]);
    const { Entries } = await aws.put({ ...entry, EventBusName: bus, Time: new Date('2026-01-31T12:00:00.900Z'), Resources: ['r1'] });
    const body = JSON.parse((await aws.take(queue))?.Body ?? '{}') as Record<string, unknown>;
    expect(body).toEqual({
      version: '0', id: Entries?.[0]?.EventId, 'detail-type': 'Paid', source: 'shop', account: ACCOUNT, time: '2026-01-31T12:00:00Z', region: REGION, resources: ['r1'], detail: { order: 1 },
    });
    expect(Object.keys(body)).toEqual(['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail']);
  });

  semantics('is the same event, under the same id, on every queue that it goes to', async () => {
    const [bus, first, second, other] = [await aws.bus(), await aws.queue(), await aws.queue(), await aws.queue()];
    await aws.rule(bus, { source: ['shop'] }, [{ Arn: first.arn }, { Arn: second.arn }]);
    await aws.rule(bus, { source: ['warehouse'] }, [{ Arn: other.arn }]);
    await aws.put({ ...entry, EventBusName: bus });
    const [one, two] = [await aws.take(first), await aws.take(second)];
    expect(one?.Body).toBeDefined();
    expect(two?.Body).toBe(one?.Body);
    expect(await aws.take(other, 0)).toBeUndefined();
  });

  semantics('keeps the spelling of its numbers', async () => {
    const [bus, queue] = [await aws.bus(), await aws.queue()];
    await aws.rule(bus, { source: ['shop'] }, [{ Arn: queue.arn }]);
    await aws.put({ ...entry, EventBusName: bus, Detail: '{"price":1.50,"long":0.12345678901234567890}' });
    expect((await aws.take(queue))?.Body).toContain('{"price":1.50,"long":0.12345678901234567890}');
  }, '1.50 becomes 1.5');
});
