/**
 * Sets up what CloudFormation templates describe, and gives their outputs. A resource is made when it is first referred to,
 * so the order in a template does not matter; templates are taken in the order given, and a later one may import what an
 * earlier one exports. Refused, with stack and logical id: kinds and properties that the local AWS does not have, conditions,
 * references to nothing, references in a circle.
 */
import { z } from 'zod';
import { AwsError } from '../aws-error.ts';
import { archive } from './archive.ts';
import { eventBus, eventBusPolicy } from './event-bus.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { queue, queuePolicy } from './queue.ts';
import type { Made, ResourceKind, Surface } from './resource-kind.ts';
import { rule } from './rule.ts';

export interface StackTemplate {
  readonly stackName: string;
  /** A CloudFormation template, parsed. */
  readonly template: Readonly<Record<string, unknown>>;
}

/** Outputs by stack and name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ProvisionContext extends Surface {
  readonly parameters: Readonly<Record<string, string>>;
}

const KINDS: ReadonlyMap<string, ResourceKind> = new Map([
  ['AWS::Events::Archive', archive],
  ['AWS::Events::EventBus', eventBus],
  ['AWS::Events::EventBusPolicy', eventBusPolicy],
  ['AWS::Events::Rule', rule],
  ['AWS::SQS::Queue', queue],
  ['AWS::SQS::QueuePolicy', queuePolicy],
]);

/** Taken without effect: nothing of them shows on a machine without permissions, encryption, metrics and a control plane. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::KMS::Alias', 'AWS::KMS::Key',
  'AWS::Logs::Delivery', 'AWS::Logs::DeliveryDestination', 'AWS::Logs::DeliverySource', 'AWS::Logs::LogGroup', 'AWS::Logs::ResourcePolicy',
]);

const templateForm = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.union([z.string(), z.number()]).optional() })).default({}),
  Resources: z.record(z.string(), z.object({
    Type: z.string(),
    Properties: z.record(z.string(), z.unknown()).default({}),
    DependsOn: z.union([z.string().transform((id) => [id]), z.array(z.string())]).default([]),
    Condition: z.string().optional(),
  })).default({}),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() })).default({}),
});
type Template = z.output<typeof templateForm>;

/** Makes everything in the templates. */
export function provision(templates: readonly StackTemplate[], context: ProvisionContext): Outputs {
  const exported = new Map<string, string>();
  return Object.fromEntries(
    templates.map(({ stackName, template }) => [stackName, provisionStack(stackName, templateForm.parse(template), context, exported)]),
  );
}

function provisionStack(stackName: string, template: Template, context: ProvisionContext, exported: Map<string, string>): Record<string, string> {
  const made = new Map<string, Made>();
  const underWay = new Set<string>();
  const fixed = fixedNames(stackName, template, context);

  function make(logicalId: string): Made {
    const known = made.get(logicalId);
    if (known !== undefined) return known;
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new Error(`${stackName}: there is no resource or parameter ${logicalId}`);
    if (underWay.has(logicalId)) throw new Error(`${stackName}.${logicalId}: resources refer to each other in a circle`);
    underWay.add(logicalId);
    for (const before of resource.DependsOn) make(before);
    const place = `${stackName}.${logicalId}`;
    if (resource.Condition !== undefined) throw new Error(`${place}: the local AWS does not judge conditions`);
    const result = makeOne(resource.Type, resolve(resource.Properties, scope, place), `${stackName}-${logicalId}`, place, context);
    underWay.delete(logicalId);
    made.set(logicalId, result);
    return result;
  }

  const scope: Scope = {
    ref: (name) => fixed.get(name) ?? make(name).ref,
    attribute: (logicalId, attribute) => {
      const value = make(logicalId).attributes[attribute];
      if (value === undefined) throw new Error(`${stackName}.${logicalId}: the local AWS has no attribute ${attribute} of it`);
      return value;
    },
    importValue: (name) => {
      const value = exported.get(name);
      if (value === undefined) throw new Error(`${stackName}: no stack before this one exports ${name}`);
      return value;
    },
  };

  for (const logicalId of Object.keys(template.Resources)) make(logicalId);
  return writeOutputs(stackName, template, scope, exported);
}

function makeOne(type: string, properties: unknown, generatedName: string, place: string, context: ProvisionContext): Made {
  if (WITHOUT_EFFECT.has(type)) return { ref: generatedName, attributes: { Arn: `arn:aws:local:::${generatedName}` } };
  const kind = KINDS.get(type);
  if (kind === undefined) throw new Error(`${place}: the local AWS has no ${type}`);
  try {
    return kind(properties, context, generatedName);
  } catch (error) {
    if (error instanceof z.ZodError) throw new Error(`${place} (${type}): ${z.prettifyError(error)}`, { cause: error });
    if (error instanceof AwsError) throw new Error(`${place} (${type}): ${error.message}`, { cause: error });
    throw error;
  }
}

/** Parameters and pseudo parameters. */
function fixedNames(stackName: string, template: Template, { account, parameters }: ProvisionContext): ReadonlyMap<string, unknown> {
  const given = Object.entries(template.Parameters).map(([name, { Default }]): [string, unknown] => {
    const value = parameters[name] ?? Default;
    if (value === undefined) throw new Error(`${stackName}: the parameter ${name} has neither a value nor a default`);
    return [name, value];
  });
  return new Map<string, unknown>([
    ...given,
    ['AWS::AccountId', account.accountId],
    ['AWS::Region', account.region],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', `arn:aws:cloudformation:${account.region}:${account.accountId}:stack/${stackName}/local`],
    ['AWS::NoValue', NO_VALUE],
  ]);
}

function writeOutputs(stackName: string, template: Template, scope: Scope, exported: Map<string, string>): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, { Value, Export }] of Object.entries(template.Outputs)) {
    const place = `${stackName}.Outputs.${name}`;
    outputs[name] = String(resolve(Value, scope, place));
    if (Export === undefined) continue;
    const exportName = String(resolve(Export.Name, scope, place));
    if (exported.has(exportName)) throw new Error(`${place}: two stacks export ${exportName}`);
    exported.set(exportName, outputs[name]);
  }
  return outputs;
}
