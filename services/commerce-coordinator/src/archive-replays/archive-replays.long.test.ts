/** The routes of replays, beside an EventBridge and a queue that are real, and archived. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import type { LocalAws } from '@commerce/local-aws/server';
import { startLocalAws } from '@commerce/local-aws/server';
import { eventually } from '@commerce/service-kit/test-eventually';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { Answer, TestCoordinator } from '../test-coordinator.ts';
import { madeName, progressOf, windowFault } from './window.ts';

const REGION = 'eu-central-1';
const RULE_ARN = `arn:aws:events:${REGION}:000000000000:rule/order-fulfillment/ours`;
const AWS_VARIABLES = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL'];
const before = { ...process.env };
let aws: LocalAws;
let cc: TestCoordinator;

const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
const TEMPLATE = {
  Resources: {
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'order-fulfillment' } },
    Archive: { Type: 'AWS::Events::Archive', Properties: { ArchiveName: 'order-fulfillment-fulfillment-events', SourceArn: arn('Bus') } },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'ours', VisibilityTimeout: 30, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 5 } } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn('Queue'), Condition: { ArnEquals: { 'aws:SourceArn': RULE_ARN } } }] } },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'ours', EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['order-fulfillment'] }, Targets: [{ Id: 'queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Dead') } }] },
    },
  },
  Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } },
};

beforeAll(async () => {
  aws = await startLocalAws({ region: REGION, templates: [{ stackName: 'Test', template: TEMPLATE }], replayedEventsPerSecond: 100 });
  Object.assign(process.env, { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: aws.url });
  cc = await startTestCoordinator({ ROLES: 'api,consumer', FULFILLMENT_QUEUE_URL: aws.outputs['Test']?.['QueueUrl'] ?? '' });
}, 90_000);
afterAll(async () => {
  await cc?.stop();
  await aws?.close();
  for (const name of AWS_VARIABLES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const reason = { code: 'events_lost', message: 'The queue was away' };
const ask = (method: string, path: string, body?: object, scopes = 'replay:read replay:write'): Promise<Answer> => cc.call(method, path, { body, scopes, client: 'operator' });
const acts = async (about: string): Promise<unknown[]> =>
  (await cc.pool.query("SELECT data FROM events WHERE type = 'AuditRecorded' AND subject = $1 ORDER BY position", [about])).rows.map(({ data }) => data);

async function publish(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuid7(Date.now()));
  const Entries = ids.map((eventId) => {
    const detail = {
      eventId, eventType: 'FulfillmentCompleted', eventVersion: 'v1', timestamp: new Date().toISOString(), source: 'order-fulfillment', correlationId: eventId, causationId: null,
      data: { ...FulfillmentCompleted.example, orderId: `order-${eventId}` }, metadata: { sequence: 3 },
    };
    return { EventBusName: 'order-fulfillment', Source: 'order-fulfillment', DetailType: 'FulfillmentCompleted', Detail: JSON.stringify(detail), Time: Date.now() / 1_000 };
  });
  await fetch(aws.url, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.PutEvents' }, body: JSON.stringify({ Entries }) });
  return ids;
}

test('a replay brings what was lost, says so, and stands in the record of acts and in the story of what was here already', async () => {
  const [here = ''] = await publish(1);
  await eventually('the first', async () => (await cc.log.history(`order-${here}`)).length === 1);
  aws.faults.set({ drops: 1 });
  await publish(4);
  await eventually('the loss', async () => aws.metrics().dropped === 4);
  aws.faults.set({});

  const started = await ask('POST', '/archive-replays', { from: ago(60_000), name: 'lost', reason });
  expect([started.status, started.body]).toEqual([202, expect.objectContaining({ name: 'order-fulfillment-lost', progress: expect.any(Number), arrived: expect.any(Object) })]);
  const done = await eventually('what was missing', async () => {
    const { body } = await ask('GET', '/archive-replays/order-fulfillment-lost', undefined, 'replay:read');
    return body.state === 'COMPLETED' && body.arrived.applied + body.arrived.duplicates === 5 ? body : undefined;
  });
  expect(done).toMatchObject({ progress: 1, arrived: { applied: 4, duplicates: 1, refused: 0, lastAt: expect.any(String) } });
  expect(await acts('order-fulfillment-lost')).toEqual([
    { act: 'replay.start', about: 'order-fulfillment-lost', by: { subject: 'user of operator', clientId: 'operator' }, why: 'The queue was away', details: { from: done.from, to: done.to } },
  ]);
  expect(await cc.log.ignored(`order-${here}`)).toMatchObject([{ handler: 'consumer', rule: 'already_stored', evidence: { replayName: 'order-fulfillment-lost' } }]);
});

test('a name is used once, and what could not be done is recorded beside what was asked for', async () => {
  const again = await ask('POST', '/archive-replays', { from: ago(60_000), name: 'lost', reason });
  expect([again.status, again.body.code]).toEqual([409, 'replay_name_taken']);
  expect(await acts('order-fulfillment-lost')).toMatchObject([{ act: 'replay.start' }, { act: 'replay.start' }, { act: 'replay.start_failed', details: { fault: 'name_taken' } }]);
});

test('a replay is stopped, with a reason; one that has ended is not', async () => {
  await publish(10);
  await publish(10);
  const { body: { name } } = await ask('POST', '/archive-replays', { from: ago(60_000), reason });
  expect(name).toMatch(/^order-fulfillment-\d{8}T\d{6}-[0-9a-f]{4}$/);
  const stopped = await ask('POST', `/archive-replays/${name}/stop`, { reason });
  expect([stopped.status, stopped.body.state]).toEqual([200, expect.stringMatching(/^CANCELL/)]);
  expect(await acts(name)).toMatchObject([{ act: 'replay.start' }, { act: 'replay.stop', why: 'The queue was away' }]);
  await eventually('its end', async () => (await ask('GET', `/archive-replays/${name}`)).body.state === 'CANCELLED');
  const again = await ask('POST', `/archive-replays/${name}/stop`, { reason });
  expect([again.status, again.body.code]).toEqual([409, 'replay_ended']);
});

test('replays are listed page by page', async () => {
  const first = (await ask('GET', '/archive-replays?limit=1')).body;
  const second = (await ask('GET', `/archive-replays?limit=50&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
  expect([...first.items, ...second.items].length).toBeGreaterThan(1);
  expect(first.items[0]).toMatchObject({ name: 'order-fulfillment-lost', arrived: { applied: 4 } });
  expect(second.nextCursor).toBeNull();
  expect((await ask('GET', '/archive-replays?cursor=forged')).body.code).toBe('invalid_cursor');
});

test.each<[string, object, number, string]>([
  ['begins before repetitions are known', { from: ago(31 * 86_400_000), reason }, 422, 'replay_outside_window'],
  ['ends before it begins', { from: ago(1_000), to: ago(2_000), reason }, 422, 'replay_empty_window'],
  ['ends in the future', { from: ago(1_000), to: ago(-60_000), reason }, 422, 'replay_empty_window'],
  ['gives no reason', { from: ago(1_000) }, 400, 'validation_failed'],
  ['has another name than AWS takes', { from: ago(1_000), name: 'with spaces', reason }, 400, 'validation_failed'],
])('a replay that %s is refused, and nothing is recorded', async (_, body, status, code) => {
  const recorded = (await cc.pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'AuditRecorded'")).rows[0].n;
  const answer = await ask('POST', '/archive-replays', body);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect((await cc.pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'AuditRecorded'")).rows[0].n).toBe(recorded);
});

test('whoever may read only does not start or stop one, and an unknown one is not found', async () => {
  expect((await ask('POST', '/archive-replays', { from: ago(1_000), reason }, 'replay:read')).status).toBe(403);
  expect((await ask('POST', '/archive-replays/order-fulfillment-lost/stop', { reason }, 'replay:read')).status).toBe(403);
  expect((await ask('GET', '/archive-replays', undefined, 'orders:read')).status).toBe(403);
  expect((await ask('GET', '/archive-replays/order-fulfillment-none')).body.code).toBe('replay_not_found');
  expect((await ask('POST', '/archive-replays/order-fulfillment-none/stop', { reason })).body.code).toBe('replay_not_found');
});

test('a window is judged to the millisecond', () => {
  const at = (fromMs: number, toMs: number) => windowFault({ from: new Date(fromMs), to: new Date(toMs) }, { nowMs: 10_000, knownForMs: 5_000 });
  expect([at(5_000, 10_000), at(4_999, 10_000), at(9_000, 10_001), at(9_000, 9_000), at(9_000, 9_001)]).toEqual([undefined, 'outside', 'empty', 'empty', undefined]);
  expect(madeName(0, () => 0)).toBe('19700101T000000-0000');
  const window = { from: new Date(0), to: new Date(1_000) };
  expect([null, 250, 5_000].map((ms) => progressOf({ ...window, state: 'RUNNING', lastEventAt: ms === null ? null : new Date(ms) }))).toEqual([0, 0.25, 1]);
  expect(progressOf({ ...window, state: 'COMPLETED', lastEventAt: null })).toBe(1);
});
