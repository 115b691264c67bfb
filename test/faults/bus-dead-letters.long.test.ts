/**
 * Events that a bus of Order Fulfillment could not hand on to its copy in a second region: seen, put on the copy again out of the log,
 * or ended, by the same tool as every other dead letter. The service in this process, on a real database and the local AWS.
 */
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { toEnvelope } from '@commerce/event-log/event';
import type { StoredEvent } from '@commerce/event-log/event';
import { FulfillmentCompleted } from '@commerce/events/entries';
import type { EventEnvelope } from '@commerce/events/envelope';
import { uuid7 } from '@commerce/events/uuid7';
import { startLocalAws } from '@commerce/local-aws/server';
import type { LocalAws } from '@commerce/local-aws/server';
import { startTestService } from '@commerce/order-fulfillment/test-service';
import type { TestService } from '@commerce/order-fulfillment/test-service';
import { eventually } from '../kit/eventually.ts';

const ACCOUNT = '000000000000';
const COPY = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/copy`;
const LIMIT_MS = 90_000;
const REASON = { code: 'region_is_back', message: 'The region is back.' };

let aws: LocalAws;
let sqs: SQSClient;
let service: TestService;
/** The fault points that fail, once. */
const failing = new Set<string>();

beforeAll(async () => {
  aws = await startLocalAws({});
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' });
  sqs = new SQSClient({});
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' }] });
  for (const QueueName of ['left', 'seen']) await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
  service = await startTestService({ ROLES: 'api', BUS_UNCOPIED_QUEUE_URL: url('left'), REPLICA_BUS_ARN: COPY, BUS_UNDECRYPTED_QUEUE_URL: url('missing'), EVENT_BUS_NAME: 'own' }, {
    deadLetterWaitSeconds: 0, faults: { hit: (name) => {
      if (failing.delete(name)) throw new Error(`killed at ${name}`);
    } },
  });
}, LIMIT_MS);
afterAll(async () => {
  await service?.stop();
  sqs?.destroy();
  await aws?.close();
}, LIMIT_MS);

const url = (name: string): string => `${aws.url}/${ACCOUNT}/${name}`;
const call = async (path: string, body?: object): Promise<any> => (await service.call(path, { client: 'operator', scopes: 'dlq:read dlq:write', ...(body !== undefined && { method: 'POST', body }) })).body;

async function makeCopy(): Promise<void> {
  const events = new EventBridgeClient({});
  await events.send(new CreateEventBusCommand({ Name: 'copy' }));
  await events.send(new PutRuleCommand({ Name: 'all', EventBusName: 'copy', EventPattern: '{"source":["order-fulfillment"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: 'copy', Targets: [{ Id: 'seen', Arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:seen` }] }));
  events.destroy();
}

/** An event of this service, in its log. */
async function told(): Promise<StoredEvent> {
  const { log, pool } = service;
  const orderId = `order-${uuid7(Date.now())}`;
  const event = log.prepare({ type: 'FulfillmentCompleted', data: { ...FulfillmentCompleted.example, orderId }, sequence: 1 }, 'order-fulfillment', { correlationId: uuid7(Date.now()), causationId: null, metadata: {} });
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await log.append(client, [event]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  const [stored] = await log.history(event.subject);
  if (stored === undefined) throw new Error('It is not in the log.');
  return stored;
}

/** Leaves it in the queue as EventBridge does. */
async function leave(MessageBody: string): Promise<void> {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  await sqs.send(new SendMessageCommand({ QueueUrl: url('left'), MessageBody, MessageAttributes: { ERROR_CODE: text('SDK_CLIENT_ERROR'), TARGET_ARN: text(COPY) } }));
}
const asDelivered = (event: EventEnvelope): string => JSON.stringify({ version: '0', id: uuid7(Date.now()), 'detail-type': event.eventType, source: 'order-fulfillment', account: ACCOUNT, time: new Date().toISOString(), region: 'us-east-1', resources: [], detail: event });

async function size(name: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: ['All'] }));
  return Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible']);
}

/** Events that reached whoever listens to the copy. */
async function heard(): Promise<any[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url('seen'), MaxNumberOfMessages: 10, VisibilityTimeout: 300 }));
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}

async function ran(act: string, selection: object): Promise<any> {
  const { runId } = await call('/dead-letter-runs', { act, selection, reason: REASON });
  return eventually('the end of the run', async () => {
    const run = await call(`/dead-letter-runs/${runId}`);
    return run.state === 'done' ? run : undefined;
  }, LIMIT_MS / 2);
}

async function list(query = ''): Promise<any[]> {
  await eventually('the end of a look', async () => ((await service.pool.query('SELECT 1 FROM dead_letter_queues WHERE held_until > clock_timestamp()')).rowCount === 0 ? true : undefined));
  await service.pool.query('UPDATE dead_letter_queues SET looked_at = NULL');
  return (await call(`/dead-letters${query}`)).items;
}

test('what the copy lacks is listed with its reason; while the copy is not there nothing leaves the queue, and the run says so', async () => {
  const event = await told();
  await leave(asDelivered(toEnvelope(event)));
  const [letter] = await list('?queue=uncopied');
  expect(letter).toMatchObject({ kind: 'rule-target', queue: 'uncopied', reason: 'SDK_CLIENT_ERROR', eventId: event.eventId, eventType: 'FulfillmentCompleted' });
  expect(await call(`/dead-letters/${letter.id}`)).toMatchObject({ now: { isAccepted: true }, diff: { differences: [] }, attributes: { TARGET_ARN: COPY } });
  expect(await call('/dead-letters/counts')).toMatchObject({ total: 1, items: [{ kind: 'rule-target', queue: 'uncopied', count: 1 }], queues: [{ kind: 'rule-target', queue: 'uncopied', isComplete: true, fault: null }, { queue: 'undecrypted', isComplete: false, fault: expect.stringContaining('missing') }] });
  expect(await ran('redrive', { queue: 'uncopied' })).toMatchObject({ toDo: 1, redriven: 0, lastError: expect.stringMatching(/"arn:.*copy" could not be seen .*Deploy the stack/) });
  expect(await size('left')).toBe(1);
}, LIMIT_MS);

test.each(['', 'dead-letters.done', 'dead-letters.noted'])('it is put on the copy again from the log, counted once though the run is killed (%s), and what cannot be put there stays with the reason', async (point) => {
  if (point === '') await makeCopy();
  const event = await told();
  await leave(asDelivered(toEnvelope(event)));
  await leave(asDelivered({ ...toEnvelope(event), eventId: uuid7(Date.now()) }));
  await leave('no event');
  const ids = (await list()).map(({ id }) => id);
  if (point !== '') failing.add(point);
  // Those that are named are looked for where they were seen, and not in the queue that cannot be read.
  if (point === '') expect(await ran('redrive', { ids })).toMatchObject({ toDo: 4, redriven: 2, refused: 2, lastError: null });
  else expect(await ran('redrive', { queue: 'uncopied' })).toMatchObject({ redriven: 1, refused: 2 });
  expect(failing.size).toBe(0);
  const found = (await heard()).filter(({ detail }) => detail.eventId === event.eventId);
  expect(found.length).toBe(point === 'dead-letters.done' ? 2 : 1);
  expect(found[0]).toMatchObject({ source: 'order-fulfillment', 'detail-type': 'FulfillmentCompleted', detail: toEnvelope(event) });
  expect((await list()).map(({ reason }) => reason).sort()).toEqual(['malformed', 'not_in_log']);
  expect(await ran('discard', { kinds: ['rule-target'] })).toMatchObject({ discarded: 2 });
  expect([await size('left'), await list()]).toEqual([0, []]);
}, LIMIT_MS);

test('what people did stands in the log, with who and why, and what was ended in the ledger', async () => {
  const acts = (await service.pool.query("SELECT data FROM events WHERE type = 'AuditRecorded' ORDER BY position")).rows.map(({ data }) => data);
  expect(acts.slice(0, 2)).toMatchObject([{ act: 'dead-letters.redrive', why: REASON.message }, { act: 'dead-letters.redrive' }]);
  expect((await service.pool.query("SELECT evidence FROM ledger WHERE handler = 'dead-letters.rule-target'")).rows[0]).toMatchObject({ evidence: { by: 'user of operator (operator)', reason: REASON.message, sha256: expect.any(String) } });
}, LIMIT_MS);
