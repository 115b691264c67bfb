/**
 * Both ends of the wire in one check: the map of Commerce Coordinator against its extensions, and against what the rules of the
 * CDK template bring into the queue that the service reads. `pnpm check` runs it: exit code 1, with every fault in one message.
 */
import { checkLoaded } from '@commerce/commerce-coordinator/catalogue';
import type { Loaded } from '@commerce/commerce-coordinator/catalogue';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import type { EventEntry } from '@commerce/events/catalogue';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { compilePattern } from '@commerce/events/pattern';
import { synthesise } from '@commerce/infra/app';
import { COMMERCE_COORDINATOR, ORDER_FULFILLMENT } from '@commerce/infra/names';
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
  /** A rule without one is a schedule. */
  readonly EventPattern?: Readonly<Record<string, unknown>>;
  /** Without one it stands on the default bus of the account. */
  readonly EventBusName?: unknown;
  readonly State?: string;
  readonly Name?: unknown;
  readonly Targets?: readonly { readonly Arn: unknown; readonly DeadLetterConfig?: { readonly Arn: unknown } }[];
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
  const faults = [...faultsOfRules(template, loaded.map.foreign), ...faultsOfQueues(template)];
  try {
    checkLoaded(loaded, waysIn(template, loaded.map.foreign));
  } catch (error) {
    faults.unshift(error instanceof Error ? error.message : String(error));
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/**
 * What the rules bring into the queue that is read: of the types that either side publishes or a rule names, under the sources of both
 * sides or that a rule or the map names, those whose example for this client the rule lets through. A rule that is disabled, that fills
 * another queue, or that stands on another bus than the one on which the source publishes, brings nothing.
 */
export function waysIn(template: Template, foreign: readonly ForeignSignal[]): Way[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  const queue = nameOf(template.Resources[consumed ?? '']?.Properties['QueueName'], consumed ?? '');
  return consumedRules(template).flatMap(({ id, rule }) => letThrough(rule, foreign).filter(({ source }) => isPublishedOn(source, busOf(template, rule))).map(({ source, type }): Way => ({ source, type, rule: nameOf(rule.Name, id), queue })));
}

/** The rules that fill the queue that is read. */
function consumedRules(template: Template): { readonly id: string; readonly rule: Rule }[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  return rulesOf(template).filter(({ rule }) => rule.State !== 'DISABLED' && (rule.Targets ?? []).some(({ Arn: arn }) => idIn(arn) === consumed));
}

const OWNERS = [COMMERCE_COORDINATOR, ORDER_FULFILLMENT];

/** What the pattern of a rule lets through, on whatever bus it stands. Of a pattern that is none: nothing. */
function letThrough(rule: Rule, foreign: readonly ForeignSignal[]): ForeignSignal[] {
  if (rule.EventPattern === undefined || refusalOf(rule.EventPattern) !== undefined) return [];
  const pattern = compilePattern(rule.EventPattern);
  const sources = new Set([...foreign.map(({ source }) => source), ...OWNERS.flatMap((owner) => owner.sources), ...literals(rule.EventPattern['source'])]);
  const types = new Set([...PUBLISHED_ENTRIES.map(({ type }) => type), ...foreign.map(({ type }) => type), ...literals(rule.EventPattern['detail-type'])]);
  return [...sources].flatMap((source) => [...types].filter((type) => pattern.matches({ source, 'detail-type': type, detail: exampleOf(type, source) })).map((type) => ({ source, type })));
}

/** Why a pattern is none; undefined when it is one. */
function refusalOf(pattern: object): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where a source that neither side has publishes is not known here. */
function isPublishedOn(source: string, bus: string): boolean {
  return (ownerOf(source)?.bus ?? bus) === bus;
}

function ownerOf(source: string): (typeof OWNERS)[number] | undefined {
  return OWNERS.find(({ sources }) => (sources as readonly string[]).includes(source));
}

/** The name of the bus on which a rule stands: it is given as a name, as an ARN, or as a bus of this template. */
function busOf(template: Template, { EventBusName: named }: Rule): string {
  if (named === undefined) return 'default';
  const id = idIn(named);
  const name = id === undefined ? named : template.Resources[id]?.Properties?.['Name'] ?? id;
  const text = typeof name === 'string' ? name : JSON.stringify(name);
  return /event-bus\/([\w./-]+)/.exec(text)?.[1] ?? text;
}

/** A rule into the queue that is read must have a pattern, let something through that somebody sends, and stand where that is published. */
function faultsOfRules(template: Template, foreign: readonly ForeignSignal[]): string[] {
  return consumedRules(template).flatMap(({ id, rule }) => {
    const name = nameOf(rule.Name, id);
    if (rule.EventPattern === undefined) return [`  - The rule ${name} has no EventPattern: a schedule brings no event into the queue that is read, give it a pattern or another target.`];
    const refusal = refusalOf(rule.EventPattern);
    if (refusal !== undefined) return [`  - The EventPattern of the rule ${name} is refused: ${refusal}.`];
    const through = letThrough(rule, foreign);
    if (through.length === 0) return [`  - The rule ${name} lets nothing through that anybody sends: mend its pattern, or take it out.`];
    const bus = busOf(template, rule);
    return [...new Set(through.map(({ source }) => source))].filter((source) => !isPublishedOn(source, bus)).map((source) =>
      `  - The rule ${name} stands on the bus ${bus}, and ${source} publishes on ${ownerOf(source)?.bus ?? ''}: set its EventBusName, or take the source out of its pattern.`);
  });
}

/** An event as it is delivered, of this client. */
function exampleOf(eventType: string, source: string): object {
  const entry = (PUBLISHED_ENTRIES as readonly EventEntry<any>[]).find(({ type }) => type === eventType);
  return { eventType, source, data: { ...entry?.example, clientId: COMMERCE_COORDINATOR.clientId } };
}

/** A queue that a rule fills must be read, and what is read must be filled. Dead letters wait for a person. */
function faultsOfQueues(template: Template): string[] {
  const consumed = idIn(template.Outputs[CONSUMED_OUTPUT]?.Value);
  const targets = rulesOf(template).flatMap(({ rule }) => rule.Targets ?? []);
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
