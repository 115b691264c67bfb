/**
 * Copies every event of an owner's bus to the bus of the same name in a second region: a rule, a role that may publish there and
 * nowhere else, and a dead-letter queue with an alarm. What came from the second region is not copied back, so both may copy to each other.
 *
 * CDK's target is not used, because it would let the role publish under any name.
 */
import { Stack } from 'aws-cdk-lib';
import { Rule, type EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUEUES } from './alarm-table.ts';
import { makeDeadLetterAlarm } from './alarms.ts';
import { busArn, ruleArn } from './arns.ts';
import { copyRuleName, uncopiedName, type Owner } from './names.ts';
import { DELIVERY_RETRY } from './queue-target.ts';
import { letEventBridgeSend, makeDeadLetterQueue } from './queues.ts';

export interface BusReplicationProps {
  readonly owner: Owner;
  readonly bus: EventBus;
  /** The second region. */
  readonly region: string;
  /** SNS topic of the first region that is told of events that could not be copied. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

export class BusReplication extends Construct {
  /** Events that could not be brought to the second region within a day. */
  readonly undeliveredQueue: Queue;

  constructor(scope: Construct, id: string, { owner, bus, region, alarmTopicArn }: BusReplicationProps) {
    super(scope, id);
    const ruleName = copyRuleName(owner, region);
    const rule = ruleArn(this, owner.bus, ruleName);
    const replica = busArn(this, owner.bus, { region });
    this.undeliveredQueue = makeDeadLetterQueue(this, 'Undelivered', { name: uncopiedName(owner, region) });
    letEventBridgeSend(this.undeliveredQueue, rule);
    makeDeadLetterAlarm(this, 'Alarm', {
      name: `${ruleName}-Undelivered`, queue: this.undeliveredQueue, topicArn: alarmTopicArn,
      description: QUEUES.Uncopied.description.replaceAll('{region}', region),
    });
    new Rule(this, 'Rule', {
      ruleName, eventBus: bus, description: `Copies every event to ${region}`,
      eventPattern: { source: [...owner.sources], region: [Stack.of(this).region] },
      targets: [{
        bind: () => ({
          arn: replica, role: this.#makeRole(owner, rule, replica), deadLetterConfig: { arn: this.undeliveredQueue.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: DELIVERY_RETRY.maxEventAge.toSeconds(), maximumRetryAttempts: DELIVERY_RETRY.retryAttempts },
        }),
      }],
    });
  }

  #makeRole({ sources }: Owner, rule: string, replica: string): Role {
    const role = new Role(this, 'Role', {
      description: 'Lets one rule publish on the bus of the second region',
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account }, ArnEquals: { 'aws:SourceArn': rule } },
      }),
    });
    role.addToPolicy(new PolicyStatement({
      sid: 'PublishThere', actions: ['events:PutEvents'], resources: [replica],
      conditions: { 'ForAllValues:StringEquals': { 'events:source': sources }, Null: { 'events:source': 'false' } },
    }));
    return role;
  }
}
