/**
 * The same questions to everything that is deployed: both owners with a second region, with keys and their services, in two accounts
 * with subscribers of both, and in one; and a further client. No condition of any policy is there in vain.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { synthesise as synthesiseAcme } from '@commerce/example-acme/app';
import { templatesOf } from '@commerce/infra/test-deployment';
import {
  adminOf, aimsRules, alone, CC, ccBus, ccEvent, EVENTS, filledBy, from, idleConditions, inOneAccount, keyOf, known, logOf, makesRules, moved, no, OF, ofBus, ownEvent, queueOf, questionsOf, REGION,
  roleOf, STRANGER, tasksTakeOn, wronglyAnswered, yes, type Question,
} from '@commerce/infra/test-permissions';
import { inFolder, policiesOf, type Template, type Templates } from '@commerce/infra/test-templates';

const SECOND = 'eu-west-1';
const ccReplica = ccBus.replace(REGION, SECOND);
const idOf = (templates: Templates, stack: string, type: string, wanted: string): string =>
  Object.entries(templates.get(stack)?.template.Resources ?? {}).find(([id, { Type }]) => Type === type && id.includes(wanted))?.[0] ?? '';

/** Commerce Coordinator's second region, and the rule that copies to it. */
function askReplication(templates: Templates): Question[] {
  const role = roleOf(CC, idOf(templates, 'CommerceCoordinatorStack', 'AWS::IAM::Role', 'Replication'));
  const rule = `arn:aws:events:${REGION}:${CC}:rule/commerce-coordinator/commerce-coordinator-to-${SECOND}`;
  return [
    yes(role, 'events:PutEvents', ccReplica, ccEvent), no(role, 'events:PutEvents', ccReplica, ownEvent), no(role, 'events:PutEvents', ccReplica), no(role, 'events:PutEvents', ccBus, ccEvent),
    ...alone([no(role, 'events:PutEvents', ccReplica, ownEvent), no(role, 'events:PutEvents', ccReplica)]),
    yes(EVENTS, 'sts:AssumeRole', role, from(rule, { 'aws:SourceAccount': CC })),
    no(EVENTS, 'sts:AssumeRole', role, from(`${rule}2`, { 'aws:SourceAccount': CC })),
    no(EVENTS, 'sts:AssumeRole', role, from(rule, { 'aws:SourceAccount': STRANGER })),
    ...filledBy(queueOf(`commerce-coordinator-to-${SECOND}-undelivered`), rule),
    ...filledBy(queueOf('commerce-coordinator-undecrypted').replace(REGION, SECOND), ccReplica),
    yes(adminOf(CC), 'events:PutEvents', ccReplica, ccEvent), no(adminOf(CC), 'events:PutEvents', ccReplica, ownEvent), no(adminOf(STRANGER), 'events:PutEvents', ccReplica, ccEvent),
    ...keyOf(CC, ccReplica, idOf(templates, 'CommerceCoordinatorReplicaStack', 'AWS::KMS::Key', 'Key')), ...logOf(CC, ccReplica),
  ];
}

/** The buckets to which the load balancers write what was asked of them; in the template they have no other name than their id. */
function askBuckets(templates: Templates): Question[] {
  return policiesOf(templates).filter(({ of, kind }) => kind === 'resource' && of.startsWith('arn:aws:s3:')).flatMap(({ of, document }) => {
    const delivery = document.Statement.find(({ Condition }) => Condition?.['StringEquals']?.['s3:x-amz-acl'] !== undefined);
    const { Service: service = '' } = (delivery?.Principal ?? {}) as { Service?: string };
    const object = String([delivery?.Resource].flat()[0]).replace('*', 'x');
    const owns = { 's3:x-amz-acl': 'bucket-owner-full-control' };
    return [
      yes(service, 's3:PutObject', object, owns), no(service, 's3:PutObject', object), no(service, 's3:PutObject', object, { ...owns, 'aws:SecureTransport': 'false' }),
      no(adminOf(OF), 's3:GetObject', `${of}/x`, { 'aws:SecureTransport': 'false' }),
    ];
  });
}

/** The subscription of a client in an account and with a role of its own. */
function askAcme(): Question[] {
  const [queue, role] = [queueOf('acme-fulfillment-events'), roleOf(CC, 'acme-consumer')];
  const rule = `arn:aws:events:${REGION}:${OF}:rule/order-fulfillment/acme-fulfillment-events`;
  return [
    ...filledBy(queue, rule), ...filledBy(`${queue}-undelivered`, rule), ...tasksTakeOn(role, CC),
    no(EVENTS, 'sqs:SendMessage', `${queue}-dead`, from(rule)), yes(adminOf(CC), 'sqs:ReceiveMessage', `${queue}-dead`), no(adminOf(CC), 'sqs:ReceiveMessage', `${queue}-dead`, { 'aws:SecureTransport': 'false' }),
    yes(role, 'sqs:ReceiveMessage', queue), no(role, 'sqs:ReceiveMessage', `${queue}-dead`), no(role, 'sqs:SendMessage', queue), no(role, 'sqs:ReceiveMessage', queueOf('commerce-coordinator-fulfillment-events')),
  ];
}

const acme = (): Templates => inFolder((folder) => {
  const template = JSON.parse(readFileSync(synthesiseAcme(join(folder, 'acme'), { orderFulfillmentAccount: OF }), 'utf8')) as Template;
  return new Map([['AcmeStack', { template, account: CC, region: REGION }]]);
});
/** Somebody who listens to Commerce Coordinator. */
const LISTENER = '444444444444';

/** What Commerce Coordinator lets those do that it names, in both regions. */
function askListeners(): Question[] {
  const rule = `arn:aws:events:${REGION}:${CC}:rule/commerce-coordinator/listener-order-events`;
  const inBoth = [rule, rule.replace(REGION, SECOND)].flatMap((each) => [...makesRules(each, LISTENER, CC, 'order-service'), ...aimsRules(each, LISTENER, CC), no(adminOf(OF), 'events:PutRule', each, { 'events:source': ['order-service'] })]);
  return [...inBoth, no(adminOf(LISTENER), 'events:DeleteEventBus', ccBus), no(adminOf(LISTENER), 'events:PutEvents', ccBus, ccEvent)];
}

/** Nobody of the one account publishes on a bus under the other's name, and nobody else at all. */
function askOwners(): Question[] {
  const buses = [[ofBus, ownEvent, ccEvent], [moved([yes('', '', ccBus)])[0]?.on ?? '', ccEvent, ownEvent]] as const;
  return buses.flatMap(([bus, own, foreign]) => [
    yes(adminOf(OF), 'events:PutEvents', bus, own), no(adminOf(OF), 'events:PutEvents', bus, foreign), no(adminOf(STRANGER), 'events:PutEvents', bus, own),
    no(adminOf(STRANGER), 'events:PutRule', `${bus.replace('event-bus', 'rule')}/x`, { 'events:source': own['events:source'] }),
  ]);
}

const twoAccounts = (): Templates => templatesOf(({ commerceCoordinator }) => Object.assign(commerceCoordinator, { replicaRegion: SECOND, subscriberAccounts: [LISTENER] }));
const oneAccount = (): Templates => templatesOf(({ orderFulfillment, commerceCoordinator }) => {
  for (const name of ['subscriberAccounts', 'replayAccounts']) delete orderFulfillment[name];
  Object.assign(commerceCoordinator, { replicaRegion: SECOND, account: orderFulfillment.account });
});

describe.each<[string, () => Templates, (templates: Templates) => Question[], number]>([
  ['both owners with keys in two accounts, their subscribers, copies and services', twoAccounts, (all) => [...Object.values(questionsOf(all)).flat(), ...askReplication(all), ...askListeners(), ...askBuckets(all)], 100],
  ['both owners with keys in one account, their copies and services', oneAccount, (all) => [...inOneAccount(questionsOf(all)), ...askOwners(), ...moved(askReplication(all)), ...askBuckets(all)], 80],
  ['a further client', acme, askAcme, 6],
])('%s', (_, synthesise, ask, atLeast) => {
  const templates = synthesise();
  const policies = known(policiesOf(templates));
  const questions = known(ask(templates));

  test('get the answers that they should', async () => {
    expect(await wronglyAnswered(policies, questions)).toEqual([]);
  });

  test('have no condition that can be taken away without another answer', async () => {
    const { idle, tried } = await idleConditions(policies, questions);
    expect(idle).toEqual([]);
    expect(tried).toBeGreaterThan(atLeast);
  }, 120_000);
});
