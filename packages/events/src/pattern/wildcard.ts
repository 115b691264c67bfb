/**
 * Wildcards: `*` stands for zero or more characters, line ends too; `\*` and `\\` are the only escapes; two stars in a row
 * are refused. A pattern without a star is plain equality, so the empty one matches the empty string alone.
 */
import { InvalidEventPattern } from './invalid-event-pattern.ts';

/** The test of a wildcard pattern. Takes time in proportion to the text, times the stars at worst. */
export function parseWildcard(pattern: string): (text: string) => boolean {
  const pieces = split(pattern);
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const middle = pieces.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
      if (at > end) return false;
    }
    return true;
  };
}

/** The literal pieces between the stars. Positions in refusals count UTF-8 bytes, the opening quote included. */
function split(pattern: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    const next = pattern[at + 1];
    if (char === '*') {
      if (next === '*') throw new InvalidEventPattern(`Consecutive wildcard characters at pos ${bytesBefore(pattern, at)}`);
      pieces.push(piece);
      piece = '';
    } else if (char === '\\') {
      if (next !== '*' && next !== '\\') throw new InvalidEventPattern(`Invalid escape character at pos ${bytesBefore(pattern, at)}`);
      piece += next;
      at += 1;
    } else {
      piece += char;
    }
  }
  pieces.push(piece);
  return pieces;
}

function bytesBefore(pattern: string, at: number): number {
  return Buffer.byteLength(pattern.slice(0, at)) + 1;
}
