/** A local AWS with a bus and its archive, our subscription as the CDK template makes one, and another client's. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { LocalAws } from '@commerce/local-aws/server';
import { startLocalAws } from '@commerce/local-aws/server';
import { BUS, CREDENTIALS, REGION, SOURCE, openToRules } from './aws.ts';

export const ARCHIVE = 'fulfillment-archive';
export const RULE = 'completions';

export interface TestSubscription {
  readonly local: LocalAws;
  readonly queueUrl: string;
  readonly deadUrl: string;
  put(envelopes: readonly EventEnvelope[]): Promise<void>;
  /** Messages in our queue: to be received, and in somebody's hand. */
  depth(): Promise<{ visible: number; inFlight: number }>;
  /** Messages in the queue of the other client. */
  otherDepth(): Promise<number>;
  close(): Promise<void>;
}

export interface SubscriptionOptions {
  /** Changes the resources before they are made. */
  readonly change?: (resources: Record<string, any>) => void;
  readonly replayedEventsPerSecond?: number;
}

const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });
const queue = (QueueName: string, more: object = {}): object => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName, VisibilityTimeout: 30, ...more } });
const rule = (Name: string, receiver: string, dead: string): object => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    Name, EventBusName: { Ref: 'Bus' }, EventPattern: { source: [SOURCE], 'detail-type': ['FulfillmentCompleted'] },
    Targets: [{ Id: 'queue', Arn: arn(receiver), DeadLetterConfig: { Arn: arn(dead) } }],
  },
});

export async function startTestSubscription({ change = () => undefined, replayedEventsPerSecond }: SubscriptionOptions = {}): Promise<TestSubscription> {
  const Resources: Record<string, any> = {
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: BUS } },
    Archive: { Type: 'AWS::Events::Archive', Properties: { ArchiveName: ARCHIVE, SourceArn: arn('Bus') } },
    Queue: queue('completions', { RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 3 } }),
    Dead: queue('completions-dead'), Undelivered: queue('completions-undelivered'), Other: queue('other'),
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{
            Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn('Queue'),
            Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:${REGION}:000000000000:rule/${BUS}/${RULE}` } },
          }],
        },
      },
    },
    OpenToRules: openToRules('Other', 'Undelivered'),
    Rule: rule(RULE, 'Queue', 'Undelivered'),
    OtherRule: rule('other', 'Other', 'Undelivered'),
  };
  change(Resources);
  const Outputs = { QueueUrl: { Value: { Ref: 'Queue' } }, DeadUrl: { Value: { Ref: 'Dead' } }, OtherUrl: { Value: { Ref: 'Other' } } };
  const local = await startLocalAws({
    region: REGION, templates: [{ stackName: 'Test', template: { Resources, Outputs } }], ...(replayedEventsPerSecond !== undefined && { replayedEventsPerSecond }),
  });
  const client = { endpoint: local.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  const sqs = new SQSClient(client);
  const events = new EventBridgeClient(client);
  const urlOf = (name: string): string => local.outputs['Test']?.[name] ?? '';
  const depthOf = async (name: string): Promise<{ visible: number; inFlight: number }> => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(name), AttributeNames: ['All'] }));
    return { visible: Number(Attributes['ApproximateNumberOfMessages']), inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible']) };
  };
  return {
    local, queueUrl: urlOf('QueueUrl'), deadUrl: urlOf('DeadUrl'),
    put: async (envelopes) => {
      const Entries = envelopes.map((envelope) => ({ EventBusName: BUS, Source: envelope.source, DetailType: envelope.eventType, Detail: JSON.stringify(envelope), Time: new Date(envelope.timestamp) }));
      await events.send(new PutEventsCommand({ Entries }));
    },
    depth: () => depthOf('QueueUrl'),
    otherDepth: async () => (await depthOf('OtherUrl')).visible,
    close: async () => {
      sqs.destroy();
      events.destroy();
      await local.close();
    },
  };
}
