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

/** The first line of a file in which a name stands quoted or as a key; the first line of the file when it stands nowhere. */
export function placeOfName(file: string, name: string): Place {
  return { file, line: Math.max(0, linesOf(file).findIndex((line) => names(line, name))) + 1 };
}

/** The line of a map on which this handler stands under this signal; that of the signal when the handler is not found there. */
export function placeOfConnection(file: string, signal: string, handler: string): Place {
  const lines = linesOf(file);
  const from = lines.findIndex((line) => isKey(line, signal));
  if (from === -1) return placeOfName(file, handler);
  const index = lines.findIndex((line, at) => at >= from && quotes(line, handler));
  return { file, line: (index === -1 ? from : index) + 1 };
}

function names(line: string, name: string): boolean {
  return quotes(line, name) || isKey(line, name);
}

function quotes(line: string, name: string): boolean {
  return new RegExp(`(['"\`])${escaped(name)}\\1`).test(line);
}

function isKey(line: string, name: string): boolean {
  return new RegExp(`^\\s*(['"\`]?)${escaped(name)}\\1\\s*:`).test(line);
}

function linesOf(file: string): string[] {
  return textOf(file).split('\n');
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
