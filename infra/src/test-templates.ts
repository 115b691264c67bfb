/**
 * For tests: templates, and what CloudFormation would make of their policies: every ARN worked out, each
 * policy with the thing or the role it belongs to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
}
export interface Template {
  readonly Resources: Record<string, Resource>;
}
/** By the name of the stack, with the account and the region it goes to. */
export type Templates = ReadonlyMap<string, { readonly template: Template; readonly account: string; readonly region: string }>;

/** What `build` adds to an app, as templates. */
export function templatesFrom(build: (app: App) => void): Templates {
  return inFolder((outdir) => {
    const app = new App({ analyticsReporting: false, outdir });
    build(app);
    return new Map(app.synth().stacks.map(({ stackName, template, environment: { account, region } }) => [stackName, { template, account, region }]));
  });
}

/** Gives `act` a folder that is gone afterwards. */
export function inFolder<Result>(act: (outdir: string) => Result): Result {
  const outdir = mkdtempSync(join(tmpdir(), 'commerce-cdk-'));
  try {
    return act(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** A policy document, as IAM would read it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: string | Record<string, unknown>;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export interface Policy {
  /** `trust` says who may take a role on, `identity` what a role may do, `resource` who may use a thing. */
  readonly kind: 'identity' | 'resource' | 'trust';
  /** ARN of the role or of the thing. */
  readonly of: string;
  readonly account: string;
  readonly document: PolicyDocument;
}

/** Every policy of every stack. Statements on one bus are one policy. */
export function policiesOf(templates: Templates): readonly Policy[] {
  const found = [...templates.values()].flatMap((stack) => Object.entries(stack.template.Resources).flatMap(([id, resource]) => policiesIn(id, resource, stack)));
  const joined = new Map<string, Policy>();
  for (const policy of found) {
    const key = `${policy.kind} ${policy.of}`;
    const Statement = [...(joined.get(key)?.document.Statement ?? []), ...policy.document.Statement];
    joined.set(key, { ...policy, document: { Version: '2012-10-17', Statement } });
  }
  return [...joined.values()];
}

type Stack = Templates extends ReadonlyMap<string, infer Value> ? Value : never;

function policiesIn(id: string, { Type, Properties }: Resource, stack: Stack): Policy[] {
  const of = (reference: unknown): string => arnOf(logicalId(reference), stack);
  const policy = (kind: Policy['kind'], owner: string, document: unknown): Policy => ({ kind, of: owner, account: stack.account, document: resolve(document, stack) as PolicyDocument });
  switch (Type) {
    case 'AWS::Events::EventBusPolicy': return [policy('resource', of(Properties['EventBusName']), { Statement: [Properties['Statement']] })];
    case 'AWS::SQS::QueuePolicy': return (Properties['Queues'] as unknown[]).map((queue) => policy('resource', of(queue), Properties['PolicyDocument']));
    case 'AWS::KMS::Key': return [policy('resource', arnOf(id, stack), Properties['KeyPolicy'])];
    case 'AWS::IAM::Role': return [policy('trust', arnOf(id, stack), Properties['AssumeRolePolicyDocument'])];
    case 'AWS::IAM::Policy': return (Properties['Roles'] as unknown[]).map((role) => policy('identity', of(role), Properties['PolicyDocument']));
    case 'AWS::S3::BucketPolicy': return [policy('resource', of(Properties['Bucket']), Properties['PolicyDocument'])];
    case 'AWS::Logs::ResourcePolicy': return [policy('resource', logsOf(stack), JSON.parse(resolve(Properties['PolicyDocument'], stack) as string))];
    default: return [];
  }
}

/** What stands for the logs of an account and region, which have one policy together. */
export function logsOf({ account, region }: Pick<Stack, 'account' | 'region'>): string {
  return `arn:aws:logs:${region}:${account}:*`;
}

function logicalId(reference: unknown): string {
  const { Ref: ref, 'Fn::GetAtt': [id] = [] } = reference as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return ref ?? id ?? String(reference);
}

function arnOf(id: string, { template, account, region }: Stack): string {
  const { Type, Properties = {} } = template.Resources[id] ?? { Type: 'none' };
  switch (Type) {
    case 'AWS::Events::EventBus': return `arn:aws:events:${region}:${account}:event-bus/${Properties['Name']}`;
    case 'AWS::SQS::Queue': return `arn:aws:sqs:${region}:${account}:${Properties['QueueName']}`;
    case 'AWS::KMS::Key': return `arn:aws:kms:${region}:${account}:key/${id}`;
    case 'AWS::IAM::Role': return `arn:aws:iam::${account}:role/${Properties['RoleName'] ?? id}`;
    case 'AWS::Logs::LogGroup': return `arn:aws:logs:${region}:${account}:log-group:${Properties['LogGroupName'] ?? id}`;
    case 'AWS::S3::Bucket': return `arn:aws:s3:::${account}-${id.toLowerCase()}`;
    default: return `arn:aws:unknown:${region}:${account}:${id}`;
  }
}

/** What CloudFormation makes of `Ref`, `Fn::GetAtt` (always the ARN) and `Fn::Join`. */
export function resolve(value: unknown, stack: Stack): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, stack));
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, any>;
  if ('Fn::GetAtt' in members) return arnOf(members['Fn::GetAtt'][0], stack);
  if ('Fn::Join' in members) return (resolve(members['Fn::Join'][1], stack) as string[]).join(members['Fn::Join'][0]);
  if (typeof members['Ref'] === 'string') return referred(members['Ref'], stack);
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, resolve(member, stack)]));
}

function referred(name: string, stack: Stack): string {
  const pseudo: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': stack.region, 'AWS::AccountId': stack.account, 'AWS::URLSuffix': 'amazonaws.com' };
  return pseudo[name] ?? arnOf(name, stack);
}
