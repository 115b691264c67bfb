/** What lies in the dead-letter topics of a real Kafka, through the one tool for dead letters. */
import { randomUUID } from 'node:crypto';
import { createRecordSender } from '@commerce/bus/record-sender';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '@commerce/service-kit/test-eventually';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrationsOf } from '../compose.ts';
import { ORDER } from '../ingest/test-updates.ts';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { recordKeys, signatureHeaders } from '../updates/record-signature.ts';

const READ = 'dlq:read';
const OLD_KEY = Buffer.alloc(32, 3).toString('base64');

(NO_KAFKA === undefined ? describe : describe.skip)(`the tool for dead letters and Kafka${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  const prefix = `tool-${process.pid}-`;
  let broker: TestBroker;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let cc: TestCoordinator;
  beforeAll(async () => {
    broker = await startTestBroker({ own: false });
    database = await createTestDatabase(migrationsOf());
    cc = await start();
  }, 60_000);
  afterAll(async () => {
    await cc?.stop();
    await database?.drop();
    await broker?.close();
  });

  const start = (more: Record<string, string> = {}): Promise<TestCoordinator> => startTestCoordinator({
    DATABASE_URL: database.url, ROLES: 'api', WEBHOOK_MODE: 'kafka', KAFKA_BROKERS: broker.address, KAFKA_TOPIC_PREFIX: prefix, UPDATES_KEY: Buffer.alloc(32, 4).toString('base64'), ...more,
  });

  /** A record of the topic of updates, signed under the key of before. */
  async function put(values: readonly string[]): Promise<void> {
    const sender = createRecordSender({ connection: { brokers: [broker.address], clientId: 'test' } });
    await Promise.all(values.map((value) => {
      const [topic, key, correlationId] = [`${prefix}order-updates`, 'o-1', randomUUID()];
      const headers = { 'x-correlation-id': correlationId, ...signatureHeaders(recordKeys(OLD_KEY, undefined), { topic, key, value: Buffer.from(value), correlationId }, Date.now()) };
      return sender.send({ topic, key: Buffer.from(key), value: Buffer.from(value), headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])) });
    }));
    await sender.close();
  }

  async function list(query = ''): Promise<any[]> {
    const { status, body } = await cc.call('GET', `/dead-letters${query}`, { scopes: READ });
    expect(status).toBe(200);
    return body.items;
  }

  async function ran(act: string, selection: object): Promise<any> {
    const { status, body } = await cc.call('POST', '/dead-letter-runs', { scopes: 'dlq:read dlq:write', client: 'operator', body: { act, selection, reason: { code: 'mended' } } });
    expect(status).toBe(202);
    return eventually('the run over', async () => {
      const run = (await cc.call('GET', `/dead-letter-runs/${body.runId}`, { scopes: READ })).body;
      return run.state === 'done' ? run : undefined;
    });
  }

  const waiting = async (): Promise<string | undefined> => /commerce_kafka_dead_letters\{topic="order-updates"\} (\d+)/.exec(await (await fetch(`${cc.url}/metrics`, { headers: { authorization: 'Bearer ops;metrics:read' } })).text())?.[1];

  test('each is listed, read, brought back when its cause is mended, or ended; and the count of what waits falls with it', async () => {
    await eventually('the topics', async () => ((await fetch(`${cc.url}/health/ready`)).status === 200 ? true : undefined));
    await put([JSON.stringify({ ...ORDER, orderId: randomUUID(), providerEventId: 'one' }), 'no update', JSON.stringify({ ...ORDER, orderId: randomUUID(), providerEventId: 'two' })]);
    const letters = await eventually('three dead letters', async () => {
      const all = await list('?kind=queue');
      return all.length === 3 ? all : undefined;
    });
    expect(letters.map(({ queue, reason }) => [queue, reason])).toEqual(letters.map(() => ['order-updates', 'wrong_signature']));
    expect(await list('?queue=dispute-updates')).toEqual([]);
    const detail = (await cc.call('GET', `/dead-letters/${letters[0].id}`, { scopes: READ })).body;
    expect(detail).toMatchObject({ queue: 'order-updates', diff: null, now: { isAccepted: false, reason: 'wrong_signature' }, attributes: { 'dead-letter-topic': `${prefix}order-updates` } });

    // Nothing is mended yet: the tool applies no more than the consumer does.
    expect(await ran('redrive', { queue: 'order-updates' })).toMatchObject({ toDo: 3, redriven: 0, refused: 3 });
    expect(await ran('discard', { ids: [letters[1].id] })).toMatchObject({ toDo: 1, discarded: 1 });
    await eventually('two that wait', async () => ((await waiting()) === '2' ? true : undefined));
    const taken = async (): Promise<string[]> => (await cc.pool.query('SELECT provider_event_id FROM payment_webhooks ORDER BY 1')).rows.map((row) => row.provider_event_id);
    expect(await taken()).toEqual([]);

    // The mend: the key of before is known.
    await cc.stop();
    cc = await start({ UPDATES_KEY_BEFORE: OLD_KEY });
    expect(await ran('redrive', { queue: 'order-updates', mended: true })).toMatchObject({ toDo: 2, redriven: 2, refused: 0, lastError: null });
    expect(await taken()).toEqual(['one', 'two']);
    expect([await list(), await waiting()]).toEqual([[], '0']);
  }, 60_000);
});
