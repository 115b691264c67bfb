/** A value of an event that is neither object nor list, as the matcher compares it. */
export type Leaf = string | number | boolean | null | SpelledNumber;

/** A number that no double spells exactly (2^53 + 1, 1e400, 0.1 with twenty digits): only the same spelling equals it. */
export class SpelledNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const SHORT = /^-?\d{1,15}$/;
const PARTS = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The double that a JSON number spells, or undefined where there is none that says the same: EventBridge compares numbers
 * only if the double's own shortest spelling has the same value. -0 is 0.
 */
export function comparableNumber(spelling: string): number | undefined {
  const number = Number(spelling);
  if (SHORT.test(spelling)) return number === 0 ? 0 : number;
  if (!Number.isFinite(number) || digitsOf(spelling) !== digitsOf(String(number))) return undefined;
  return number === 0 ? 0 : number;
}

/** The number that a spelling means. */
export function numberLeaf(spelling: string): number | SpelledNumber {
  return comparableNumber(spelling) ?? new SpelledNumber(spelling);
}

/** The significant digits and the exponent, the same for all spellings of one value; the sign left out. */
function digitsOf(spelling: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = PARTS.exec(spelling) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${short}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length)}`;
}
