/**
 * The roles under which the parts of a service run, each with what its part calls and nothing else. Only tasks of ECS in this
 * account can take them on, or who is named.
 */
import { Stack, Token, Validations } from 'aws-cdk-lib';
import { AccountPrincipal, CompositePrincipal, PolicyStatement, Role, ServicePrincipal, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { archiveArn, busArn, queueArn, replayArn, roleArn, ruleArn } from './arns.ts';
import type { BusQueue } from './bus-queues.ts';
import { archiveName, COMMERCE_COORDINATOR, roleName, topicsOf, type Owner } from './names.ts';

/** Tasks of ECS in the account and region of the stack. */
export function tasksOf(scope: Construct): IPrincipal {
  const { account } = Stack.of(scope);
  return new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': Stack.of(scope).formatArn({ service: 'ecs', resource: '*' }) } },
  });
}

/** May publish on the owner's bus, under his sources and types, and see whether the bus is there. */
export function makePublisherRole(scope: Construct, owner: Owner): Role {
  const role = new Role(scope, 'Publisher', { roleName: roleName(owner, 'publisher'), description: `Publishes events of ${owner.bus}`, assumedBy: tasksOf(scope) });
  letPublish(role, owner, [busArn(scope, owner.bus)]);
  return role;
}

/** On these buses, what the owner says under his own names, and nothing else. */
function letPublish(role: Role, { sources, eventTypes }: Owner, buses: string[]): void {
  role.addToPolicy(new PolicyStatement({
    sid: 'PublishOwnEvents', actions: ['events:PutEvents'], resources: buses,
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': sources, 'events:detail-type': eventTypes },
      Null: { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  }));
  role.addToPolicy(new PolicyStatement({ sid: 'SeeTheBus', actions: ['events:DescribeEventBus'], resources: buses }));
}

/**
 * The role of a part that takes requests and has nothing to do on AWS but with what its own bus has left. Tasks alone take it on: whoever
 * may have archives replayed (`makeReplayRole`) must not be able to speak in the owner's name.
 */
export function makeApiRole(scope: Construct, owner: Owner, queues: readonly BusQueue[]): Role {
  const role = new Role(scope, 'Api', { roleName: roleName(owner, 'api'), description: `Handles what ${owner.bus} could not hand on`, assumedBy: tasksOf(scope) });
  letPutBack(role, owner, queues);
  return role;
}

/** May put on the owner's bus, and on its copy, what EventBridge could not hand on there, out of the queues in which it lies. Nothing where there is no such queue. */
export function letPutBack(role: Role, owner: Owner, queues: readonly BusQueue[]): void {
  if (queues.length === 0) return;
  letPublish(role, owner, [...new Set(queues.map(({ region }) => busArn(role, owner.bus, { region })))]);
  role.addToPolicy(new PolicyStatement({ sid: 'ReadAndEndWhatTheBusLeft', actions: CONSUME, resources: queues.map(({ name, at }) => queueArn(role, name, { region: at })) }));
}

export interface ConsumerRoleProps {
  /** @default CloudFormation makes one up */
  readonly name?: string;
  readonly queue: IQueue;
  /** With which the queue is encrypted, if that is a customer managed key. */
  readonly key?: IKey | undefined;
  /** Who takes it on. @default tasks of ECS in this account */
  readonly assumedBy?: IPrincipal;
}

const CONSUME = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];

export interface SubscriptionProps {
  /** What fills the queue: looked at when a consumer starts. */
  readonly ruleArn: string;
  readonly deadLetterQueue: IQueue;
  readonly undeliveredQueue: IQueue;
}

/** May see whether the subscription behind a queue is whole; the policy of the bus must say so too when the bus is another account's. */
export function letSeeSubscription(role: Role, { ruleArn, deadLetterQueue, undeliveredQueue }: SubscriptionProps): void {
  role.addToPolicy(new PolicyStatement({ sid: 'SeeTheRule', actions: ['events:DescribeRule', 'events:ListTargetsByRule'], resources: [ruleArn] }));
  role.addToPolicy(new PolicyStatement({ sid: 'SeeWhetherDeadLettersHaveAQueue', actions: ['sqs:GetQueueUrl'], resources: [deadLetterQueue.queueArn, undeliveredQueue.queueArn] }));
}

/** May take messages from one queue. */
export function makeConsumerRole(scope: Construct, { name, queue, key, assumedBy = tasksOf(scope) }: ConsumerRoleProps): Role {
  const role = new Role(scope, 'Consumer', { description: 'Takes messages from one queue', assumedBy, ...(name !== undefined && { roleName: name }) });
  role.addToPolicy(new PolicyStatement({ sid: 'TakeFromTheQueue', actions: CONSUME, resources: [queue.queueArn] }));
  if (key !== undefined) role.addToPolicy(throughSqs(scope, key, ['kms:Decrypt']));
  return role;
}

export interface DeadLettersProps {
  readonly queue: IQueue;
  /** Messages of `queue` that were received too often: what StartMessageMoveTask takes. */
  readonly deadLetterQueue: IQueue;
  /** Events that never reached `queue`; they are sent to it by hand. */
  readonly undeliveredQueue: IQueue;
  readonly key?: IKey | undefined;
}

/** May look at the dead letters of one subscription, bring them back to its queue, and end them. */
export function makeDeadLetterRole(scope: Construct, owner: Owner, { queue, deadLetterQueue, undeliveredQueue, key }: DeadLettersProps): Role {
  const role = new Role(scope, 'Operations', { roleName: roleName(owner, 'operations'), description: `Handles dead letters of ${owner.bus}`, assumedBy: tasksOf(scope) });
  role.addToPolicy(new PolicyStatement({
    sid: 'MoveDeadLetters', actions: ['sqs:StartMessageMoveTask', 'sqs:CancelMessageMoveTask', 'sqs:ListMessageMoveTasks'], resources: [deadLetterQueue.queueArn],
  }));
  role.addToPolicy(new PolicyStatement({ sid: 'ReadAndEndDeadLetters', actions: CONSUME, resources: [deadLetterQueue.queueArn, undeliveredQueue.queueArn] }));
  role.addToPolicy(new PolicyStatement({ sid: 'BringBack', actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], resources: [queue.queueArn] }));
  if (key !== undefined) role.addToPolicy(throughSqs(scope, key, ['kms:Decrypt', 'kms:GenerateDataKey']));
  return role;
}

/** May look at the rules on the owner's bus, and at the one that fills its queue: the pages of the catalogue show them. */
export function letSeeRules(role: Role, owner: Owner, subscriptionRuleArn: string): void {
  const own = ruleArn(role, owner.bus, '*');
  role.addToPolicy(new PolicyStatement({ sid: 'SeeTheRules', actions: ['events:DescribeRule', 'events:ListTargetsByRule'], resources: [own, subscriptionRuleArn] }));
  role.addToPolicy(new PolicyStatement({ sid: 'ListRules', actions: ['events:ListRules'], resources: ['*'] }));
  Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason: 'events:ListRules knows no resource.' });
  const { account, region } = Stack.of(role);
  if (Token.isUnresolved(account) || Token.isUnresolved(region)) return;
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:events:${region}:${account}:rule/${owner.bus}/*]`, reason: 'Clients make rules on the bus under names of their own; they are looked at, nothing else.' });
}

/** May take on the role by which another owner lets his archives be replayed. */
export function letTakeOnReplays(role: Role, owner: Owner, account: string | undefined): void {
  role.addToPolicy(new PolicyStatement({ sid: 'ReplayAsTheOwnerOfTheBus', actions: ['sts:AssumeRole'], resources: [roleArn(role, roleName(owner, 'operations'), { account })] }));
}

export interface ReplayRoleProps {
  /** Accounts whose Commerce Coordinator may take it on. */
  readonly accounts: readonly string[];
  /** Where the bus has a copy with archives of its own: whoever subscribes there has those replayed. @default none */
  readonly replicaRegion?: string | undefined;
}

/**
 * May replay the owner's archives on the owner's bus, in both regions when it has two; replays are named after the bus. Besides the owner's tasks those take it on
 * that operate Commerce Coordinator in one of these accounts: AWS lets nobody replay an archive of another account, and knows no
 * condition that would hold a replay to one rule, so that this is a matter of trust.
 */
export function makeReplayRole(scope: Construct, owner: Owner, { accounts, replicaRegion }: ReplayRoleProps): Role {
  const assumedBy = new CompositePrincipal(tasksOf(scope), ...accounts.map((account) => operatorsOf(scope, account)));
  const role = new Role(scope, 'Operations', { roleName: roleName(owner, 'operations'), description: `Replays archives of ${owner.bus}`, assumedBy });
  const places = [Stack.of(scope).region, ...(replicaRegion === undefined ? [] : [replicaRegion])].map((region) => ({ region }));
  const archives = places.flatMap((place) => topicsOf(owner).map(({ topic }) => archiveArn(scope, archiveName(owner, topic), place)));
  const buses = places.map((place) => busArn(scope, owner.bus, place));
  const replays = places.map((place) => replayArn(scope, `${owner.bus}-`, place));
  for (const { region } of places) acknowledgeReplays(role, owner, region);
  role.addToPolicy(new PolicyStatement({ sid: 'Replay', actions: ['events:StartReplay'], resources: [...archives, ...buses, ...replays] }));
  role.addToPolicy(new PolicyStatement({ sid: 'WatchAndStopReplays', actions: ['events:DescribeReplay', 'events:CancelReplay'], resources: replays }));
  role.addToPolicy(new PolicyStatement({ sid: 'SeeTheArchives', actions: ['events:DescribeArchive'], resources: archives }));
  role.addToPolicy(new PolicyStatement({ sid: 'ListReplays', actions: ['events:ListReplays'], resources: ['*'] }));
  Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason: 'events:ListReplays knows no resource.' });
  return role;
}

/** By the role's name and not by its ARN, which AWS would want to exist already. */
function operatorsOf(scope: Construct, account: string): IPrincipal {
  const operations = roleArn(scope, roleName(COMMERCE_COORDINATOR, 'operations'), { account });
  return new AccountPrincipal(account).withConditions({ ArnEquals: { 'aws:PrincipalArn': operations } });
}

/** cdk-nag names a finding by its ARN, so it can only be answered where account and region are known. */
function acknowledgeReplays(role: Role, { bus }: Owner, region: string): void {
  const { account } = Stack.of(role);
  if (Token.isUnresolved(account) || Token.isUnresolved(region)) return;
  const id = `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:events:${region}:${account}:replay/${bus}-*]`;
  Validations.of(role).acknowledge({ id, reason: 'Replays get their names when they are started; all of them begin so.' });
}

function throughSqs(scope: Construct, key: IKey, actions: string[]): PolicyStatement {
  const { region, urlSuffix } = Stack.of(scope);
  return new PolicyStatement({ sid: 'UseTheKeyThroughSqs', actions, resources: [key.keyArn], conditions: { StringEquals: { 'kms:ViaService': `sqs.${region}.${urlSuffix}` } } });
}
