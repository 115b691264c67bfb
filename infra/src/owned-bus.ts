/**
 * The bus of one owner, on which he alone publishes and only under his own names; the archives of what he publishes; and the log
 * in which EventBridge tells what it could not do.
 *
 * Nothing here names a subscriber, but `subscribers`: accounts whose people may put rules on this bus. They may make and manage
 * their own rules, which must filter by this owner's sources, and aim them only at queues of their own account. The account of the
 * bus is never among them: there its own policies say who may what, and what the bus allows beside them would change no answer.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnArchive, EventBus, type CfnEventBus, IncludeDetail, Level } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { TOPICS } from '@commerce/events/topics';
import { Construct } from 'constructs';
import { QUEUES } from './alarm-table.ts';
import { makeDeadLetterAlarm } from './alarms.ts';
import { busArn } from './arns.ts';
import { busPolicyLength, MAX_BUS_POLICY } from './bus-policy-size.ts';
import { archiveName, topicsOf, undecryptedName, type Owner } from './names.ts';
import { letEventBridgeSend, makeDeadLetterQueue } from './queues.ts';

export interface OwnedBusProps {
  readonly owner: Owner;
  readonly description: string;
  /** Accounts whose people may put their own rules on the bus, beside that of the bus. @default none */
  readonly subscribers?: readonly string[] | undefined;
  /** Customer managed key for bus and archives. @default keys that AWS owns */
  readonly key?: Key | undefined;
  /** SNS topic of the region that is told of events that could not be encrypted or decrypted. @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

/** What a subscriber may do with the rules that it has made. */
const MANAGE_RULES = [
  'events:DeleteRule', 'events:EnableRule', 'events:DisableRule', 'events:DescribeRule', 'events:RemoveTargets',
  'events:ListTargetsByRule', 'events:TagResource', 'events:UntagResource', 'events:ListTagsForResource',
];

/** Whoever made the rule; a rule that does not exist yet has nobody. */
const OWN_RULES = { 'events:creatorAccount': '${aws:PrincipalAccount}' };

export class OwnedBus extends Construct {
  readonly bus: EventBus;
  /** Events that could not be encrypted or decrypted. Only a bus with a customer managed key has it. */
  readonly undecryptedQueue: Queue | undefined;
  readonly #owner: Owner;

  constructor(scope: Construct, id: string, { owner, description, subscribers = [], key, alarmTopicArn }: OwnedBusProps) {
    super(scope, id);
    this.#owner = owner;
    this.undecryptedQueue = key === undefined ? undefined : this.#makeUndecryptedQueue(alarmTopicArn);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: owner.bus, description, logConfig: { level: Level.ERROR, includeDetail: IncludeDetail.NONE },
      ...(this.undecryptedQueue !== undefined && { deadLetterQueue: this.undecryptedQueue }),
    });
    // Not by CDK's property, which would grant the same once more: what the bus may do with the key stands in owner-key.ts.
    if (key !== undefined) (this.bus.node.defaultChild as CfnEventBus).kmsKeyIdentifier = key.keyArn;
    this.#refuseOthers();
    const others = subscribers.filter((account) => account !== Stack.of(this).account);
    if (others.length > 0) this.#letSubscribe(others);
    this.node.addValidation({ validate: () => this.#tooLong(others.length) });
    this.#archive(key);
    this.#log();
  }

  /** Of its own, not encrypted with the key: when the key is gone, what it had encrypted must go somewhere. */
  #makeUndecryptedQueue(topicArn: string | undefined): Queue {
    const queue = makeDeadLetterQueue(this, 'Undecrypted', { name: undecryptedName(this.#owner) });
    letEventBridgeSend(queue, busArn(this, this.#owner.bus));
    makeDeadLetterAlarm(this, 'UndecryptedAlarm', {
      name: `${this.#owner.bus}-Undecrypted`, queue, topicArn,
      description: QUEUES.Undecrypted.description,
    });
    return queue;
  }

  /** Nobody, whatever his own rights, publishes here from another account or under another name. */
  #refuseOthers(): void {
    const { sources } = this.#owner;
    const publishing = { effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] };
    this.bus.addToResourcePolicy(new PolicyStatement({ sid: 'OnlyOwnSources', ...publishing, conditions: { 'ForAnyValue:StringNotEquals': { 'events:source': sources } } }));
    this.bus.addToResourcePolicy(new PolicyStatement({ sid: 'OnlyOwnAccount', ...publishing, conditions: { StringNotEquals: { 'aws:PrincipalAccount': Stack.of(this).account } } }));
  }

  #letSubscribe(accounts: readonly string[]): void {
    const { bus, sources } = this.#owner;
    const theirs = {
      principals: accounts.map((account) => new AccountPrincipal(account)),
      resources: [Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: `${bus}/*` })],
    };
    this.bus.addToResourcePolicy(new PolicyStatement({
      sid: 'SubscribersMakeRules', ...theirs, actions: ['events:PutRule'],
      conditions: { StringEqualsIfExists: OWN_RULES, 'ForAllValues:StringEquals': { 'events:source': sources }, Null: { 'events:source': 'false' } },
    }));
    for (const [index, account] of accounts.entries()) {
      this.bus.addToResourcePolicy(new PolicyStatement({
        sid: `Subscriber${index + 1}AimsAtItsOwnQueues`, ...theirs, principals: [new AccountPrincipal(account)], actions: ['events:PutTargets'],
        conditions: {
          StringEqualsIfExists: OWN_RULES,
          'ForAllValues:ArnLike': { 'events:TargetArn': `arn:${Stack.of(this).partition}:sqs:*:${account}:*` },
          Null: { 'events:TargetArn': 'false' },
        },
      }));
    }
    this.bus.addToResourcePolicy(new PolicyStatement({ sid: 'SubscribersManageTheirOwnRules', ...theirs, actions: MANAGE_RULES, conditions: { StringEqualsIfExists: OWN_RULES } }));
  }

  /** Looked at when the template is written, with whatever was added to the policy until then. */
  #tooLong(subscribers: number): string[] {
    const length = busPolicyLength(this.bus, busArn(this, this.#owner.bus));
    if (length <= MAX_BUS_POLICY) return [];
    return [
      `The policy of the bus ${this.#owner.bus} has ${length} characters, and AWS takes ${MAX_BUS_POLICY}: the ${subscribers} accounts in subscriberAccounts are too many. ` +
      'Name fewer; let several clients deploy into one account, or send to the bus of a client by a rule of your own.',
    ];
  }

  /** One per topic, kept as long as the table of topics says. CDK's own construct would write an empty key, and close a circle with a real one. */
  #archive(key: Key | undefined): void {
    for (const { topic, types } of topicsOf(this.#owner)) {
      new CfnArchive(this, `Archive-${topic}`, {
        archiveName: archiveName(this.#owner, topic), sourceArn: this.bus.eventBusArn, description: TOPICS[topic].description, retentionDays: TOPICS[topic].retentionDays,
        eventPattern: { source: this.#owner.sources, 'detail-type': types },
        ...(key !== undefined && { kmsKeyIdentifier: key.keyArn }),
      });
    }
  }

  /** Errors only and without the events, which may name people. */
  #log(): void {
    const { bus } = this.#owner;
    const group = new LogGroup(this, 'Log', { logGroupName: `/aws/vendedlogs/events/event-bus/${bus}`, retention: RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    group.addToResourcePolicy(new PolicyStatement({
      sid: 'LogDelivery', principals: [new ServicePrincipal('delivery.logs.amazonaws.com')], actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${group.logGroupArn}:log-stream:*`],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'logs', resource: '*' }) },
      },
    }));
    const source = new CfnDeliverySource(this, 'LogSource', { name: `${bus}-bus-errors`, resourceArn: this.bus.eventBusArn, logType: 'ERROR_LOGS' });
    const destination = new CfnDeliveryDestination(this, 'LogDestination', { name: `${bus}-bus-errors`, destinationResourceArn: group.logGroupArn });
    const delivery = new CfnDelivery(this, 'LogDelivery', { deliverySourceName: source.name, deliveryDestinationArn: destination.attrArn });
    delivery.addResourceDependency(source);
  }
}
