/**
 * Where in the source something was declared: file and line, for messages that name the place to mend. Best effort: undefined
 * when the engine tells no stack.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Place {
  /** Path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The place that called the function which calls this one with itself. */
export function placeOfCaller(callee: (...given: never[]) => unknown): Place | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const frame = /(?:\(|at )((?:file:\/\/)?\/[^()\n]+):(\d+):\d+\)?/.exec(holder.stack ?? '');
  if (frame?.[1] === undefined) return undefined;
  return { file: frame[1].startsWith('file://') ? fileURLToPath(frame[1]) : frame[1], line: Number(frame[2]) };
}

/** The first line of a file in which a quoted name stands; the first line of the file when it stands nowhere. */
export function placeOfName(file: string, name: string): Place {
  const lines = textOf(file).split('\n');
  const index = lines.findIndex((line) => new RegExp(`(['"\`])${escaped(name)}\\1|^\\s*${escaped(name)}\\s*:`).test(line));
  return { file, line: index + 1 || 1 };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
