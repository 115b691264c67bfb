/** What the matcher says of a case, and whether that is what the published engine says. */
import { compilePattern, InvalidEventPattern } from '@commerce/events/pattern';
import type { Verdict } from './engine.ts';
import type { Case } from './generate.ts';
import { plainly } from './plain.ts';

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

/** What the engine says; undefined if it broke, or if its three ways to say it differ. */
function engineJudgement({ error, fault, complexity = 0, matches, legacy, separately }: Verdict): Judgement | undefined {
  if (error !== undefined) return error;
  if (fault !== undefined) return undefined;
  if (complexity >= COMPLEXITY_LIMIT) return TOO_COMPLEX;
  return matches === legacy && matches === separately ? matches : undefined;
}

export type Agreement = 'same' | 'same as the plain rule' | 'place of a word' | 'shared wildcards' | 'wording of a broken number' | 'number that this JDK misspells' | 'the engine alone, on what nobody documents' | 'different';

/**
 * Whether ours is right. Where the engine breaks, or says other of a list than of its values one by one (it does of addresses beside other
 * values), or other in its older way, the documented rule decides, said a second time in plain.ts: ours must say the same.
 */
export function agreement(each: Case, ours: Judgement, verdict: Verdict): { readonly kind: Agreement; readonly theirs: Judgement } {
  const theirs = engineJudgement(verdict);
  if (theirs !== undefined) {
    const kind = compare(ours, theirs);
    return { kind: kind === 'different' && verdict.misspelled === true && isSpelling(each, ours, theirs) ? 'number that this JDK misspells' : kind, theirs };
  }
  const plain = plainly(each);
  if (ours === plain) return { kind: 'same as the plain rule', theirs: plain };
  return { kind: isDocumented(each) ? 'different' : 'the engine alone, on what nobody documents', theirs: plain };
}

/** Whether a number can be compared is what they differ in, or ours is right as the documented rule says it. */
function isSpelling(each: Case, ours: Judgement, theirs: Judgement): boolean {
  const isIncomparable = (one: Judgement): boolean => typeof one === 'string' && one.startsWith('Cannot compare number');
  if (isIncomparable(ours) !== isIncomparable(theirs)) return true;
  return typeof ours === 'boolean' && typeof theirs === 'boolean' && ours === plainly(each);
}

/** No rule is published for empty names and empty parts of a path, and none for the case of letters beyond ASCII. */
export function isDocumented({ pattern, event }: Case): boolean {
  return ![pattern, event].some((text) => /"(?:\.[^"]*|[^"]*\.|[^"]*\.\.[^"]*|)"\s*:|[^\x00-\x7f]/.test(text));
}

/**
 * How the two say the same, or differ. Two differences are known: EventBridge was seen to name the place behind a word that is
 * not JSON (the engine of today names its beginning), and what wildcards that several choices of one pattern share add up
 * to depends on how the engine happens to find them again.
 */
function compare(ours: Judgement, theirs: Judgement): Agreement {
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
