/** What the matcher says of a case, and whether that is what the published engine says. */
import { compilePattern, InvalidEventPattern } from '@commerce/events/pattern';
import type { Verdict } from './engine.ts';
import type { Case } from './generate.ts';

/** `true`, `false`, or the message of a refusal without its first words. */
export type Judgement = boolean | string;

const OPENING = 'Event pattern is not valid. Reason: ';
const TOO_COMPLEX = 'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';
/** The engine has a number for this; the limit that AWS sets is not published. */
const COMPLEXITY_LIMIT = 10;

/** What the matcher says. */
export function judge({ pattern, event }: Case): Judgement {
  try {
    return compilePattern(pattern).matchesText(event);
  } catch (error) {
    if (error instanceof InvalidEventPattern) return error.message.slice(OPENING.length);
    throw error;
  }
}

/**
 * What the engine says. Where it says other of a list than of its values one by one (it does of addresses beside other values), the
 * latter counts, as the values of a list are alternatives. Undefined if it broke, or if its two ways to match differ.
 */
export function engineJudgement(verdict: Verdict): Judgement | undefined {
  if (verdict.error !== undefined) return verdict.error;
  if (verdict.fault !== undefined) return undefined;
  if ((verdict.complexity ?? 0) >= COMPLEXITY_LIMIT) return TOO_COMPLEX;
  if (verdict.matches !== verdict.separately) return verdict.separately;
  return verdict.matches === verdict.legacy ? verdict.matches : undefined;
}

/**
 * How the two say the same, or differ. Two differences are known: EventBridge was seen to name the place behind a word that is
 * not JSON (the engine of today names its beginning), and what wildcards that several choices of one pattern share add up
 * to depends on how the engine happens to find them again.
 */
export function compare(ours: Judgement, theirs: Judgement): 'same' | 'place of a word' | 'shared wildcards' | 'wording of a broken number' | 'different' {
  if (ours === theirs) return 'same';
  if (typeof ours === 'string' && typeof theirs === 'string') {
    if (withoutPlace(ours) === withoutPlace(theirs) && ours.startsWith('Unrecognized token')) return 'place of a word';
    if (/numeric value|number exponent|end-of-input/.test(theirs) && /numeric value|end-of-input/.test(ours)) return 'wording of a broken number';
    return 'different';
  }
  return ours === TOO_COMPLEX || theirs === TOO_COMPLEX ? 'shared wildcards' : 'different';
}

function withoutPlace(text: string): string {
  return text.replace(/\n at \[Source: [^]*$/, '');
}
