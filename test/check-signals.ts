/**
 * Both ends of the wire in one check: the map of Commerce Coordinator against its extensions, and against what the rules of the
 * CDK template bring into the queue that the service reads. `pnpm check` runs it: exit code 1, with every fault in one message.
 */
import { checkLoaded } from '@commerce/commerce-coordinator/catalogue';
import type { Loaded } from '@commerce/commerce-coordinator/catalogue';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import type { EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
import { compilePattern } from '@commerce/events/pattern';
import { synthesise } from '@commerce/infra/app';
import { COMMERCE_COORDINATOR } from '@commerce/infra/names';
import type { ForeignSignal } from '@commerce/signals/map';
import type { Way } from '@commerce/signals/picture';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
}

/** The part of a CloudFormation template that is looked at. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

interface Rule {
  readonly EventPattern: Readonly<Record<string, unknown>>;
  readonly State?: string;
  readonly Name?: unknown;
  readonly Targets: readonly { readonly Arn: unknown; readonly DeadLetterConfig?: { readonly Arn: unknown } }[];
}

/** The output whose value the service gets as FULFILLMENT_QUEUE_URL: its consumer reads this queue and no other. */
const CONSUMED_OUTPUT = 'FulfillmentQueueUrl';

/** The template of the stack that Commerce Coordinator owns. */
export function ownTemplate(): Template {
  const found = synthesise().find(({ stackName }) => stackName === COMMERCE_COORDINATOR.stack);
  if (found === undefined) throw new Error(`The CDK app has no ${COMMERCE_COORDINATOR.stack}.`);
  return found.template as unknown as Template;
}

/** Throws one error with every fault of the map, of the rules and of the queues. */
export function checkSignals(loaded: Loaded, template: Template): void {
  const faults = faultsOfQueues(template);
  try {
    checkLoaded(loaded, waysIn(template, loaded.map.foreign));
  } catch (error) {
    faults.unshift(error instanceof Error ? error.message : String(error));
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/**
 * What the rules bring into the queue that is read: of the types that the catalogue knows or a rule names, those whose example
 * for this client the rule lets through. A rule that is disabled, or that fills another queue, brings nothing.
 */
export function waysIn(template: Template, foreign: readonly ForeignSignal[]): Way[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  return rulesOf(template).filter(({ rule }) => rule.State !== 'DISABLED' && rule.Targets.some(({ Arn: arn }) => idIn(arn) === consumed)).flatMap(({ id, rule }) => {
    const pattern = compilePattern(rule.EventPattern);
    const sources = new Set([...foreign.map(({ source }) => source), ...literals(rule.EventPattern['source'])]);
    const types = new Set([...ENTRIES.map(({ type }) => type), ...literals(rule.EventPattern['detail-type'])]);
    return [...sources].flatMap((source) => [...types].filter((type) => pattern.matches({ source, 'detail-type': type, detail: exampleOf(type, source) })).map((type): Way => ({
      source, type, rule: nameOf(rule.Name, id), queue: nameOf(template.Resources[consumed ?? '']?.Properties['QueueName'], consumed ?? ''),
    })));
  });
}

/** An event as it is delivered, of this client. */
function exampleOf(eventType: string, source: string): object {
  const entry = (ENTRIES as readonly EventEntry<any>[]).find(({ type }) => type === eventType);
  return { eventType, source, data: { ...entry?.example, clientId: COMMERCE_COORDINATOR.clientId } };
}

/** A queue that a rule fills must be read, and what is read must be filled. Dead letters wait for a person. */
function faultsOfQueues(template: Template): string[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  const targets = rulesOf(template).flatMap(({ rule }) => rule.Targets);
  const filled = new Set(targets.map(({ Arn: arn }) => idIn(arn)));
  const queues = of(template, 'AWS::SQS::Queue');
  const deadLetters = new Set([
    ...targets.map(({ DeadLetterConfig: config }) => idIn(config?.Arn)),
    ...queues.map(([, { Properties }]) => idIn(Properties?.['RedrivePolicy']?.deadLetterTargetArn)),
  ]);
  const unread = queues.map(([id]) => id).filter((id) => id !== consumed && (filled.has(id) || !deadLetters.has(id)));
  return [
    ...(consumed === undefined ? [`  - The template has no output ${CONSUMED_OUTPUT}: the consumer does not know its queue.`] : []),
    ...unread.map((id) => `  - The queue ${id} has no consumer: let a consumer of the service read it, or take it out of the stack.`),
    ...(consumed !== undefined && !filled.has(consumed) ? [`  - No rule fills the queue ${consumed}, which the service reads: let a rule deliver to it.`] : []),
  ];
}

function rulesOf(template: Template): { readonly id: string; readonly rule: Rule }[] {
  return of(template, 'AWS::Events::Rule').map(([id, { Properties }]) => ({ id, rule: Properties as Rule }));
}

function of(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

function literals(alternatives: unknown): string[] {
  return Array.isArray(alternatives) ? alternatives.filter((one) => typeof one === 'string') : [];
}

function nameOf(name: unknown, otherwise: string): string {
  return typeof name === 'string' ? name : otherwise;
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
