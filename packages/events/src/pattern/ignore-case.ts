/**
 * Comparison without case, as EventBridge does it: each UTF-16 unit of the pattern stands for its lower and its upper case
 * in the event, and for nothing else. So É = é; ß in a pattern is also SS, but SS is not ß; a title-case letter such as ǅ
 * does not even match itself; and a unit of a surrogate pair stands for a question mark, so an emoji never matches.
 */
import type { Key } from './key.ts';

const ASCII = /^[\u0000-\u007f]*$/;

/** The key of the whole text in any case. */
export function wholeIgnoringCase(pattern: string): Key {
  if (ASCII.test(pattern)) return { kind: 'folded', text: pattern.toLowerCase() };
  return matching(`^${unitsOf(pattern)}$`);
}

/** The key of a prefix or suffix in any case. */
export function affixIgnoringCase(kind: 'prefix' | 'suffix', pattern: string): Key {
  if (ASCII.test(pattern)) return { kind, text: pattern.toLowerCase(), folded: true };
  return matching(kind === 'prefix' ? `^${unitsOf(pattern)}` : `${unitsOf(pattern)}$`);
}

/** The text with A to Z in lower case and all else as it is. */
export function foldAscii(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function matching(source: string): Key {
  const expression = new RegExp(source);
  return { kind: 'test', test: (text) => expression.test(text), needs: '' };
}

function unitsOf(pattern: string): string {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const unit = pattern.charAt(at);
    const isSurrogate = unit >= '\ud800' && unit <= '\udfff';
    source += isSurrogate ? '\\?' : `(?:${escaped(unit.toLowerCase())}|${escaped(unit.toUpperCase())})`;
  }
  return source;
}

function escaped(text: string): string {
  return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
