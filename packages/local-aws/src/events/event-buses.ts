/**
 * The buses, their rules and the rules' targets. The template and the API both write here, under the same checks.
 *
 * Promise: the rules and archives of a bus judge an event together, in a time that hardly depends on how many they are.
 * Refused: schedules, and targets that are no SQS queue.
 */
import { compilePattern, compileRules, InvalidEventPattern, type CompiledPattern, type CompiledRules } from '@commerce/events/pattern';
import { busArn, busName, DEFAULT_BUS, ruleArn, type Account } from '../account.ts';
import { AwsError, validationError } from '../aws-error.ts';
import type { Archive } from './archives.ts';
import type { AcceptedEvent } from './envelope.ts';
import type { TargetInput } from './target-input.ts';

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly deadLetterArn: string | undefined;
  readonly maxRetries: number;
  readonly maxAgeSeconds: number;
  /** What is sent in place of the event. */
  readonly input: TargetInput | undefined;
  readonly messageGroupId: string | undefined;
  /** The target as it was given, which is how it is told. */
  readonly form: object;
}

export type RuleState = 'ENABLED' | 'DISABLED';

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly description: string | undefined;
  readonly state: RuleState;
  readonly patternText: string;
  readonly pattern: CompiledPattern;
  readonly targets: Map<string, Target>;
}

export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly createdAtMs: number;
  /** The rules by name, in the order in which they were first put. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** Statements of the resource policy by their id: told to who asks, without effect here. */
  readonly statements: Map<string, unknown>;
  /** Who wants the event. Throws InvalidEvent if its text is no JSON object. */
  matching(event: AcceptedEvent): Matches;
  /** Adds an archive, or takes it in again with another pattern. */
  putArchive(archive: Archive): void;
  removeArchive(archive: Archive): void;
}

/** The enabled rules that want an event, and the archives that keep it. */
export interface Matches {
  readonly rules: readonly Rule[];
  readonly archives: readonly Archive[];
}

interface RuleSpec {
  readonly name: string;
  readonly busName: string;
  readonly description?: string | undefined;
  readonly state?: RuleState | undefined;
  readonly patternText: string;
}

export interface EventBuses {
  create(name: string, description?: string): Bus;
  /** Takes the bus away; one that is not there is no fault. Refused for the default bus and for a bus with rules. */
  delete(nameOrArn: string): void;
  /** The bus of that name or ARN, or undefined. */
  find(nameOrArn: string): Bus | undefined;
  /** The same, but an unknown bus is refused. */
  get(nameOrArn: string): Bus;
  list(): readonly Bus[];
  putRule(spec: RuleSpec): Rule;
  getRule(bus: string, name: string): Rule;
  setState(rule: Rule, state: RuleState): void;
  /** Refused for a rule with targets; a rule that is not there is no fault. */
  deleteRule(bus: string, name: string): void;
  putTargets(rule: Rule, targets: readonly Target[]): void;
}

const MAX_BUSES = 100;
const MAX_RULES = 300;
const MAX_TARGETS = 5;
const MAX_WILDCARD_RULES = 30;
const MAX_PATTERN_CHARACTERS = 2_048;
const BUS_NAME = /^[/.\-_A-Za-z0-9]{1,256}$/;
const RULE_NAME = /^[.\-_A-Za-z0-9]{1,64}$/;
const TARGET_ID = /^[.\-_A-Za-z0-9]{1,64}$/;
const SQS_ARN = /^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/;

/** A bus whose rules and archives are compiled together when it is first asked after a change. */
class CompiledBus implements Bus {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly createdAtMs: number;
  readonly statements = new Map<string, unknown>();
  readonly rules = new Map<string, Rule>();
  readonly #archives = new Set<Archive>();
  #judges: readonly (Rule | Archive)[] = [];
  #compiled: CompiledRules | undefined;

  constructor(name: string, arn: string, description: string | undefined, createdAtMs: number) {
    this.name = name;
    this.arn = arn;
    this.description = description;
    this.createdAtMs = createdAtMs;
  }

  put(rule: Rule): void {
    this.rules.set(rule.name, rule);
    this.#compiled = undefined;
  }

  remove(name: string): void {
    this.rules.delete(name);
    this.#compiled = undefined;
  }

  putArchive(archive: Archive): void {
    this.#archives.add(archive);
    this.#compiled = undefined;
  }

  removeArchive(archive: Archive): void {
    this.#archives.delete(archive);
    this.#compiled = undefined;
  }

  /** What is replayed is not archived again. */
  matching({ text, head, onlyRules }: AcceptedEvent): Matches {
    const rules: Rule[] = [];
    const archives: Archive[] = [];
    for (const index of this.#compile().matchText(text)) {
      const judge = this.#judges[index] as Rule | Archive;
      if (!('targets' in judge)) archives.push(judge);
      else if (onlyRules === undefined || onlyRules.has(judge.arn)) rules.push(judge);
    }
    return { rules, archives: head['replay-name'] === undefined ? archives : [] };
  }

  #compile(): CompiledRules {
    if (this.#compiled !== undefined) return this.#compiled;
    const enabled = [...this.rules.values()].filter(({ state }) => state === 'ENABLED');
    this.#judges = [...enabled, ...this.#archives];
    this.#compiled = compileRules(this.#judges.map(({ pattern }) => pattern));
    return this.#compiled;
  }
}

export function createEventBuses(account: Account, nowMs: () => number): EventBuses {
  const buses = new Map<string, CompiledBus>();

  function create(name: string, description?: string): Bus {
    if (!BUS_NAME.test(name)) throw validationError(`Parameter Name is not valid. Reason: ${name} is no name of an event bus.`);
    if (buses.has(name)) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    if (buses.size >= MAX_BUSES) throw tooMany();
    const bus = new CompiledBus(name, busArn(account, name), description, nowMs());
    buses.set(name, bus);
    return bus;
  }

  function remove(nameOrArn: string): void {
    const name = keyOf(nameOrArn);
    if (name === DEFAULT_BUS) throw validationError(`Cannot delete event bus ${DEFAULT_BUS}.`);
    if ((buses.get(name)?.rules.size ?? 0) > 0) throw validationError(`Cannot delete event bus ${name}: it still has rules.`);
    buses.delete(name);
  }

  /** The name of a bus of this account and region; the ARN of any other stays one, and is found nowhere. */
  function keyOf(nameOrArn: string): string {
    const name = busName(nameOrArn);
    return nameOrArn === busArn(account, name) ? name : nameOrArn;
  }

  const find = (nameOrArn: string): CompiledBus | undefined => buses.get(keyOf(nameOrArn));

  function get(nameOrArn: string): CompiledBus {
    const bus = find(nameOrArn);
    if (bus === undefined) throw new AwsError('ResourceNotFoundException', `Event bus ${busName(nameOrArn)} does not exist.`);
    return bus;
  }

  function putRule(spec: RuleSpec): Rule {
    const bus = get(spec.busName);
    if (spec.patternText.length > MAX_PATTERN_CHARACTERS) throw validationError(`Parameter EventPattern for rule ${spec.name} exceeds limit of ${MAX_PATTERN_CHARACTERS}.`);
    const known = bus.rules.get(spec.name);
    if (!RULE_NAME.test(spec.name)) throw validationError(`Parameter Name is not valid. Reason: ${spec.name} is no name of a rule.`);
    if (known === undefined && bus.rules.size >= MAX_RULES) throw tooMany();
    const pattern = compile(spec.patternText);
    const others = [...bus.rules.values()].filter((rule) => rule !== known && hasWildcard(rule.pattern));
    if (hasWildcard(pattern) && others.length >= MAX_WILDCARD_RULES) throw tooMany();
    const rule: Rule = {
      name: spec.name,
      arn: ruleArn(account, bus.name, spec.name),
      busName: bus.name,
      description: spec.description,
      state: spec.state ?? 'ENABLED',
      patternText: spec.patternText,
      pattern,
      targets: known?.targets ?? new Map(),
    };
    bus.put(rule);
    return rule;
  }

  function getRule(bus: string, name: string): Rule {
    const rule = get(bus).rules.get(name);
    if (rule === undefined) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${busName(bus)}.`);
    return rule;
  }

  function deleteRule(bus: string, name: string): void {
    const owner = get(bus);
    if ((owner.rules.get(name)?.targets.size ?? 0) > 0) throw validationError("Rule can't be deleted since it has targets.");
    owner.remove(name);
  }

  create(DEFAULT_BUS);
  return {
    create, delete: remove, find, get, list: () => [...buses.values()], putRule, getRule, deleteRule, putTargets,
    setState: (rule, state) => get(rule.busName).put({ ...rule, state }),
  };
}

function hasWildcard({ branches }: CompiledPattern): boolean {
  return branches.some((branch) => [...branch.values()].some(({ wildcards }) => wildcards.length > 0));
}

function putTargets(rule: Rule, targets: readonly Target[]): void {
  for (const target of targets) checkTarget(target);
  const after = new Set([...rule.targets.keys(), ...targets.map(({ id }) => id)]);
  if (after.size > MAX_TARGETS) throw tooMany();
  for (const target of targets) rule.targets.set(target.id, target);
}

function checkTarget({ id, arn, deadLetterArn, messageGroupId }: Target): void {
  if (!TARGET_ID.test(id)) throw validationError(`Parameter Id is not valid. Reason: ${id} is no id of a target.`);
  for (const queue of [arn, deadLetterArn]) {
    if (queue !== undefined && !SQS_ARN.test(queue)) throw validationError(`${queue} is no SQS queue: the local bus has no other targets.`);
  }
  if (arn.endsWith('.fifo') && messageGroupId === undefined) throw validationError(`Parameter(s) SqsParameters must be specified for target: ${id}.`);
  if (deadLetterArn?.endsWith('.fifo') === true) throw validationError('SQS FIFO is not supported by Dead Letter Queues.');
}

/** Compiles a pattern, with the error that EventBridge answers. */
export function compile(patternText: string): CompiledPattern {
  try {
    return compilePattern(patternText);
  } catch (error) {
    if (error instanceof InvalidEventPattern) throw new AwsError('InvalidEventPatternException', error.message);
    throw error;
  }
}

/** The refusal of one thing more than a quota allows. */
export function tooMany(): AwsError {
  return new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}
