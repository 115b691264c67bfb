/**
 * For tests: questions to the synthesised policies, and a simulator of IAM that answers them; and whether each condition of each
 * policy decides one of them.
 */
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT } from './names.ts';
import { logsOf, type Policy, type Statement, type Templates } from './test-templates.ts';

export const OF = '111111111111';
export const CC = '222222222222';
export const STRANGER = '333333333333';
export const REGION = 'eu-central-1';

export const ofBus = `arn:aws:events:${REGION}:${OF}:event-bus/order-fulfillment`;
export const ccBus = `arn:aws:events:${REGION}:${CC}:event-bus/commerce-coordinator`;
const replicaBus = `arn:aws:events:eu-west-1:${OF}:event-bus/order-fulfillment`;
const ruleOf = (name: string, account = OF): string => `arn:aws:events:${REGION}:${account}:rule/order-fulfillment/${name}`;
const ccRule = ruleOf('commerce-coordinator-fulfillment-events');
const replicaRule = ruleOf('order-fulfillment-to-eu-west-1');
export const queueOf = (name: string, account = CC): string => `arn:aws:sqs:${REGION}:${account}:${name}`;
const queue = queueOf('commerce-coordinator-fulfillment-events');
const dead = `${queue}-dead`;
const undelivered = `${queue}-undelivered`;
export const roleOf = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
const ofPublisher = roleOf(OF, 'order-fulfillment-publisher');
const ofOperations = roleOf(OF, 'order-fulfillment-operations');
const ofApi = roleOf(OF, 'order-fulfillment-api');
const ccPublisher = roleOf(CC, 'commerce-coordinator-publisher');
const ccOperations = roleOf(CC, 'commerce-coordinator-operations');
const consumer = roleOf(CC, 'commerce-coordinator-consumer');
/** May do everything that his own account can allow. */
export const adminOf = (account: string): string => roleOf(account, 'admin');
export const EVENTS = 'events.amazonaws.com';
const TASKS = 'ecs-tasks.amazonaws.com';
const LOG_DELIVERY = 'delivery.logs.amazonaws.com';

type Context = Record<string, string | string[]>;
export interface Question {
  readonly say: 'yes' | 'no';
  readonly who: string;
  readonly action: string;
  readonly on: string;
  readonly context?: Context;
  /** Asked of the role alone, as if what it asks for had no policy. */
  readonly alone?: boolean;
}

export const yes = (who: string, action: string, on: string, context: Context = {}): Question => ({ say: 'yes', who, action, on, context });
export const no = (who: string, action: string, on: string, context: Context = {}): Question => ({ say: 'no', who, action, on, context });

export const ownEvent = { 'events:source': ['order-fulfillment'], 'events:detail-type': ['FulfillmentCompleted'] };
export const ccEvent = { 'events:source': ['order-service'], 'events:detail-type': ['OrderCreated'] };
const madeBy = (account: string): Context => ({ 'events:creatorAccount': account });
const aimed = (...targets: string[]): Context => ({ 'events:TargetArn': targets });
export const from = (arn: string, more: Context = {}): Context => ({ 'aws:SourceArn': arn, ...more });

/** A role of a service, and the tasks that may take it on. */
export const tasksTakeOn = (role: string, account: string): Question[] => {
  const task = `arn:aws:ecs:${REGION}:${account}:task/x`;
  return [
    yes(TASKS, 'sts:AssumeRole', role, from(task, { 'aws:SourceAccount': account })),
    no(TASKS, 'sts:AssumeRole', role, from(task, { 'aws:SourceAccount': STRANGER })),
    no(TASKS, 'sts:AssumeRole', role, from(`arn:aws:ecs:${REGION}:${STRANGER}:task/x`, { 'aws:SourceAccount': account })),
    no(EVENTS, 'sts:AssumeRole', role, from(task, { 'aws:SourceAccount': account })),
  ];
};

/** A publisher on its own bus, with one of its events. */
const publishes = (publisher: string, bus: string, event: typeof ownEvent, foreign: typeof ownEvent): Question[] => [
  ...saysItsOwn(publisher, bus, event, foreign),
  no(publisher, 'events:PutRule', `${bus.replace('event-bus', 'rule')}/x`, { 'events:source': event['events:source'] }),
];

/** Whoever puts events on a bus puts those of its owner there, and no others. */
const saysItsOwn = (publisher: string, bus: string, event: typeof ownEvent, foreign: typeof ownEvent): Question[] => [
  yes(publisher, 'events:PutEvents', bus, event),
  yes(publisher, 'events:DescribeEventBus', bus),
  no(publisher, 'events:PutEvents', bus, { ...event, 'events:source': foreign['events:source'] }),
  no(publisher, 'events:PutEvents', bus, { ...event, 'events:source': [...event['events:source'], 'someone-else'] }),
  no(publisher, 'events:PutEvents', bus, { ...event, 'events:detail-type': foreign['events:detail-type'] }),
  no(publisher, 'events:PutEvents', bus, { ...event, 'events:detail-type': [...event['events:detail-type'], 'Anything'] }),
  no(publisher, 'events:PutEvents', bus, { 'events:source': event['events:source'] }),
  no(publisher, 'events:PutEvents', bus, { 'events:detail-type': event['events:detail-type'] }),
];

/** A queue that one rule alone fills, over TLS alone. */
export const filledBy = (target: string, source: string): Question[] => [
  yes(EVENTS, 'sqs:SendMessage', target, from(source)),
  no(EVENTS, 'sqs:SendMessage', target, from(`${source}2`)),
  no(EVENTS, 'sqs:SendMessage', target, from(source.split(':').with(4, STRANGER).join(':'))),
  no(EVENTS, 'sqs:SendMessage', target),
  no(EVENTS, 'sqs:SendMessage', target, from(source, { 'aws:SecureTransport': 'false' })),
  no(EVENTS, 'sqs:ReceiveMessage', target, from(source)),
];

/** What a key lets AWS do for bus, archives and log. */
export const keyOf = (account: string, bus: string, id: string): Question[] => {
  const key = `arn:aws:kms:${bus.split(':')[3]}:${account}:key/${id}`;
  const ofBus = from(bus, { 'aws:SourceAccount': account, 'kms:EncryptionContext:aws:events:event-bus:arn': bus });
  const ofLogs = { 'kms:EncryptionContext:SourceArn': `arn:aws:logs:${bus.split(':')[3]}:${account}:delivery-source:x` };
  return [
    yes(EVENTS, 'kms:DescribeKey', key, { 'aws:SourceAccount': account }),
    no(EVENTS, 'kms:DescribeKey', key, { 'aws:SourceAccount': STRANGER }),
    yes(EVENTS, 'kms:GenerateDataKey', key, ofBus),
    yes(EVENTS, 'kms:ReEncryptFrom', key, { 'kms:EncryptionContext:aws:events:event-bus:arn': bus }),
    no(EVENTS, 'kms:ReEncryptFrom', key, { 'kms:EncryptionContext:aws:events:event-bus:arn': `${bus}2` }),
    no(EVENTS, 'kms:Decrypt', key, { ...ofBus, 'kms:EncryptionContext:aws:events:event-bus:arn': `${bus}2` }),
    yes(EVENTS, 'kms:GenerateDataKey', key, ofLogs),
    no(EVENTS, 'kms:GenerateDataKey', key, { 'kms:EncryptionContext:SourceArn': `arn:aws:logs:${REGION}:${STRANGER}:delivery-source:x` }),
    yes(LOG_DELIVERY, 'kms:Decrypt', key, ofLogs),
    no(LOG_DELIVERY, 'kms:Decrypt', key, { 'kms:EncryptionContext:SourceArn': `arn:aws:logs:${REGION}:${STRANGER}:delivery-source:x` }),
    no(adminOf(STRANGER), 'kms:Decrypt', key),
  ];
};

export const logOf = (account: string, bus: string): Question[] => {
  const stream = `arn:aws:logs:${bus.split(':')[3]}:${account}:log-group:/aws/vendedlogs/events/event-bus/${bus.split('/')[1]}:log-stream:x`;
  const source = `arn:aws:logs:${bus.split(':')[3]}:${account}:delivery-source:x`;
  return [
    yes(LOG_DELIVERY, 'logs:PutLogEvents', stream, from(source, { 'aws:SourceAccount': account })),
    no(LOG_DELIVERY, 'logs:PutLogEvents', stream, from(source, { 'aws:SourceAccount': STRANGER })),
    no(LOG_DELIVERY, 'logs:PutLogEvents', stream, from(source.replace(account, STRANGER), { 'aws:SourceAccount': account })),
  ];
};

/** The same, where nothing but the role's own policy stands in the way. */
export const alone = (questions: Question[]): Question[] => questions.map((question) => ({ ...question, alone: true }));

/** A rule that another account puts on a bus: its own, filtered by the owner's source. */
export const makesRules = (rule: string, by: string, owner: string, source: string): Question[] => {
  const filter = { 'events:source': [source] };
  return [
    yes(adminOf(by), 'events:PutRule', rule, filter),
    yes(adminOf(by), 'events:PutRule', rule, { ...filter, ...madeBy(by) }),
    no(adminOf(by), 'events:PutRule', rule, { ...filter, ...madeBy(owner) }),
    no(adminOf(by), 'events:PutRule', rule, {}),
    no(adminOf(by), 'events:PutRule', rule, { 'events:source': [source, 'aws.health'] }),
    no(adminOf(by), 'events:PutRule', rule.replace(/[^/]+\/[^/]+$/, 'another-bus/x'), filter),
    ...['events:DeleteRule', 'events:DescribeRule', 'events:ListTargetsByRule', 'events:RemoveTargets'].flatMap((action) => [
      yes(adminOf(by), action, rule, madeBy(by)), no(adminOf(by), action, rule, madeBy(owner)), no(adminOf(STRANGER), action, rule, madeBy(STRANGER)),
    ]),
  ];
};

/** Where it may send what passes. */
export const aimsRules = (rule: string, by: string, owner: string): Question[] => [
  yes(adminOf(by), 'events:PutTargets', rule, { ...aimed(queueOf('q', by)), ...madeBy(by) }),
  no(adminOf(by), 'events:PutTargets', rule, { ...aimed(queueOf('q', by)), ...madeBy(owner) }),
  no(adminOf(by), 'events:PutTargets', rule, { ...aimed(queueOf('q', STRANGER)), ...madeBy(by) }),
  no(adminOf(by), 'events:PutTargets', rule, { ...aimed(queueOf('q', by), queueOf('q', owner)), ...madeBy(by) }),
  no(adminOf(by), 'events:PutTargets', rule, { ...aimed(`arn:aws:lambda:${REGION}:${by}:function:f`), ...madeBy(by) }),
  no(adminOf(by), 'events:PutTargets', rule, madeBy(by)),
];

const GROUPS: Record<string, (keys: Readonly<Record<string, string>>) => Question[]> = {
  'Order Fulfillment publishes on its own bus, as itself': () => [
    ...publishes(ofPublisher, ofBus, ownEvent, ccEvent), ...alone(publishes(ofPublisher, ofBus, ownEvent, ccEvent)),
    no(ofPublisher, 'events:PutEvents', replicaBus, ownEvent),
    no(ofPublisher, 'events:PutEvents', ccBus, ccEvent),
    no(ofPublisher, 'events:StartReplay', ofBus),
  ],
  'nobody else publishes there, not even with every right of his account': () => [
    yes(adminOf(OF), 'events:PutEvents', ofBus, ownEvent),
    no(adminOf(OF), 'events:PutEvents', ofBus, ccEvent),
    no(adminOf(CC), 'events:PutEvents', ofBus, ownEvent),
    no(adminOf(STRANGER), 'events:PutEvents', ofBus, ownEvent),
    yes(adminOf(OF), 'events:PutEvents', replicaBus, ownEvent),
    no(adminOf(OF), 'events:PutEvents', replicaBus, ccEvent),
    no(adminOf(STRANGER), 'events:PutEvents', replicaBus, ownEvent),
    yes(adminOf(CC), 'events:PutEvents', ccBus, ccEvent),
    no(adminOf(CC), 'events:PutEvents', ccBus, ownEvent),
    no(adminOf(OF), 'events:PutEvents', ccBus, ccEvent),
  ],
  'an account that is named puts its own rules on the bus, in both regions': () => [
    ...[ccRule, ccRule.replace(REGION, 'eu-west-1')].flatMap((rule) => makesRules(rule, CC, OF, 'order-fulfillment')), no(adminOf(CC), 'events:DeleteEventBus', ofBus),
  ],
  '… and aims them only at queues of its own': () => [ccRule, ccRule.replace(REGION, 'eu-west-1')].flatMap((rule) => aimsRules(rule, CC, OF)),
  'an account that is not named may do nothing with the bus': () => [
    no(adminOf(STRANGER), 'events:PutRule', ccRule, { 'events:source': ['order-fulfillment'] }),
    no(adminOf(STRANGER), 'events:PutTargets', ccRule, aimed(queueOf('q', STRANGER))),
    no(adminOf(STRANGER), 'events:DescribeEventBus', ofBus),
    no(adminOf(STRANGER), 'events:PutRule', `arn:aws:events:${REGION}:${CC}:rule/commerce-coordinator/x`, { 'events:source': ['order-service'] }),
    no(adminOf(OF), 'events:PutRule', `arn:aws:events:${REGION}:${CC}:rule/commerce-coordinator/x`, { 'events:source': ['order-service'] }),
  ],
  'Commerce Coordinator publishes on its own bus, under the names of its extensions': () => [
    ...publishes(ccPublisher, ccBus, ccEvent, ownEvent), ...alone(publishes(ccPublisher, ccBus, ccEvent, ownEvent)),
    no(ccPublisher, 'events:PutEvents', ofBus, ownEvent),
    no(ccPublisher, 'sqs:ReceiveMessage', queue),
  ],
  'EventBridge fills the queue for this rule alone': () => [
    ...filledBy(queue, ccRule), ...filledBy(undelivered, ccRule),
    no(EVENTS, 'sqs:SendMessage', dead, from(ccRule)),
    no(adminOf(STRANGER), 'sqs:SendMessage', queue),
  ],
  'the owner of the bus takes nothing from the queue': () => [no(adminOf(OF), 'sqs:ReceiveMessage', queue)],
  'the consumer takes from its queue and from no other': ({ [CC]: key = '' }) => [
    ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'].flatMap((action) => [
      yes(consumer, action, queue), no(consumer, action, dead), no(consumer, action, undelivered), no(consumer, action, queueOf('another')), no(consumer, action, queue, { 'aws:SecureTransport': 'false' }),
    ]),
    no(consumer, 'sqs:ReceiveMessage', dead, { 'aws:SecureTransport': 'false' }),
    no(consumer, 'sqs:SendMessage', queue),
    no(consumer, 'sqs:PurgeQueue', queue),
    no(consumer, 'sqs:StartMessageMoveTask', dead),
    no(consumer, 'events:PutEvents', ccBus, ccEvent),
    yes(consumer, 'kms:Decrypt', `arn:aws:kms:${REGION}:${CC}:key/${key}`, { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` }),
    no(consumer, 'kms:Decrypt', `arn:aws:kms:${REGION}:${CC}:key/${key}`, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }),
    no(consumer, 'kms:Decrypt', `arn:aws:kms:${REGION}:${CC}:key/${key}`),
  ],
  'dead letters are brought back and ended by whoever operates, not read from the queue': ({ [CC]: key = '' }) => [
    yes(ccOperations, 'sqs:StartMessageMoveTask', dead),
    no(ccOperations, 'sqs:StartMessageMoveTask', undelivered),
    yes(ccOperations, 'sqs:ReceiveMessage', dead), yes(ccOperations, 'sqs:DeleteMessage', undelivered),
    no(ccOperations, 'sqs:ReceiveMessage', dead, { 'aws:SecureTransport': 'false' }),
    yes(ccOperations, 'sqs:SendMessage', queue),
    no(ccOperations, 'sqs:SendMessage', queueOf('another')),
    no(ccOperations, 'sqs:ReceiveMessage', queue),
    no(ccOperations, 'sqs:DeleteMessage', queue),
    yes(ccOperations, 'kms:GenerateDataKey', `arn:aws:kms:${REGION}:${CC}:key/${key}`, { 'kms:ViaService': `sqs.${REGION}.amazonaws.com` }),
    no(ccOperations, 'kms:GenerateDataKey', `arn:aws:kms:${REGION}:${CC}:key/${key}`),
  ],
  'archives are replayed on their own bus': () => [
    yes(ofOperations, 'events:StartReplay', `arn:aws:events:${REGION}:${OF}:archive/order-fulfillment-fulfillment-events`),
    no(ofOperations, 'events:StartReplay', `arn:aws:events:${REGION}:${OF}:archive/another`),
    yes(ofOperations, 'events:CancelReplay', `arn:aws:events:${REGION}:${OF}:replay/order-fulfillment-monday`),
    no(ofOperations, 'events:CancelReplay', `arn:aws:events:${REGION}:${OF}:replay/monday`),
    // The copy has archives of its own, for those who subscribe there.
    ...[`archive/order-fulfillment-fulfillment-events`, 'event-bus/order-fulfillment', 'replay/order-fulfillment-monday'].flatMap((name) => [
      yes(ofOperations, 'events:StartReplay', `arn:aws:events:eu-west-1:${OF}:${name}`), no(ofOperations, 'events:StartReplay', `arn:aws:events:us-east-1:${OF}:${name}`),
    ]),
    yes(ofOperations, 'events:DescribeReplay', `arn:aws:events:eu-west-1:${OF}:replay/order-fulfillment-monday`),
    yes(ofOperations, 'events:DescribeArchive', `arn:aws:events:eu-west-1:${OF}:archive/order-fulfillment-fulfillment-events`),
  ],
  'what EventBridge could not hand on is put on the bus of its owner again by its own service, under its own names': () => [
    ...[ofBus, replicaBus].flatMap((bus) => [...saysItsOwn(ofApi, bus, ownEvent, ccEvent), ...alone(saysItsOwn(ofApi, bus, ownEvent, ccEvent))]),
    ...saysItsOwn(ccOperations, ccBus, ccEvent, ownEvent), ...alone(saysItsOwn(ccOperations, ccBus, ccEvent, ownEvent)),
    no(ofOperations, 'events:PutEvents', ofBus, ownEvent), no(ofOperations, 'sqs:ReceiveMessage', queueOf('order-fulfillment-undecrypted', OF)),
    no(ccOperations, 'sts:AssumeRole', ofApi, { 'aws:PrincipalArn': ccOperations }),
    no(ofApi, 'events:PutEvents', ccBus, ccEvent), no(ofApi, 'events:StartReplay', `arn:aws:events:${REGION}:${OF}:archive/order-fulfillment-fulfillment-events`), no(ccOperations, 'events:PutEvents', ofBus, ownEvent),
    ...[queueOf('order-fulfillment-undecrypted', OF), queueOf('order-fulfillment-to-eu-west-1-undelivered', OF), queueOf('order-fulfillment-undecrypted', OF).replace(REGION, 'eu-west-1')].flatMap((left) => [
      yes(ofApi, 'sqs:ReceiveMessage', left), yes(ofApi, 'sqs:DeleteMessage', left), no(ofApi, 'sqs:SendMessage', left), no(ofPublisher, 'sqs:ReceiveMessage', left), no(ccOperations, 'sqs:ReceiveMessage', left),
    ]),
    yes(ccOperations, 'sqs:DeleteMessage', queueOf('commerce-coordinator-undecrypted')), no(ofApi, 'sqs:ReceiveMessage', queueOf('commerce-coordinator-undecrypted')),
  ],
  'and whoever operates Commerce Coordinator has them replayed, in the name of their owner': () => {
    const operator = { 'aws:PrincipalArn': ccOperations };
    return [
      yes(ccOperations, 'sts:AssumeRole', ofOperations, operator),
      no(adminOf(CC), 'sts:AssumeRole', ofOperations, { 'aws:PrincipalArn': adminOf(CC) }),
      no(consumer, 'sts:AssumeRole', ofOperations, { 'aws:PrincipalArn': consumer }),
      no(adminOf(STRANGER), 'sts:AssumeRole', ofOperations, { 'aws:PrincipalArn': adminOf(STRANGER) }),
      no(ccOperations, 'sts:AssumeRole', ofPublisher, operator),
      no(ccOperations, 'events:StartReplay', `arn:aws:events:${REGION}:${OF}:archive/order-fulfillment-fulfillment-events`),
    ];
  },
  'the consumer sees whether its subscription is whole': () => [
    ...['events:DescribeRule', 'events:ListTargetsByRule'].flatMap((action) => [
      yes(consumer, action, ccRule, madeBy(CC)), no(consumer, action, ruleOf('another'), madeBy(CC)), no(ccPublisher, action, ccRule, madeBy(CC)),
    ]),
    no(consumer, 'events:DisableRule', ccRule, madeBy(CC)),
    yes(consumer, 'sqs:GetQueueUrl', dead), yes(consumer, 'sqs:GetQueueUrl', undelivered), no(consumer, 'sqs:GetQueueUrl', queueOf('another')),
  ],
  'the rule that copies to the second region publishes there alone, what is its own': ({ replication = '' }) => [
    yes(roleOf(OF, replication), 'events:PutEvents', replicaBus, ownEvent),
    no(roleOf(OF, replication), 'events:PutEvents', replicaBus, ccEvent),
    no(roleOf(OF, replication), 'events:PutEvents', replicaBus, {}),
    ...alone([no(roleOf(OF, replication), 'events:PutEvents', replicaBus, ccEvent)]),
    no(roleOf(OF, replication), 'events:PutEvents', ofBus, ownEvent),
    ...filledBy(queueOf('order-fulfillment-to-eu-west-1-undelivered', OF), replicaRule),
    yes(EVENTS, 'sts:AssumeRole', roleOf(OF, replication), from(replicaRule, { 'aws:SourceAccount': OF })),
    no(EVENTS, 'sts:AssumeRole', roleOf(OF, replication), from(ccRule, { 'aws:SourceAccount': OF })),
    no(EVENTS, 'sts:AssumeRole', roleOf(OF, replication), from(replicaRule, { 'aws:SourceAccount': STRANGER })),
  ],
  'roles are taken on by tasks of their account alone': () => [
    ...[ofPublisher, ofOperations, ofApi].flatMap((role) => tasksTakeOn(role, OF)), ...[ccPublisher, ccOperations, consumer].flatMap((role) => tasksTakeOn(role, CC)),
  ],
  'keys serve AWS for their own bus, archives, log and rule': ({ [OF]: ofKey = '', [CC]: ccKey = '', replica = '' }) => {
    const fill = `arn:aws:kms:${REGION}:${CC}:key/${ccKey}`;
    return [
      ...keyOf(OF, ofBus, ofKey), ...keyOf(CC, ccBus, ccKey), ...keyOf(OF, replicaBus, replica),
      yes(EVENTS, 'kms:GenerateDataKey', fill, from(ccRule)), no(EVENTS, 'kms:GenerateDataKey', fill, from(ruleOf('another'))), no(EVENTS, 'kms:GenerateDataKey', fill),
      ...[ofBus, replicaBus].flatMap((bus) => filledBy(`${bus.replace('events', 'sqs').replace('event-bus/', '')}-undecrypted`, bus)),
      ...filledBy(`${ccBus.replace('events', 'sqs').replace('event-bus/', '')}-undecrypted`, ccBus),
      ...logOf(OF, ofBus), ...logOf(CC, ccBus), ...logOf(OF, replicaBus),
    ];
  },
};

export const GROUP_NAMES: readonly string[] = Object.keys(GROUPS);
/** What holds only where the owners have accounts of their own: in one account its own policies say who may do what. */
const BETWEEN_ACCOUNTS: readonly string[] = [
  'nobody else publishes there, not even with every right of his account', 'an account that is named puts its own rules on the bus, in both regions',
  '… and aims them only at queues of its own', 'an account that is not named may do nothing with the bus', 'the owner of the bus takes nothing from the queue',
];

/** The other questions, when everything of both owners is in the account `OF`. */
export function inOneAccount(questions: Readonly<Record<string, Question[]>>): Question[] {
  const missing = BETWEEN_ACCOUNTS.filter((name) => !(name in questions));
  if (missing.length > 0) throw new Error(`There are no questions "${missing.join('", "')}".`);
  return moved(Object.entries(questions).flatMap(([name, group]) => (BETWEEN_ACCOUNTS.includes(name) ? [] : group)));
}

/** Questions of the account `CC`, asked in `OF`. */
export function moved(questions: readonly Question[]): Question[] {
  return JSON.parse(JSON.stringify(questions).replaceAll(CC, OF)) as Question[];
}

/** What the questions must call by the ids that CDK gives. */
export function questionsOf(templates: Templates): Readonly<Record<string, Question[]>> {
  const idOf = (stack: string, type: string, wanted = ''): string =>
    Object.entries(templates.get(stack)?.template.Resources ?? {}).find(([id, { Type }]) => Type === type && id.includes(wanted))?.[0] ?? '';
  const keys = {
    [OF]: idOf(ORDER_FULFILLMENT.stack, 'AWS::KMS::Key'), [CC]: idOf(COMMERCE_COORDINATOR.stack, 'AWS::KMS::Key'), replica: idOf(ORDER_FULFILLMENT.replicaStack, 'AWS::KMS::Key'),
    replication: idOf(ORDER_FULFILLMENT.stack, 'AWS::IAM::Role', 'Replication'),
  };
  return Object.fromEntries(Object.entries(GROUPS).map(([name, ask]) => [name, known(ask(keys))]));
}

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** The policies that count for a question: of whoever asks, and of what is asked for. */
function inForce(all: readonly Policy[], { who, action, on, alone: isAlone = false }: Question): { identity: Policy | undefined; resource: Policy | undefined } {
  return {
    identity: all.find(({ kind, of }) => kind === 'identity' && of === who),
    resource: isAlone ? undefined : all.find(({ kind, of }) => (action === 'sts:AssumeRole' ? kind === 'trust' : kind === 'resource') && of === holderOf(on)),
  };
}

/** A rule is guarded by the policy of its bus, a log by that of all logs of the account, an object by that of its bucket. */
function holderOf(arn: string): string {
  const [, , service, region = '', account = '', ...name] = arn.split(':');
  if (service === 'logs') return logsOf({ account, region });
  if (service === 's3') return arn.replace(/\/.*$/, '');
  const [, bus] = /^rule\/([^/]+)\//.exec(name.join(':')) ?? [];
  return bus === undefined ? arn : `arn:aws:events:${region}:${account}:event-bus/${bus}`;
}

/**
 * The simulator does not know a key whose variable part follows a colon: such keys get a name that it knows, in policies and in
 * questions alike.
 */
export function known<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(/kms:EncryptionContext:([\w:-]+)/g, (_, name: string) => `aws:RequestTag/${name.replaceAll(':', '-')}`)) as Value;
}

async function judge(all: readonly Policy[], question: Question): Promise<'yes' | 'no'> {
  const { who, action, on, context = {} } = question;
  const { identity, resource } = inForce(all, question);
  const isService = !who.startsWith('arn:');
  const isAdmin = who.endsWith(':role/admin');
  const document = isAdmin ? EVERYTHING : identity?.document;
  const accountId = on.split(':')[4] ?? '';
  const simulation: Simulation = {
    request: { principal: who, action, resource: { resource: on, accountId }, contextVariables: { 'aws:SecureTransport': 'true', ...(isService ? {} : { 'aws:PrincipalAccount': who.split(':')[4] ?? '' }), ...context } },
    identityPolicies: document === undefined || isService ? [] : [{ name: 'own', policy: document }],
    serviceControlPolicies: [], resourceControlPolicies: [],
    ...(resource !== undefined && { resourcePolicy: resource.document }),
  };
  const answer = await runSimulation(simulation, {});
  if (answer.resultType === 'error') throw new Error(`${action} on ${on}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed' ? 'yes' : 'no';
}

/** The questions that are answered otherwise than they should be. */
export async function wronglyAnswered(policies: readonly Policy[], questions: readonly Question[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const question of questions) {
    const said = await judge(policies, question);
    if (said !== question.say) wrong.push(`${question.who} ${question.action} on ${question.on} ${JSON.stringify(question.context)}: ${said}`);
  }
  return wrong;
}

/** The conditions that can be taken away without another answer to any question, and how many there are in all. */
export async function idleConditions(policies: readonly Policy[], all: readonly Question[]): Promise<{ idle: string[]; tried: number }> {
  const idle: string[] = [];
  let tried = 0;
  for (const { name, policy, weaker } of weakened(policies)) {
    tried += 1;
    const concerned = all.filter((question) => Object.values(inForce(policies, question)).includes(policy));
    let hasChanged = false;
    for (const question of concerned) {
      hasChanged = (await judge(weaker, question)) !== question.say;
      if (hasChanged) break;
    }
    if (!hasChanged) idle.push(name);
  }
  return { idle, tried };
}

/** The same policies with one condition taken away. */
function* weakened(policies: readonly Policy[]): Generator<{ name: string; policy: Policy; weaker: readonly Policy[] }> {
  for (const policy of policies) {
    for (const [index, statement] of policy.document.Statement.entries()) {
      for (const [operator, tests] of Object.entries(statement.Condition ?? {})) {
        for (const key of Object.keys(tests)) {
          const Statement = policy.document.Statement.with(index, without(statement, operator, key));
          const weaker = policies.map((other) => (other === policy ? { ...policy, document: { ...policy.document, Statement } } : other));
          yield { name: `${policy.kind} policy of ${policy.of}, ${statement.Sid ?? 'no sid'}: ${operator} ${key}`, policy, weaker };
        }
      }
    }
  }
}

function without(statement: Statement, operator: string, key: string): Statement {
  const { [key]: _gone, ...tests } = statement.Condition?.[operator] ?? {};
  const { [operator]: _all, ...others } = statement.Condition ?? {};
  const Condition = Object.keys(tests).length === 0 ? others : { ...others, [operator]: tests };
  const { Condition: _before, ...rest } = statement;
  return Object.keys(Condition).length === 0 ? rest : { ...rest, Condition };
}
