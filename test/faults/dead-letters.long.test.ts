/**
 * What the tool for dead letters does with queues: SQS's own moves, events that EventBridge could not deliver, single ones, stops, and
 * kills at every point between queue and database. The service in this process, on a real database and the local AWS.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compose } from '@commerce/commerce-coordinator/compose';
import type { Coordinator } from '@commerce/commerce-coordinator/compose';
import { CONFIG } from '@commerce/commerce-coordinator/config';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { startLocalAws } from '@commerce/local-aws/server';
import type { LocalAws } from '@commerce/local-aws/server';
import { readConfig } from '@commerce/service-kit/config';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import type { TestDatabase } from '@commerce/service-kit/test-database';
import { eventually } from '../kit/eventually.ts';

const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
const TEMPLATE = {
  Resources: {
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'order-fulfillment' } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'outcomes', EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['order-fulfillment'] }, Targets: [{ Id: 'queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Undelivered') }, RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } }] },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'outcomes', VisibilityTimeout: 30, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 1 } } },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'outcomes-dead' } },
    Undelivered: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'outcomes-undelivered' } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }, { Ref: 'Undelivered' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/order-fulfillment/outcomes' } } }] },
      },
    },
  },
  Outputs: { Url: { Value: { Ref: 'Queue' } } },
};
const LIMIT_MS = 90_000;

let aws: LocalAws;
let database: TestDatabase;
let sqs: SQSClient;
let events: EventBridgeClient;
let queueUrl: string;
let cc: Coordinator;
/** The fault points that fail, once. */
const failing = new Set<string>();

beforeAll(async () => {
  [aws, database] = await Promise.all([startLocalAws({ templates: [{ stackName: 'Test', template: TEMPLATE }] }), createTestDatabase()]);
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' });
  sqs = new SQSClient({});
  events = new EventBridgeClient({});
  queueUrl = aws.outputs['Test']?.['Url'] ?? '';
  cc = await start();
}, LIMIT_MS);
afterAll(async () => {
  await cc?.stop();
  sqs?.destroy();
  events?.destroy();
  await aws?.close();
  await database?.drop();
}, LIMIT_MS);

function start(): Promise<Coordinator> {
  const config = readConfig(CONFIG, {
    NODE_ENV: 'test', CC_PORT: '0', DATABASE_URL: database.url, OF_CLIENT_SECRET: 'secret', EVENT_BUS_NAME: 'unused', FULFILLMENT_QUEUE_URL: queueUrl, ROLES: 'api', LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    PAYMENTS_URL: 'http://127.0.0.1:1', PAYMENTS_API_KEY: 'key-of-the-payment-stand-in', PAYMENTS_DEFAULT_TOKEN: 'tok_4242424242424242', PAYMENTS_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`, WEBHOOK_SECRETS_KEY: Buffer.alloc(32, 6).toString('base64'), OUTBOX_DIR: '/tmp',
  });
  return compose(config, {
    // The queues here say at once when they are empty.
    deadLetterWaitSeconds: 0,
    auth: { verify: async () => ({ clientId: 'operator', subject: 'anna', scopes: new Set(['dlq:read', 'dlq:write']) }) },
    publisher: { name: 'publisher', source: '', wants: () => false, deliver: async () => undefined } as never,
    faults: {
      hit: (name) => {
        if (failing.delete(name)) throw new Error(`killed at ${name}`);
      },
    },
  });
}

async function call(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${cc.url}${path}`, { method, headers: { authorization: 'Bearer any', ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: answer.status, ...((await answer.json()) as object) };
}

function completed(orderId = `order-${uuid7(Date.now())}`, given: object = {}): Record<string, unknown> {
  const now = Date.now();
  return {
    eventId: uuid7(now), eventType: 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: 'order-fulfillment', correlationId: uuid7(now), causationId: null,
    data: { ...FulfillmentCompleted.example, orderId }, metadata: { sequence: 1 }, ...given,
  };
}

const delivered = (event: Record<string, unknown>): string => JSON.stringify({ version: '0', id: uuid7(Date.now()), 'detail-type': event['eventType'], source: event['source'], account: '000000000000', time: event['timestamp'], region: 'us-east-1', resources: [], detail: event });

/** Puts it into the dead-letter queue as SQS does: received once, and once more. */
async function kill(...bodies: string[]): Promise<void> {
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
  for (let left = 2 * bodies.length; left > 0; left -= 1) await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 }));
}

async function size(url: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible']);
}

/** Takes everything out of the queue of the consumer. */
async function taken(): Promise<string[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 300 }));
  return Messages.map(({ Body = '' }) => Body);
}

async function inLog(event: Record<string, unknown>): Promise<number> {
  return (await cc.log.history((event['data'] as { orderId: string }).orderId)).filter(({ eventId }) => eventId === event['eventId']).length;
}

async function list(): Promise<any[]> {
  // A list is as old as the last look; without one it looks anew.
  await eventually('the end of a look', async () => ((await cc.log.pool.query('SELECT 1 FROM dead_letter_queues WHERE held_until > clock_timestamp()')).rowCount === 0 ? true : undefined));
  await cc.log.pool.query('UPDATE dead_letter_queues SET looked_at = NULL');
  return (await call('GET', '/dead-letters')).items;
}

async function ran(act: string, selection: object, rate = 100): Promise<any> {
  const { runId, status } = await call('POST', '/dead-letter-runs', { act, selection, rate, reason: { code: 'fixed' } });
  expect(status).toBe(202);
  return eventually('the end of the run', async () => {
    const run = await call('GET', `/dead-letter-runs/${runId}`);
    return run.state === 'done' || run.state === 'stopped' ? run : undefined;
  }, LIMIT_MS / 2);
}

test('one message is brought back by its name, the others stay; and one is ended', async () => {
  const [one, other] = [completed(), completed()];
  await kill(delivered(one), delivered(other), 'no JSON');
  const letters = await list();
  expect(letters.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual(Array(3).fill('queue received_too_often'));
  const named = letters.find(({ eventId }) => eventId === one['eventId']);
  expect(await ran('redrive', { ids: [named.id] })).toMatchObject({ state: 'done', toDo: 1, redriven: 1, known: 0, refused: 0 });
  expect([await inLog(one), await inLog(other), await size(`${queueUrl}-dead`)]).toEqual([1, 0, 2]);

  const broken = letters.find(({ eventId }) => eventId === null);
  expect(await call('GET', `/dead-letters/${broken.id}`)).toMatchObject({ text: 'no JSON', now: { isAccepted: false, reason: 'malformed' }, diff: { differences: [{ path: '', problem: 'invalid' }] } });
  expect(await ran('redrive', { ids: [broken.id] })).toMatchObject({ redriven: 0, refused: 1 });
  expect((await list()).map(({ reason }) => reason).sort()).toEqual(['malformed', 'received_too_often']);
  expect(await ran('discard', { reason: 'malformed' })).toMatchObject({ state: 'done', discarded: 1 });
  expect(await ran('redrive', { kinds: ['queue'], mended: true })).toMatchObject({ redriven: 1, refused: 0 });
  expect([await inLog(other), await size(`${queueUrl}-dead`), (await list()).length]).toEqual([1, 0, 0]);
}, LIMIT_MS);

test.each(['dead-letters.done', 'dead-letters.noted'])('a kill at %s loses and doubles nothing, and each message is counted once', async (point) => {
  const all = Array.from({ length: 12 }, () => completed());
  await kill(...all.map(delivered));
  failing.add(point);
  const run = await ran('redrive', { kinds: ['queue'], mended: true });
  expect(failing.size).toBe(0);
  expect(run).toMatchObject({ state: 'done', refused: 0, lastError: expect.stringContaining(point) });
  expect(run.redriven + run.known).toBe(12);
  expect(await Promise.all(all.map(inLog))).toEqual(Array(12).fill(1));
  expect(await size(`${queueUrl}-dead`)).toBe(0);
}, LIMIT_MS);

test.each([undefined, 'dead-letters.asks', 'dead-letters.moving'])('all of a queue is moved by SQS itself, once, whatever is killed (%s)', async (point) => {
  const all = Array.from({ length: 5 }, () => delivered(completed()));
  await kill(...all);
  if (point !== undefined) failing.add(point);
  expect(await ran('redrive', { kinds: ['queue'] }, 50)).toMatchObject({ state: 'done', moved: 5, redriven: 0 });
  expect(failing.size).toBe(0);
  expect((await taken()).sort()).toEqual(all.sort());
  expect(await size(`${queueUrl}-dead`)).toBe(0);
}, LIMIT_MS);

test('what EventBridge could not deliver shows what AWS wrote, and comes to the queue as the rule would have brought it', async () => {
  const policy = (Policy: string) => sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy } }));
  await policy(JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*' } } }] }));
  const event = completed();
  await events.send(new PutEventsCommand({ Entries: [{ EventBusName: 'order-fulfillment', Source: 'order-fulfillment', DetailType: 'FulfillmentCompleted', Detail: JSON.stringify(event) }] }));
  await eventually('the dead letter', async () => ((await size(`${queueUrl}-undelivered`)) === 1 ? true : undefined));
  await policy('');
  const [letter] = await list();
  expect(letter).toMatchObject({ kind: 'rule-target', reason: 'NO_PERMISSIONS', eventId: event['eventId'], eventType: 'FulfillmentCompleted' });
  const shown = await call('GET', `/dead-letters/${letter.id}`);
  expect(shown).toMatchObject({ now: { isAccepted: true }, diff: { differences: [] }, attributes: { ERROR_CODE: 'NO_PERMISSIONS', RULE_ARN: expect.stringContaining('outcomes'), TARGET_ARN: expect.stringMatching(/:outcomes$/), RETRY_ATTEMPTS: '0' } });
  expect(await ran('redrive', { all: true })).toMatchObject({ state: 'done', redriven: 1, lastError: null });
  const bodies = await taken();
  expect(bodies).toEqual([shown.text]);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ 'detail-type': 'FulfillmentCompleted', source: 'order-fulfillment', detail: event });
  expect(await size(`${queueUrl}-undelivered`)).toBe(0);
}, LIMIT_MS);

test('a run keeps to its rate, is the only one, and stops when it is told to', async () => {
  const all = Array.from({ length: 30 }, () => completed());
  await kill(...all.map(delivered));
  const selection = { kinds: ['queue'], mended: true };
  const { runId } = await call('POST', '/dead-letter-runs', { act: 'redrive', selection, rate: 5, reason: { code: 'fixed' } });
  expect(await call('POST', '/dead-letter-runs', { act: 'redrive', selection, reason: { code: 'fixed' } })).toMatchObject({ status: 409, code: 'dead_letter_run_under_way' });
  await eventually('the first ones', async () => ((await call('GET', `/dead-letter-runs/${runId}`)).redriven > 0 ? true : undefined));
  expect(await call('POST', `/dead-letter-runs/${runId}/stop`, { reason: { code: 'too_early' } })).toMatchObject({ status: 202 });
  const ended = await eventually('the end', async () => {
    const run = await call('GET', `/dead-letter-runs/${runId}`);
    return run.state === 'stopped' ? run : undefined;
  });
  expect(ended.redriven).toBeLessThan(30);
  expect(await call('POST', `/dead-letter-runs/${runId}/stop`, { reason: { code: 'too_late' } })).toMatchObject({ status: 409, code: 'dead_letter_run_over' });
  expect(await size(`${queueUrl}-dead`)).toBe(30 - ended.redriven);

  // A move by SQS is stopped there.
  const moving = await call('POST', '/dead-letter-runs', { act: 'redrive', selection: { kinds: ['queue'] }, rate: 1, reason: { code: 'fixed' } });
  await eventually('the first one', async () => ((await call('GET', `/dead-letter-runs/${moving.runId}`)).moved > 0 ? true : undefined));
  await call('POST', `/dead-letter-runs/${moving.runId}/stop`, { reason: { code: 'too_early' } });
  const moved = await eventually('the end', async () => {
    const run = await call('GET', `/dead-letter-runs/${moving.runId}`);
    return run.state === 'stopped' ? run : undefined;
  });
  const left = 30 - ended.redriven - moved.moved;
  expect(left).toBeGreaterThan(0);
  expect(await size(`${queueUrl}-dead`)).toBe(left);
}, LIMIT_MS);

test('a selection that does not say what is meant is refused', async () => {
  for (const selection of [{}, { all: true, kinds: ['work'] }]) {
    expect(await call('POST', '/dead-letter-runs', { act: 'discard', selection, reason: { code: 'fixed' } })).toMatchObject({ status: 422, code: 'dead_letter_selection_unclear' });
  }
  expect(await call('POST', '/dead-letter-runs', { act: 'discard', selection: { ids: ['nonsense'] }, reason: { code: 'fixed' } })).toMatchObject({ status: 404, code: 'dead_letter_not_found' });
  expect(await call('GET', '/dead-letters/queue:none')).toMatchObject({ status: 404 });
  expect(await call('GET', `/dead-letter-runs/${uuid7(Date.now())}`)).toMatchObject({ status: 404, code: 'dead_letter_run_not_found' });
});
