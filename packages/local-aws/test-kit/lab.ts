/**
 * A local AWS for one test, the real SDK's clients on it, and a stack with one bus, one rule and the queues it fills. All that
 * a test starts is ended after it.
 */
import { afterEach } from '@jest/globals';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from '../src/server.ts';

export interface Lab {
  readonly aws: LocalAws;
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
}

const running: Lab[] = [];
export const REGION = 'eu-central-1';
export const ACCOUNT = '000000000000';

export async function lab(options: LocalAwsOptions = {}): Promise<Lab> {
  const aws = await startLocalAws({ region: REGION, ...options });
  const client = { endpoint: aws.url, region: REGION, credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, maxAttempts: 1 };
  const started = { aws, events: new EventBridgeClient(client), sqs: new SQSClient(client) };
  running.push(started);
  return started;
}

afterEach(async () => {
  for (const { aws, events, sqs } of running.splice(0)) {
    events.destroy();
    sqs.destroy();
    await aws.close();
  }
});

/** Lets EventBridge send for any rule. */
export const OPEN_TO_RULES = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:*:rule/*' } } }],
};

/** A stack with one bus, one rule and the queues it fills. */
export function stack(properties: { rule?: object; target?: object; queue?: object; resources?: object } = {}): LocalAwsOptions {
  const queue = (name: string, more: object = {}): object => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name, ...more } });
  const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
  return {
    templates: [{
      stackName: 'Shop',
      template: {
        Resources: {
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: {
              Name: 'paid-orders', EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['shop'], detail: { state: ['paid'] } },
              Targets: [{ Id: 'queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Undelivered') }, ...properties.target }],
              ...properties.rule,
            },
          },
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
          Queue: queue('orders', { RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 }, ...properties.queue }),
          Dead: queue('orders-dead'),
          Undelivered: queue('orders-undelivered'),
          OpenToRules: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Queue' }, { Ref: 'Undelivered' }], PolicyDocument: OPEN_TO_RULES } },
          ...properties.resources,
        },
        Outputs: { QueueUrl: { Value: { Ref: 'Queue' } }, DeadUrl: { Value: { Ref: 'Dead' } }, UndeliveredUrl: { Value: { Ref: 'Undelivered' } } },
      },
    }],
  };
}

export function url({ aws }: Lab, output: 'QueueUrl' | 'DeadUrl' | 'UndeliveredUrl' = 'QueueUrl'): string {
  return aws.outputs['Shop']?.[output] ?? '';
}

export const paid = (order: number): PutEventsRequestEntry => ({
  EventBusName: 'shop', Source: 'shop', DetailType: 'OrderPaid', Detail: JSON.stringify({ order, state: 'paid' }),
});

export async function publish({ events }: Lab, ...entries: PutEventsRequestEntry[]): Promise<string[]> {
  const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: entries }));
  return Entries.map(({ EventId, ErrorCode }) => EventId ?? ErrorCode ?? 'neither');
}

/** Messages of a queue, deleted as they come, until `count` are there. */
export async function receive({ sqs }: Lab, queueUrl: string, count: number): Promise<Message[]> {
  const received: Message[] = [];
  while (received.length < count) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
      QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    }));
    if (Messages.length === 0) throw new Error(`only ${received.length} of ${count} messages came`);
    received.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
  return received;
}

export async function isEmpty({ sqs }: Lab, queueUrl: string): Promise<boolean> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  return Messages.length === 0;
}

export const orders = (messages: readonly Message[]): number[] =>
  messages.map(({ Body = '' }) => (JSON.parse(Body) as { detail: { order: number } }).detail.order);

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 5 s');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

export async function newQueue({ sqs }: Lab, name: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy: JSON.stringify(OPEN_TO_RULES) } }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl, arn: Attributes?.['QueueArn'] ?? '' };
}

/** Sets the fault switches over HTTP, as one does while the stack runs. */
export async function setFaults({ aws }: Lab, settings: object): Promise<Response> {
  return fetch(`${aws.url}/_local/faults`, { method: 'PUT', body: JSON.stringify(settings) });
}

/** The attributes of a message, as texts. */
export function attributesOf(message: Message | undefined): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]));
}
