/**
 * What a queue says of its subscription: its own ARN, where its messages go that are not taken, and for which rule EventBridge may
 * fill it. That one stands in the queue's policy, so that nobody has to name the rule a second time. Pure.
 */

/** The attributes of the queue that are read. */
export const SUBSCRIPTION_ATTRIBUTES = ['QueueArn', 'Policy', 'RedrivePolicy'] as const;

export interface Subscription {
  readonly queueArn: string | undefined;
  /** Rules for which the policy lets EventBridge send. None: it lets EventBridge send for no rule, or names none. */
  readonly ruleArns: readonly string[];
  /** False when no statement of the policy lets EventBridge send at all. */
  readonly takesEvents: boolean;
  readonly deadLetterArn: string | undefined;
}

/** A rule by its ARN. It has region and account of its bus, also when another account made it. */
export interface RulePlace {
  readonly ruleArn: string;
  readonly rule: string;
  readonly busArn: string;
  readonly bus: string;
  /** Beginning of every other ARN there: `arn:aws:events:eu-central-1:111111111111:`. */
  readonly prefix: string;
}

export function subscriptionOf(attributes: Readonly<Record<string, string | undefined>>): Subscription {
  const allowed = statementsOf(attributes['Policy']).filter(letsEventBridgeSend);
  const deadLetterArn = json(attributes['RedrivePolicy'])['deadLetterTargetArn'];
  return {
    queueArn: attributes['QueueArn'], takesEvents: allowed.length > 0,
    ruleArns: [...new Set(allowed.flatMap(sourcesOf))].filter((arn) => rulePlaceOf(arn) !== undefined),
    deadLetterArn: typeof deadLetterArn === 'string' ? deadLetterArn : undefined,
  };
}

/** Undefined for what is no rule of a named bus, such as one with `*` in its name. */
export function rulePlaceOf(ruleArn: string): RulePlace | undefined {
  const [, prefix, bus, rule] = /^(arn:[^:]+:events:[^:]+:\d{12}:)rule\/([^/*?]+)\/([^/*?]+)$/.exec(ruleArn) ?? [];
  return prefix === undefined || bus === undefined || rule === undefined ? undefined : { ruleArn, rule, bus, busArn: `${prefix}event-bus/${bus}`, prefix };
}

/** The last part of an ARN of SQS. */
export function queueNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

type Json = Readonly<Record<string, unknown>>;

function statementsOf(policy: string | undefined): Json[] {
  return [json(policy)['Statement'] ?? []].flat() as Json[];
}

function letsEventBridgeSend({ Effect, Principal, Action }: Json): boolean {
  const { Service } = (typeof Principal === 'object' ? Principal ?? {} : {}) as Json;
  const isForEventBridge = Principal === '*' || texts(Service).includes('events.amazonaws.com');
  return Effect === 'Allow' && isForEventBridge && texts(Action).some((action) => /^(\*|sqs:(\*|sendmessage|send\*))$/i.test(action));
}

/** What `aws:SourceArn` may be, whatever the operator that compares it. */
function sourcesOf({ Condition }: Json): string[] {
  return Object.values((Condition ?? {}) as Readonly<Record<string, Json>>)
    .flatMap((tests) => Object.entries(tests).filter(([key]) => key.toLowerCase() === 'aws:sourcearn').flatMap(([, value]) => texts(value)));
}

function texts(value: unknown): string[] {
  return value === undefined || value === null ? [] : [value].flat().map(String);
}

function json(text: string | undefined): Json {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
