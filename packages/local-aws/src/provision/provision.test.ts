import { describe, expect, test } from '@jest/globals';
import { createArchives, type Archives } from '../events/archives.ts';
import { createEventBuses, type EventBuses } from '../events/event-buses.ts';
import { createQueues, type Queues } from '../sqs/queues.fauxqs.ts';
import { provision, type Outputs, type StackTemplate } from './provision.ts';

const account = { accountId: '111122223333', region: 'eu-central-1' };

interface Provisioned {
  readonly outputs: Outputs;
  readonly buses: EventBuses;
  readonly archives: Archives;
  readonly queues: Queues;
}

function provisioned(templates: readonly StackTemplate[], parameters: Record<string, string> = {}): Provisioned {
  const clock = { nowMs: () => 0, after: () => () => undefined, soon: () => undefined };
  const buses = createEventBuses(account, clock.nowMs);
  const archives = createArchives(account, buses, clock.nowMs, { maxEvents: 10, maxBytes: 10_000 });
  const queues = createQueues({ account, url: 'http://127.0.0.1:4566', maxMessages: 10, clock, newId: () => 'id' });
  return { buses, archives, queues, outputs: provision(templates, { account, buses, archives, queues, parameters }) };
}

const stack = (template: Record<string, unknown>, stackName = 'Stack'): StackTemplate => ({ stackName, template });
const queue = (Properties: Record<string, unknown> = {}): object => ({ Type: 'AWS::SQS::Queue', Properties });
const outputs = (values: Record<string, unknown>): object => Object.fromEntries(Object.entries(values).map(([name, Value]) => [name, { Value }]));

describe('provisioning', () => {
  test('works out the functions of a template', () => {
    const { outputs: made } = provisioned([stack({
      Parameters: { Stage: { Type: 'String', Default: 'dev' }, Size: { Type: 'Number' } },
      Resources: { Queue: queue({ QueueName: { 'Fn::Sub': 'orders-${Stage}' } }), Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } } },
      Outputs: outputs({
        Url: { Ref: 'Queue' },
        Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        Dotted: { 'Fn::GetAtt': 'Queue.QueueName' },
        Bus: { Ref: 'Bus' },
        BusArn: { 'Fn::GetAtt': ['Bus', 'Arn'] },
        Joined: { 'Fn::Join': ['/', [{ Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, { Ref: 'AWS::Partition' }, { Ref: 'Size' }]] },
        Substituted: { 'Fn::Sub': ['${Word} ${Queue.Arn} ${AWS::StackName} ${!Literal}', { Word: { Ref: 'Stage' } }] },
        Picked: { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] },
      }),
    })], { Size: '5' });
    expect(made['Stack']).toEqual({
      Url: 'http://127.0.0.1:4566/111122223333/orders-dev',
      Arn: 'arn:aws:sqs:eu-central-1:111122223333:orders-dev',
      Dotted: 'orders-dev',
      Bus: 'shop',
      BusArn: 'arn:aws:events:eu-central-1:111122223333:event-bus/shop',
      Joined: 'eu-central-1/111122223333/aws/5',
      Substituted: 'dev arn:aws:sqs:eu-central-1:111122223333:orders-dev Stack ${Literal}',
      Picked: 'orders-dev',
    });
  });

  test('lets a stack import what an earlier one exports', () => {
    const exporting = stack({
      Resources: { Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } } },
      Outputs: { Bus: { Value: { Ref: 'Bus' }, Export: { Name: { 'Fn::Join': [':', [{ Ref: 'AWS::StackName' }, 'Bus']] } } } },
    }, 'Owner');
    const importing = stack({
      Resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { EventBusName: { 'Fn::ImportValue': 'Owner:Bus' }, EventPattern: { source: ['s'] } } } },
    }, 'Guest');
    const { buses } = provisioned([exporting, importing]);
    expect([...buses.get('shop').rules.keys()]).toEqual(['Guest-Rule']);
    expect(() => provisioned([importing, exporting])).toThrow('Guest: no stack before this one exports Owner:Bus');
  });

  test('makes a resource that stands later in the template when it is needed', () => {
    const { buses } = provisioned([stack({
      Resources: {
        Rule: {
          Type: 'AWS::Events::Rule', DependsOn: ['Policy'],
          Properties: {
            EventBusName: { Ref: 'Bus' }, EventPattern: { source: ['s'] },
            Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, RetryPolicy: { MaximumRetryAttempts: '3' }, DeadLetterConfig: { Ref: 'AWS::NoValue' } }],
          },
        },
        Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: { Statement: [{ Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] } }] } } },
        Queue: queue(),
        Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
      },
    })]);
    expect([...buses.getRule('shop', 'Stack-Rule').targets.values()]).toEqual([
      expect.objectContaining({ arn: 'arn:aws:sqs:eu-central-1:111122223333:Stack-Queue', maxRetries: 3, maxAgeSeconds: 86_400, deadLetterArn: undefined }),
    ]);
  });

  test('makes archives, with a name of their own if the template gives none', () => {
    const { archives, outputs: made } = provisioned([stack({
      Resources: {
        Kept: { Type: 'AWS::Events::Archive', Properties: { SourceArn: { 'Fn::GetAtt': ['Bus', 'Arn'] }, EventPattern: { source: ['s'] }, RetentionDays: 30 } },
        All: { Type: 'AWS::Events::Archive', Properties: { ArchiveName: 'all', SourceArn: { 'Fn::GetAtt': ['Bus', 'Arn'] } } },
        Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
      },
      Outputs: outputs({ Kept: { Ref: 'Kept' }, AllArn: { 'Fn::GetAtt': ['All', 'Arn'] } }),
    })]);
    expect(made['Stack']).toEqual({ Kept: 'Stack-Kept', AllArn: 'arn:aws:events:eu-central-1:111122223333:archive/all' });
    expect(archives.get('Stack-Kept')).toMatchObject({
      sourceArn: 'arn:aws:events:eu-central-1:111122223333:event-bus/shop', settings: { patternText: '{"source":["s"]}', retentionDays: 30 },
    });
  });

  test('takes what has no effect on one machine', () => {
    const { outputs: made } = provisioned([stack({
      Resources: {
        Meta: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2' } },
        Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [{ 'Fn::GetAtt': ['Role', 'Arn'] }] } },
        Role: { Type: 'AWS::IAM::Role' },
      },
      Outputs: outputs({ Role: { Ref: 'Role' } }),
    })]);
    expect(made['Stack']).toEqual({ Role: 'Stack-Role' });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an unknown kind', { Resources: { Fn: { Type: 'AWS::Lambda::Function' } } }, 'Stack.Fn: the local AWS has no AWS::Lambda::Function'],
    ['an unknown property', { Resources: { Queue: queue({ QueueNmae: 'x' }) } }, 'Unrecognized key: "QueueNmae"'],
    ['an unknown function', { Resources: { Queue: queue({ QueueName: { 'Fn::If': ['a', 'b', 'c'] } }) } }, 'Stack.Queue.QueueName.Fn::If: the local AWS does not work out this function'],
    ['a condition', { Resources: { Queue: { ...queue(), Condition: 'Prod' } } }, 'Stack.Queue: the local AWS does not judge conditions'],
    ['a reference to nothing', { Resources: { Queue: queue({ QueueName: { Ref: 'Nothing' } }) } }, 'Stack: there is no resource or parameter Nothing'],
    ['a reference to itself', { Resources: { Queue: queue({ QueueName: { 'Fn::GetAtt': ['Queue', 'Arn'] } }) } }, 'Stack.Queue: resources refer to each other in a circle'],
    ['an unknown attribute', { Resources: { Queue: queue() }, Outputs: outputs({ A: { 'Fn::GetAtt': ['Queue', 'Age'] } }) }, 'Stack.Queue: the local AWS has no attribute Age of it'],
    ['a parameter without value', { Parameters: { Stage: { Type: 'String' } } }, 'Stack: the parameter Stage has neither a value nor a default'],
    ['an invalid pattern', { Resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { a: [] } } } } }, 'Event pattern is not valid. Reason: Empty arrays are not allowed'],
    ['a rule on an unknown bus', { Resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { EventBusName: 'none', EventPattern: { a: ['b'] } } } } }, 'Event bus none does not exist.'],
    [
      'an input path that is none',
      { Resources: { Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { a: ['b'] }, Targets: [{ Id: 't', Arn: 'arn:aws:sqs:r:111122223333:q', InputPath: 'detail' }] } } } },
      'InputPath for target t is invalid.',
    ],
  ])('refuses %s by name', (_, template, reason) => {
    expect(() => provisioned([stack(template)])).toThrow(reason);
  });
});
