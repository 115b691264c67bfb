import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { StoredEvent } from '@commerce/event-log/event';
import { inTransaction } from '@commerce/event-log/transaction';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { systemSleep } from '@commerce/service-kit/ports';
import { SOURCE } from '../test-kit/aws.ts';
import type { TestLog } from '../test-kit/database.ts';
import { openTestLog } from '../test-kit/database.ts';
import { stored } from '../test-kit/events.ts';
import { keepLines } from '../test-kit/logger.ts';
import { startPublishRetries, storePublishRefusals } from './publish-refusals.pg.ts';
import type { PublishRefusal } from './publisher.ts';

let db: TestLog;
beforeAll(async () => {
  db = await openTestLog();
});
afterAll(() => db.close());
beforeEach(() => db.pool.query('DELETE FROM publish_refusals'));

/** An own event of the log, as a reader has it. */
async function append(): Promise<StoredEvent> {
  const orderId = `order-${uuid7(Date.now())}`;
  const prepared = db.log.prepare({ type: 'FulfillmentCompleted', data: { ...FulfillmentCompleted.example, orderId } }, SOURCE, { correlationId: uuid7(Date.now()), causationId: null, metadata: {} });
  await inTransaction(db.pool, (tx) => db.log.append(tx, [prepared]));
  const [event] = await db.log.history(orderId);
  if (event === undefined) throw new Error('the event is not in the log');
  return event;
}

const refusal = (event: StoredEvent, code = 'NotAuthorizedForSourceException'): PublishRefusal => ({ event, code, message: 'no\u0000t\u001b[31m allowed' });
const rows = async () => (await db.pool.query('SELECT *, CASE WHEN isfinite(due_at) THEN due_at - clock_timestamp() END AS due_in FROM publish_refusals ORDER BY event_id')).rows;
const store = (...refusals: PublishRefusal[]) => storePublishRefusals(db.pool)(refusals);
const dueNow = () => db.pool.query('UPDATE publish_refusals SET due_at = clock_timestamp()');

async function until(judge: () => Promise<boolean>): Promise<void> {
  for (let left = 500; !(await judge()); left -= 1) {
    if (left === 0) throw new Error('it did not come about');
    await wait(10);
  }
}

test('a refusal is kept with its reason, made fit to show, and counted when it comes again', async () => {
  const event = await append();
  await store(refusal(event));
  expect(await rows()).toMatchObject([{ event_id: event.eventId, event_type: event.type, source: event.source, code: 'NotAuthorizedForSourceException', message: 'no t [31m allowed', attempts: 1 }]);
  await store(refusal(event, 'InternalFailure'));
  expect(await rows()).toMatchObject([{ event_id: event.eventId, code: 'InternalFailure', attempts: 2, due_in: { minutes: 1 } }]);
});

test('what is due is published again as it stands in the log, and its row goes only then', async () => {
  const [first, second, later] = [await append(), await append(), await append()];
  await store(refusal(first), refusal(second), refusal(later));
  await db.pool.query('UPDATE publish_refusals SET due_at = clock_timestamp() WHERE event_id = ANY ($1::uuid[])', [[first.eventId, second.eventId]]);
  const sent: string[][] = [];
  const logger = keepLines();
  let refusing = true;
  const retries = startPublishRetries({
    pool: db.pool, sleep: systemSleep, logger, everyMs: 10,
    publisher: {
      republish: async (events) => {
        sent.push(events.map(({ eventId }) => eventId).toSorted());
        expect(events).toEqual(expect.arrayContaining([expect.objectContaining({ data: first.data })]));
        return refusing ? events.filter(({ eventId }) => eventId === first.eventId).map((event) => refusal(event)) : [];
      },
    },
  });
  await until(async () => (await rows()).length === 2);
  expect(sent).toEqual([[first.eventId, second.eventId].toSorted()]);
  expect((await rows()).find((row) => row.event_id === first.eventId)).toMatchObject({ attempts: 2 });
  refusing = false;
  await db.pool.query('UPDATE publish_refusals SET due_at = clock_timestamp() WHERE event_id = $1', [first.eventId]);
  await until(async () => (await rows()).length === 1);
  expect((await rows())[0]).toMatchObject({ event_id: later.eventId, attempts: 1 });
  await retries.stop();
  expect(logger.lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('while the bus is away nothing is lost, and each row is tried by one process at a time', async () => {
  const event = await append();
  await store(refusal(event));
  await dueNow();
  let tries = 0;
  const logger = keepLines();
  const away = { republish: async () => Promise.reject(new Error(`try ${(tries += 1)}`)) };
  const both = [1, 2].map(() => startPublishRetries({ pool: db.pool, sleep: systemSleep, logger, everyMs: 10, publisher: away }));
  await until(async () => tries > 0);
  await wait(100);
  await Promise.all(both.map((one) => one.stop()));
  expect(tries).toBe(1);
  expect(await rows()).toMatchObject([{ event_id: event.eventId, attempts: 1, due_in: { minutes: 4 } }]);
  expect(logger.lines).toMatchObject([{ level: 'warn' }]);
});

test('an event that the log no longer holds is reported and not tried for ever', async () => {
  const gone = stored({ eventId: uuid7(Date.now()) });
  await store(refusal(gone));
  await dueNow();
  const logger = keepLines();
  const retries = startPublishRetries({ pool: db.pool, sleep: systemSleep, logger, everyMs: 10, publisher: { republish: async () => [] } });
  await until(async () => (await rows())[0]?.code === 'NotInLog');
  await retries.stop();
  expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { eventId: gone.eventId } }]);
});
