/**
 * Wildcards: `*` stands for zero or more characters, line ends too; `\*` and `\\` are the only escapes; two stars in a row
 * are refused. A pattern without a star is plain equality, so the empty one matches the empty string alone.
 */
import type { Key } from './key.ts';

/** A wildcard pattern between its stars, and the key of what it matches. */
export interface Wildcard {
  readonly pieces: readonly string[];
  readonly key: Key;
}

/** Reads a wildcard pattern; `refuse` is called with EventBridge's reason. Its test takes time as the text is long, times the stars at worst. */
export function readWildcard(pattern: string, refuse: (reason: string) => never): Wildcard {
  const pieces = split(pattern, refuse);
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return { pieces, key: { kind: 'leaf', leaf: first } };
  const middle = pieces.slice(1, -1);
  const test = (text: string): boolean => {
    const end = text.length - last.length;
    let at = first.length;
    if (at > end || !text.startsWith(first) || !text.endsWith(last)) return false;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
      if (at > end) return false;
    }
    return true;
  };
  const needs = pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest));
  return { pieces, key: { kind: 'test', test, needs } };
}

/** The literal pieces between the stars. Positions in refusals count UTF-8 bytes, the opening quote included. */
function split(pattern: string, refuse: (reason: string) => never): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    const next = pattern[at + 1];
    if (char === '*') {
      if (next === '*') refuse(`Consecutive wildcard characters at pos ${bytesBefore(pattern, at)}`);
      pieces.push(piece);
      piece = '';
    } else if (char === '\\') {
      if (next !== '*' && next !== '\\') refuse(`Invalid escape character at pos ${bytesBefore(pattern, at)}`);
      piece += next ?? '';
      at += 1;
    } else {
      piece += char;
    }
  }
  pieces.push(piece);
  return pieces;
}

function bytesBefore(pattern: string, at: number): number {
  return new TextEncoder().encode(pattern.slice(0, at)).length + 1;
}
