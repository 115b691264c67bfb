/**
 * Whether the policy of a queue lets EventBridge send to it for a rule. Judged are the parts of a policy that such a call can
 * meet: effect, principal, action, resource, and conditions on the source's ARN and account, the transport and the calling
 * service. Any other key is missing from the call. Operators for addresses, dates and bytes are not judged: `unjudgedCondition` names
 * them, so that a policy that has one is refused.
 */
type Json = Readonly<Record<string, unknown>>;

interface Request {
  readonly queueArn: string;
  readonly ruleArn: string;
}

const SERVICE = 'events.amazonaws.com';
const ACTION = 'sqs:sendmessage';

type Comparison = (value: string, wanted: string) => boolean;
const POSITIVE: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['StringEquals', (value, wanted) => value === wanted],
  ['StringEqualsIgnoreCase', (value, wanted) => value.toLowerCase() === wanted.toLowerCase()],
  ['StringLike', isLike],
  ['ArnEquals', isLike],
  ['ArnLike', isLike],
  ['Bool', (value, wanted) => value === wanted.toLowerCase()],
  ['NumericEquals', (value, wanted) => Number(value) === Number(wanted)],
  ['NumericLessThan', (value, wanted) => Number(value) < Number(wanted)],
  ['NumericLessThanEquals', (value, wanted) => Number(value) <= Number(wanted)],
  ['NumericGreaterThan', (value, wanted) => Number(value) > Number(wanted)],
  ['NumericGreaterThanEquals', (value, wanted) => Number(value) >= Number(wanted)],
]);
/** Met when none of the values compares. */
const NEGATIVE: ReadonlyMap<string, string> = new Map(
  ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike', 'NumericEquals'].map((name) => [name.replace(/^String|^Arn|^Numeric/, '$&Not'), name]),
);
const PRESENCE = 'Null';

/** True if a statement allows it and none denies it. A policy that cannot be read allows nothing. */
export function letsEventBridgeSend(policyText: string, request: Request): boolean {
  const applying = statementsOf(policyText).filter((statement) => applies(statement, request));
  return applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny');
}

function statementsOf(text: string): readonly Json[] {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: Json | Json[] };
    return Statement === undefined ? [] : [Statement].flat();
  } catch {
    return [];
  }
}

/** The first condition of the policy that is not judged here, by its name; undefined when all are. */
export function unjudgedCondition(policyText: string): string | undefined {
  const operators = statementsOf(policyText).flatMap(({ Condition }) => Object.keys((Condition ?? {}) as Json));
  return operators.find((operator) => {
    const { name } = readOperator(operator);
    return name !== PRESENCE && !POSITIVE.has(NEGATIVE.get(name) ?? name);
  });
}

function applies({ Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition }: Json, request: Request): boolean {
  const isAction = (actions: unknown): boolean => texts(actions).some((action) => isLike(ACTION, action.toLowerCase()));
  const isResource = (resources: unknown): boolean => texts(resources).some((resource) => isLike(request.queueArn, resource));
  return (
    (NotPrincipal === undefined ? isPrincipal(Principal) : !isPrincipal(NotPrincipal)) &&
    (NotAction === undefined ? isAction(Action) : !isAction(NotAction)) &&
    (NotResource === undefined ? isResource(Resource) : !isResource(NotResource)) &&
    meets(Condition, contextOf(request))
  );
}

function isPrincipal(principal: unknown): boolean {
  if (principal === '*') return true;
  const { Service, AWS } = (principal ?? {}) as Json;
  return texts(Service).some((service) => service === SERVICE || service === '*') || texts(AWS).includes('*');
}

function contextOf({ ruleArn }: Request): ReadonlyMap<string, string> {
  return new Map([
    ['aws:sourcearn', ruleArn],
    ['aws:sourceaccount', ruleArn.split(':')[4] ?? ''],
    ['aws:securetransport', 'true'],
    ['aws:principalisawsservice', 'true'],
    ['aws:principalservicename', SERVICE],
  ]);
}

interface Operator {
  readonly name: string;
  /** Met when the key is missing. */
  readonly isIfExists: boolean;
}

function readOperator(operator: string): Operator {
  const name = operator.replace(/IfExists$/, '').replace(/^ForA(?:nyValue|llValues):/, '');
  return { name, isIfExists: operator.endsWith('IfExists') || operator.startsWith('ForAllValues:') };
}

/** A key that is missing meets what it must not be, and nothing else. */
function meets(condition: unknown, context: ReadonlyMap<string, string>): boolean {
  return Object.entries((condition ?? {}) as Readonly<Record<string, Json>>).every(([operator, keys]) => {
    const { name, isIfExists } = readOperator(operator);
    const negated = NEGATIVE.get(name);
    const compare = POSITIVE.get(negated ?? name);
    return Object.entries(keys).every(([key, wanted]) => {
      const value = context.get(key.toLowerCase());
      if (name === PRESENCE) return texts(wanted).some((isMissing) => isMissing.toLowerCase() === String(value === undefined));
      if (compare === undefined) return false;
      if (value === undefined) return isIfExists || negated !== undefined;
      return texts(wanted).some((one) => compare(value, one)) !== (negated !== undefined);
    });
  });
}

function texts(value: unknown): readonly string[] {
  return value === undefined || value === null ? [] : [value].flat().map(String);
}

/** `*` stands for any text, `?` for one character. */
function isLike(value: string, pattern: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
