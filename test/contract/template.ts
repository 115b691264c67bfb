/** What the templates of the CDK app say of buses, rules and queues, by name: nothing of it stands in the contract by hand. */
import { synthesise } from '@commerce/infra/app';
import type { SchemaObject } from './documents.ts';

export interface Queue {
  readonly name: string;
  readonly visibilityTimeoutS: number | undefined;
  readonly retentionS: number | undefined;
  /** Where a message goes that was received too often. */
  readonly redrive: { readonly queue: Queue; readonly maxReceiveCount: number } | undefined;
}

export interface Rule {
  readonly name: string;
  readonly bus: string;
  readonly description: string;
  readonly pattern: SchemaObject;
  readonly queue: Queue;
  /** Where EventBridge puts what it could not deliver. */
  readonly undelivered: Queue | undefined;
  readonly retry: SchemaObject | undefined;
}

export interface Infrastructure {
  /** Names of the buses. */
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
}

type Resource = { readonly Type: string; readonly Properties: Readonly<Record<string, any>> };

export function readInfrastructure(): Infrastructure {
  const stacks = synthesise().map(({ template }) => template['Resources'] as Readonly<Record<string, Resource>>);
  const ofType = (resources: Readonly<Record<string, Resource>>, type: string): Resource['Properties'][] =>
    Object.values(resources).flatMap((resource) => (resource.Type === type ? [resource.Properties] : []));
  return {
    buses: stacks.flatMap((resources) => ofType(resources, 'AWS::Events::EventBus').map(({ Name }) => String(Name))),
    rules: stacks.flatMap((resources) => ofType(resources, 'AWS::Events::Rule').map((rule) => readRule(rule, resources))),
  };
}

function readRule({ Name, EventBusName, Description, EventPattern, Targets }: Resource['Properties'], resources: Readonly<Record<string, Resource>>): Rule {
  const [target, ...others] = Targets as readonly any[];
  if (target === undefined || others.length > 0 || target.InputPath !== undefined || target.InputTransformer !== undefined) {
    throw new Error(`The rule ${Name} must have one target that gets whole events: the contract describes no other.`);
  }
  return {
    name: Name, bus: EventBusName, description: Description, pattern: EventPattern, retry: target.RetryPolicy,
    queue: queueAt(target.Arn, resources),
    undelivered: target.DeadLetterConfig === undefined ? undefined : queueAt(target.DeadLetterConfig.Arn, resources),
  };
}

function queueAt(arn: any, resources: Readonly<Record<string, Resource>>): Queue {
  const [id = ''] = (arn?.['Fn::GetAtt'] ?? []) as readonly string[];
  const properties = resources[id]?.Properties;
  if (properties === undefined) throw new Error(`The template has no queue at ${JSON.stringify(arn)}.`);
  const { QueueName: name, VisibilityTimeout: visibilityTimeoutS, MessageRetentionPeriod: retentionS, RedrivePolicy: redrive } = properties;
  return {
    name, visibilityTimeoutS, retentionS,
    redrive: redrive === undefined ? undefined : { queue: queueAt(redrive.deadLetterTargetArn, resources), maxReceiveCount: redrive.maxReceiveCount },
  };
}
