/**
 * Both ends of the wire in one check: the map of Commerce Coordinator against its extensions, and against what the rules of the
 * CDK template let through. `pnpm check` runs it: exit code 1, with every fault in one message.
 */
import { checkLoaded } from '@commerce/commerce-coordinator/catalogue';
import type { Loaded } from '@commerce/commerce-coordinator/catalogue';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import { synthesise } from '@commerce/infra/app';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
}

/** The part of a CloudFormation template that is looked at. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The output whose value the service gets as FULFILLMENT_QUEUE_URL: its consumer reads this queue and no other. */
const CONSUMED_OUTPUT = 'FulfillmentQueueUrl';

/** The template of the stack that Commerce Coordinator owns. */
export function ownTemplate(): Template {
  const found = synthesise().find(({ stackName }) => stackName === 'CommerceCoordinatorStack');
  if (found === undefined) throw new Error('The CDK app has no CommerceCoordinatorStack.');
  return found.template as unknown as Template;
}

/** Throws one error with every fault of the map, of the rules and of the queues. */
export function checkSignals(loaded: Loaded, template: Template): void {
  const faults = faultsOfQueues(template);
  try {
    checkLoaded(loaded, deliveredBy(template));
  } catch (error) {
    faults.unshift(error instanceof Error ? error.message : String(error));
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** What the rules let through. */
function deliveredBy(template: Template): { source: string; type: string }[] {
  return of(template, 'AWS::Events::Rule').flatMap(([, { Properties: { EventPattern: pattern } }]) =>
    pattern.source.flatMap((source: string) => pattern['detail-type'].map((type: string) => ({ source, type }))));
}

/** A queue that a rule fills must be read, and what is read must be filled. Dead letters wait for a person. */
function faultsOfQueues(template: Template): string[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  const rules = of(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) => Properties['Targets'] as { Arn: unknown; DeadLetterConfig?: { Arn: unknown } }[]);
  const filled = new Set(rules.map(({ Arn: arn }) => idIn(arn)));
  const deadLetters = new Set([
    ...rules.map(({ DeadLetterConfig: config }) => idIn(config?.Arn)),
    ...of(template, 'AWS::SQS::Queue').map(([, { Properties }]) => idIn(Properties?.['RedrivePolicy']?.deadLetterTargetArn)),
  ]);
  const unread = of(template, 'AWS::SQS::Queue').map(([id]) => id).filter((id) => id !== consumed && !deadLetters.has(id));
  return [
    ...(consumed === undefined ? [`  - The template has no output ${CONSUMED_OUTPUT}: the consumer does not know its queue.`] : []),
    ...unread.map((id) => `  - The queue ${id} has no consumer: let a consumer of the service read it, or take it out of the stack.`),
    ...(consumed !== undefined && !filled.has(consumed) ? [`  - No rule fills the queue ${consumed}, which the service reads: let a rule deliver to it.`] : []),
  ];
}

function of(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The logical id in `{Ref: id}` or `{'Fn::GetAtt': [id, …]}`. */
function idIn(reference: unknown): string | undefined {
  const { Ref: ref, 'Fn::GetAtt': [id] = [] } = (reference ?? {}) as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return ref ?? id;
}

if (import.meta.main) {
  try {
    checkSignals({ extensions: EXTENSIONS, map: MAP }, ownTemplate());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
