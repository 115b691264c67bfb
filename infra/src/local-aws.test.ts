import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteMessageCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { startLocalAws, type LocalAws } from '@commerce/local-aws/server';
import { CfnOutput } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { synthesise, type Stacks } from '../app.ts';
import { ClientSubscription } from './client-subscription.ts';

let aws: LocalAws;
let events: EventBridgeClient;
let sqs: SQSClient;

/** Adds to the app what a team would: a rule on Order Fulfillment's bus, its queue, and dead-letter queues for both; and another client's subscription. */
function addAuditors({ orderFulfillment: { bus }, commerceCoordinator: stack }: Stacks): void {
  const undelivered = new Queue(stack, 'AuditUndelivered');
  const deadLetterQueue = { queue: new Queue(stack, 'AuditDead'), maxReceiveCount: 1 };
  const queue = new Queue(stack, 'Audit', { deadLetterQueue });
  const failed = { source: ['order-fulfillment'], detail: { data: { lines: { status: ['failed'] } } } };
  new Rule(stack, 'AuditRule', { eventBus: bus, eventPattern: failed, targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })] });
  const partner = new ClientSubscription(stack, 'Partner', { clientId: 'partner' });
  for (const [name, value] of Object.entries({ Audit: queue, AuditDead: deadLetterQueue.queue, AuditUndelivered: undelivered, PartnerQueue: partner.queue })) {
    new CfnOutput(stack, `${name}Url`, { value: value.queueUrl });
  }
}

beforeAll(async () => {
  aws = await startLocalAws({ region: 'eu-central-1', templates: synthesise({ extend: addAuditors }) });
  const client = { endpoint: aws.url, region: 'eu-central-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
  events = new EventBridgeClient(client);
  sqs = new SQSClient(client);
});

afterAll(async () => {
  events.destroy();
  sqs.destroy();
  await aws.close();
});

const output = (stack: string, name: string): string => aws.outputs[stack]?.[name] ?? '';
const queue = (name: string): string => output('CommerceCoordinatorStack', `${name}Url`);

async function publish(type: string, clientId: string, ...statuses: string[]): Promise<void> {
  const Detail = JSON.stringify({ eventType: type, data: { clientId, lines: statuses.map((status) => ({ status })) } });
  const entry = { EventBusName: output('OrderFulfillmentStack', 'BusName'), Source: 'order-fulfillment', DetailType: type, Detail };
  expect((await events.send(new PutEventsCommand({ Entries: [entry] }))).FailedEntryCount).toBe(0);
}

async function receive(name: string, WaitTimeSeconds = 5): Promise<Message | undefined> {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue(name), WaitTimeSeconds, VisibilityTimeout: 0, MessageAttributeNames: ['All'] }));
  return Messages?.[0];
}

async function take(name: string): Promise<string> {
  const message = await receive(name);
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue(name), ReceiptHandle: message?.ReceiptHandle }));
  return (JSON.parse(message?.Body ?? '{}') as { 'detail-type': string })['detail-type'];
}

test('each client receives the outcomes of its own fulfillments and nothing else', async () => {
  await publish('FulfillmentAccepted', 'commerce-coordinator');
  await publish('FulfillmentCancelled', 'partner');
  await publish('FulfillmentCompleted', 'commerce-coordinator', 'fulfilled');
  expect(await take('FulfillmentQueue')).toBe('FulfillmentCompleted');
  expect(await take('PartnerQueue')).toBe('FulfillmentCancelled');
  expect(await receive('FulfillmentQueue', 0)).toBeUndefined();
  expect(await receive('PartnerQueue', 0)).toBeUndefined();
});

test('events follow a rule that was added to the CDK app', async () => {
  await publish('FulfillmentCompleted', 'partner', 'fulfilled');
  await publish('FulfillmentFailed', 'partner', 'fulfilled', 'failed');
  expect(await take('Audit')).toBe('FulfillmentFailed');
  expect(await receive('Audit', 0)).toBeUndefined();
});

test('its dead-letter queues catch what is received too often, and what cannot be delivered', async () => {
  await publish('FulfillmentFailed', 'partner', 'failed');
  expect(await receive('Audit')).toBeDefined();
  expect(await receive('Audit', 0)).toBeUndefined();
  expect(await take('AuditDead')).toBe('FulfillmentFailed');
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queue('Audit') }));
  await publish('FulfillmentFailed', 'partner', 'failed');
  expect((await receive('AuditUndelivered'))?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_RESOURCE' } });
});

test('a start-up check finds both buses, with the policy of their owner', async () => {
  const { Policy = '{}' } = await events.send(new DescribeEventBusCommand({ Name: output('OrderFulfillmentStack', 'BusName') }));
  expect((JSON.parse(Policy) as { Statement: { Effect: string; Action: string }[] }).Statement.map(({ Effect, Action }) => `${Effect} ${[Action].flat()[0]}`)).toEqual(['Deny events:PutEvents', 'Deny events:PutEvents']);
  expect((await events.send(new DescribeEventBusCommand({ Name: output('CommerceCoordinatorStack', 'BusName') }))).Name).toBe('commerce-coordinator');
});
