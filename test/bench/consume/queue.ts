/** The local AWS of one measurement, a process of its own: one bus, one rule, one queue with its dead-letter queue. Fresh each time, for what is left in a queue slows it down. */
import type { LocalAws } from '@commerce/local-aws/server';
import { startLocalAws } from '@commerce/local-aws/server';
import { answer } from '../harness/child.ts';
import { ACCOUNT, BUS, QUEUE, REGION, SOURCE } from './messages.ts';

const arn = (id: string): object => ({ 'Fn::GetAtt': [id, 'Arn'] });

let local: LocalAws | undefined;

answer({
  /** Gives its address and that of the queue. */
  async start() {
    local = await startLocalAws({
      region: REGION, accountId: ACCOUNT, maxMessagesPerQueue: 1_000_000,
      templates: [{
        stackName: 'Bench',
        template: {
          Resources: {
            Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: BUS } },
            Rule: { Type: 'AWS::Events::Rule', Properties: { Name: 'outcomes', EventBusName: { Ref: 'Bus' }, EventPattern: { source: [SOURCE] }, Targets: [{ Id: 'queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('Dead') } }] } },
            Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: QUEUE, VisibilityTimeout: 30, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 5 } } },
            Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${QUEUE}-dead` } },
            Open: {
              Type: 'AWS::SQS::QueuePolicy',
              Properties: {
                Queues: [{ Ref: 'Queue' }, { Ref: 'Dead' }],
                PolicyDocument: {
                  Version: '2012-10-17',
                  Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:${REGION}:${ACCOUNT}:rule/${BUS}/outcomes` } } }],
                },
              },
            },
          },
          Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } },
        },
      }],
    });
    return { url: local.url, queueUrl: local.outputs['Bench']?.['QueueUrl'] ?? '' };
  },
});
