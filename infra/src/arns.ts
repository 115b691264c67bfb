/**
 * ARNs made of names. A policy that took them from the resource would tie key, queue, rule and bus into a circle, which
 * CloudFormation refuses; and what another account owns has no resource here at all.
 */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Where something is. @default the account and the region of the stack */
export interface Place {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

export function busArn(scope: Construct, bus: string, place: Place = {}): string {
  return arn(scope, 'event-bus', bus, place);
}

export function queueArn(scope: Construct, queue: string, { region }: Pick<Place, 'region'> = {}): string {
  return Stack.of(scope).formatArn({ service: 'sqs', resource: queue, ...(region !== undefined && { region }) });
}

/** The address of a queue of the account. */
export function queueUrl(scope: Construct, queue: string, { region }: Pick<Place, 'region'> = {}): string {
  const stack = Stack.of(scope);
  return `https://sqs.${region ?? stack.region}.${stack.urlSuffix}/${stack.account}/${queue}`;
}

/** A rule has the account of its bus, also when another account has made it. */
export function ruleArn(scope: Construct, bus: string, rule: string, place: Place = {}): string {
  return arn(scope, 'rule', `${bus}/${rule}`, place);
}

export function archiveArn(scope: Construct, archive: string, place: Pick<Place, 'region'> = {}): string {
  return arn(scope, 'archive', archive, place);
}

/** Every replay with a name that begins so. */
export function replayArn(scope: Construct, prefix: string, place: Pick<Place, 'region'> = {}): string {
  return arn(scope, 'replay', `${prefix}*`, place);
}

/** Roles have no region. */
export function roleArn(scope: Construct, role: string, { account }: Pick<Place, 'account'> = {}): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: role, ...(account !== undefined && { account }) });
}

function arn(scope: Construct, resource: string, resourceName: string, { account, region }: Place): string {
  return Stack.of(scope).formatArn({ service: 'events', resource, resourceName, ...(account !== undefined && { account }), ...(region !== undefined && { region }) });
}
