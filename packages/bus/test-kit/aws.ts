/** A local AWS with one bus, one rule, one queue and its dead-letter queue, and the real SDK to look at them. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { LocalAws } from '@commerce/local-aws/server';
import { startLocalAws } from '@commerce/local-aws/server';

export const REGION = 'eu-central-1';
export const CREDENTIALS = { accessKeyId: 'any', secretAccessKey: 'any' };
export const SOURCE = 'order-fulfillment';
export const BUS = 'fulfillment';

/** The policy of queues that take events for any rule on the bus: without one EventBridge gets into none. */
export function openToRules(...queues: readonly string[]): object {
  const allowed = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:events:${REGION}:000000000000:rule/${BUS}/*` } } };
  return { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: queues.map((Ref) => ({ Ref })), PolicyDocument: { Version: '2012-10-17', Statement: [allowed] } } };
}

export interface TestAws {
  readonly local: LocalAws;
  readonly queueUrl: string;
  readonly deadUrl: string;
  /** Puts bodies into the queue, as they are. */
  send(bodies: readonly string[]): Promise<void>;
  /** Puts events on the bus. */
  put(envelopes: readonly EventEnvelope[]): Promise<void>;
  /** Message ids and bodies of the dead-letter queue, once there are `count`. */
  dead(count: number): Promise<{ messageId: string; body: string }[]>;
  /** Messages in the queue: to be received, and in somebody's hand. */
  depth(): Promise<{ visible: number; inFlight: number }>;
  close(): Promise<void>;
}

export async function startTestAws(queue: { visibilitySeconds?: number; maxReceiveCount?: number } = {}): Promise<TestAws> {
  const { visibilitySeconds = 30, maxReceiveCount = 3 } = queue;
  const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
  const local = await startLocalAws({
    region: REGION,
    templates: [{
      stackName: 'Test',
      template: {
        Resources: {
          Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: BUS } },
          Rule: {
            Type: 'AWS::Events::Rule',
            Properties: { EventBusName: { Ref: 'Bus' }, EventPattern: { source: [SOURCE] }, Targets: [{ Id: 'queue', Arn: arn('Queue') }] },
          },
          Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'completions', VisibilityTimeout: visibilitySeconds, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount } } },
          Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'completions-dead' } },
          OpenToRules: openToRules('Queue'),
        },
        Outputs: { QueueUrl: { Value: { Ref: 'Queue' } }, DeadUrl: { Value: { Ref: 'Dead' } } },
      },
    }],
  });
  const client = { endpoint: local.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  const sqs = new SQSClient(client);
  const events = new EventBridgeClient(client);
  const queueUrl = local.outputs['Test']?.['QueueUrl'] ?? '';
  const deadUrl = local.outputs['Test']?.['DeadUrl'] ?? '';
  return {
    local, queueUrl, deadUrl,
    send: async (bodies) => {
      for (let from = 0; from < bodies.length; from += 10) {
        const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      }
    },
    put: async (envelopes) => {
      for (let from = 0; from < envelopes.length; from += 10) {
        const Entries = envelopes.slice(from, from + 10).map((envelope) => ({
          EventBusName: BUS, Source: envelope.source, DetailType: envelope.eventType, Detail: JSON.stringify(envelope),
        }));
        await events.send(new PutEventsCommand({ Entries }));
      }
    },
    dead: async (count) => {
      const found: { messageId: string; body: string }[] = [];
      while (found.length < count) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 }));
        if (Messages.length === 0) throw new Error(`only ${found.length} of ${count} dead letters came`);
        found.push(...Messages.map(({ MessageId = '', Body = '' }) => ({ messageId: MessageId, body: Body })));
      }
      return found;
    },
    depth: async () => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
      return { visible: Number(Attributes['ApproximateNumberOfMessages']), inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible']) };
    },
    close: async () => {
      sqs.destroy();
      events.destroy();
      await local.close();
    },
  };
}
