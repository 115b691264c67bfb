/**
 * The buses, their rules and the rules' targets. The template and the API both write here, under the same checks.
 * Refused: schedules, targets that are no SQS queue, `InputPath` and `InputTransformer`.
 */
import { compilePattern, InvalidEventPattern, type CompiledPattern } from '@commerce/events/pattern';
import { busArn, busName, DEFAULT_BUS, ruleArn, type Account } from '../account.ts';
import { AwsError, validationError } from '../aws-error.ts';

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly deadLetterArn: string | undefined;
  readonly maxRetries: number;
  readonly maxAgeSeconds: number;
  /** Sent in place of the event. */
  readonly input: string | undefined;
  readonly messageGroupId: string | undefined;
}

type RuleState = 'ENABLED' | 'DISABLED';

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
  readonly rules: Map<string, Rule>;
  /** Statements of the resource policy by their id: told to who asks, without effect here. */
  readonly statements: Map<string, unknown>;
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
  /** The bus of that name or ARN, or undefined. */
  find(nameOrArn: string): Bus | undefined;
  /** The same, but an unknown bus is refused. */
  get(nameOrArn: string): Bus;
  list(): readonly Bus[];
  putRule(spec: RuleSpec): Rule;
  getRule(bus: string, name: string): Rule;
  putTargets(rule: Rule, targets: readonly Target[]): void;
}

const MAX_BUSES = 100;
const MAX_RULES = 300;
const MAX_TARGETS = 5;
const BUS_NAME = /^[/.\-_A-Za-z0-9]{1,256}$/;
const RULE_NAME = /^[.\-_A-Za-z0-9]{1,64}$/;
const TARGET_ID = /^[.\-_A-Za-z0-9]{1,64}$/;
const SQS_ARN = /^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/;

export function createEventBuses(account: Account): EventBuses {
  const buses = new Map<string, Bus>();

  function create(name: string, description?: string): Bus {
    if (!BUS_NAME.test(name)) throw validationError(`Parameter Name is not valid. Reason: ${name} is no name of an event bus.`);
    if (buses.has(name)) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    if (buses.size >= MAX_BUSES) throw tooMany();
    const bus: Bus = { name, arn: busArn(account, name), description, rules: new Map(), statements: new Map() };
    buses.set(name, bus);
    return bus;
  }

  const find = (nameOrArn: string): Bus | undefined => buses.get(busName(nameOrArn));

  function get(nameOrArn: string): Bus {
    const bus = find(nameOrArn);
    if (bus === undefined) throw new AwsError('ResourceNotFoundException', `Event bus ${busName(nameOrArn)} does not exist.`);
    return bus;
  }

  function putRule(spec: RuleSpec): Rule {
    const bus = get(spec.busName);
    const known = bus.rules.get(spec.name);
    if (!RULE_NAME.test(spec.name)) throw validationError(`Parameter Name is not valid. Reason: ${spec.name} is no name of a rule.`);
    if (known === undefined && bus.rules.size >= MAX_RULES) throw tooMany();
    const rule: Rule = {
      name: spec.name,
      arn: ruleArn(account, bus.name, spec.name),
      busName: bus.name,
      description: spec.description,
      state: spec.state ?? 'ENABLED',
      patternText: spec.patternText,
      pattern: compile(spec.patternText),
      targets: known?.targets ?? new Map(),
    };
    bus.rules.set(rule.name, rule);
    return rule;
  }

  function getRule(bus: string, name: string): Rule {
    const rule = get(bus).rules.get(name);
    if (rule === undefined) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${busName(bus)}.`);
    return rule;
  }

  create(DEFAULT_BUS);
  return { create, find, get, list: () => [...buses.values()], putRule, getRule, putTargets };
}

function putTargets(rule: Rule, targets: readonly Target[]): void {
  for (const { id, arn, deadLetterArn } of targets) {
    if (!TARGET_ID.test(id)) throw validationError(`Parameter Id is not valid. Reason: ${id} is no id of a target.`);
    for (const queue of [arn, deadLetterArn]) {
      if (queue !== undefined && !SQS_ARN.test(queue)) throw validationError(`${queue} is no SQS queue: the local bus has no other targets.`);
    }
  }
  const after = new Set([...rule.targets.keys(), ...targets.map(({ id }) => id)]);
  if (after.size > MAX_TARGETS) throw tooMany();
  for (const target of targets) rule.targets.set(target.id, target);
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

function tooMany(): AwsError {
  return new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}
