/**
 * The customer managed key of an owner: for its bus, its archives, the log of its bus, and the queues of its subscription.
 *
 * Every statement says on whose behalf AWS may use the key, with ARNs made of names. CDK's own grants would not do: its queue
 * target leaves the condition out as soon as the queue has a key, and its archive takes the ARN from the bus, which has the key:
 * a circle.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { busArn } from './arns.ts';
import type { Owner } from './names.ts';

const EVENTS = 'events.amazonaws.com';

/** Makes the key. The encryption context binds it to this one bus. */
export function makeOwnerKey(scope: Construct, { bus }: Pick<Owner, 'bus'>): Key {
  const key = new Key(scope, 'Key', {
    alias: `alias/${bus}`, description: `Events of ${bus}: bus, archives, log, queues`, enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN,
  });
  const { partition, region, account } = Stack.of(scope);
  const ofLogs = { StringLike: { 'kms:EncryptionContext:SourceArn': `arn:${partition}:logs:${region}:${account}:*` } };
  letUse(key, { sid: 'EventBridgeLooksItUp', service: EVENTS, actions: ['kms:DescribeKey'], conditions: { StringEquals: { 'aws:SourceAccount': account } } });
  letUse(key, {
    sid: 'BusAndArchives', service: EVENTS, actions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*'],
    conditions: { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': busArn(scope, bus) } },
  });
  letUse(key, { sid: 'LogOfTheBus', service: EVENTS, actions: ['kms:GenerateDataKey'], conditions: ofLogs });
  letUse(key, { sid: 'LogDelivery', service: 'delivery.logs.amazonaws.com', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], conditions: ofLogs });
  return key;
}

/** Lets EventBridge fill an encrypted queue on behalf of one rule. */
export function letRuleUse(key: Key, ruleArn: string): void {
  letUse(key, { sid: 'RuleFillsTheQueue', service: EVENTS, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], conditions: { ArnEquals: { 'aws:SourceArn': ruleArn } } });
}

interface Use {
  readonly sid: string;
  readonly service: string;
  readonly actions: string[];
  readonly conditions: Record<string, Record<string, string>>;
}

function letUse(key: Key, { sid, service, actions, conditions }: Use): void {
  key.addToResourcePolicy(new PolicyStatement({ sid, principals: [new ServicePrincipal(service)], actions, resources: ['*'], conditions }));
}
