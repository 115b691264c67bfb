/**
 * Whether the policy of a queue lets EventBridge send to it for a rule. Judged are the parts of a policy that such a call can
 * meet: effect, principal, action, resource, and conditions on the source's ARN and account, the transport and the calling
 * service. A condition on anything else is never met: it neither allows nor denies.
 */
type Json = Readonly<Record<string, unknown>>;

interface Request {
  readonly queueArn: string;
  readonly ruleArn: string;
}

const SERVICE = 'events.amazonaws.com';
const ACTION = 'sqs:sendmessage';

type Comparison = (value: string, wanted: string) => boolean;
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['StringEquals', (value, wanted) => value === wanted],
  ['StringNotEquals', (value, wanted) => value !== wanted],
  ['StringLike', isLike],
  ['StringNotLike', (value, wanted) => !isLike(value, wanted)],
  ['ArnEquals', isLike],
  ['ArnLike', isLike],
  ['ArnNotEquals', (value, wanted) => !isLike(value, wanted)],
  ['ArnNotLike', (value, wanted) => !isLike(value, wanted)],
  ['Bool', (value, wanted) => value === wanted.toLowerCase()],
]);

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

function applies({ Principal, Action, Resource, Condition }: Json, request: Request): boolean {
  return (
    isPrincipal(Principal) &&
    texts(Action).some((action) => isLike(ACTION, action.toLowerCase())) &&
    texts(Resource).some((resource) => isLike(request.queueArn, resource)) &&
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

function meets(condition: unknown, context: ReadonlyMap<string, string>): boolean {
  return Object.entries((condition ?? {}) as Readonly<Record<string, Json>>).every(([operator, keys]) => {
    const isIfExists = operator.endsWith('IfExists');
    const compare = COMPARISONS.get(operator.replace(/IfExists$/, '').replace(/^ForA(?:nyValue|llValues):/, ''));
    return Object.entries(keys).every(([key, wanted]) => {
      const value = context.get(key.toLowerCase());
      if (compare === undefined) return false;
      if (value === undefined) return isIfExists;
      const isNegative = operator.includes('Not');
      return isNegative ? texts(wanted).every((one) => compare(value, one)) : texts(wanted).some((one) => compare(value, one));
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
