/**
 * `numeric`: `["=", 5]`, `[">", 0, "<=", 10]` and their parts, over JSON numbers alone: a numeric string never matches.
 * Numbers are IEEE doubles; one that overflows to infinity is not comparable and matches no range.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import type { JsonText } from './json-text.ts';
import type { LeafTest } from './values.ts';

const TOO_MANY = 'Too many elements in numeric expression';

/** The test of a `numeric` operand. */
export function numericRange(operand: JsonText): LeafTest {
  if (operand.kind !== 'array') throw new InvalidEventPattern('Value of numeric must be an array.');
  const [operator, value, ...rest] = operand.items;
  if (operator?.kind !== 'string') throw new InvalidEventPattern(`Invalid member in numeric match: ${spelling(operator)}`);
  const sign = operator.value;
  switch (sign) {
    case '=': {
      const wanted = numberOf(value, 'equals');
      return alone(rest, (leaf) => leaf === wanted);
    }
    case '<':
    case '<=': {
      const top = upTo(sign, numberOf(value, sign));
      return alone(rest, top);
    }
    case '>':
    case '>=': {
      const bottom = numberOf(value, sign);
      const above = from(sign, bottom);
      return rest.length === 0 ? finite(above) : between(bottom, above, rest);
    }
    default:
      throw new InvalidEventPattern(`Unrecognized numeric range operator: ${sign}`);
  }
}

type NumberTest = (leaf: number) => boolean;

function between(bottom: number, above: NumberTest, rest: readonly JsonText[]): LeafTest {
  const [operator, value, ...more] = rest;
  if (operator?.kind !== 'string') throw new InvalidEventPattern(`Bad value in numeric range: ${spelling(operator)}`);
  const sign = operator.value;
  if (sign !== '<' && sign !== '<=') throw new InvalidEventPattern(`Bad numeric range operator: ${sign}`);
  const top = numberOf(value, sign);
  if (more.length > 0) throw new InvalidEventPattern('Too many terms in numeric range expression');
  if (bottom >= top) throw new InvalidEventPattern('Bottom must be less than top');
  const below = upTo(sign, top);
  return finite((leaf) => above(leaf) && below(leaf));
}

function from(sign: '>' | '>=', bottom: number): NumberTest {
  return sign === '>' ? (leaf) => leaf > bottom : (leaf) => leaf >= bottom;
}

function upTo(sign: '<' | '<=', top: number): NumberTest {
  return sign === '<' ? (leaf) => leaf < top : (leaf) => leaf <= top;
}

function alone(rest: readonly JsonText[], test: NumberTest): LeafTest {
  if (rest.length > 0) throw new InvalidEventPattern(TOO_MANY);
  return finite(test);
}

function finite(test: NumberTest): LeafTest {
  return (leaf) => typeof leaf === 'number' && Number.isFinite(leaf) && test(leaf);
}

function numberOf(value: JsonText | undefined, sign: string): number {
  if (value?.kind !== 'number') throw new InvalidEventPattern(`Value of ${sign} must be numeric`);
  return Number(value.text);
}

/** How EventBridge names the token it met. */
function spelling(token: JsonText | undefined): string {
  switch (token?.kind) {
    case undefined: return ']';
    case 'object': return '{';
    case 'array': return '[';
    case 'string': return token.value;
    case 'number': return token.text;
    case 'literal': return String(token.value);
  }
}
