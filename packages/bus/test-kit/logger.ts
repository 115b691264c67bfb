/** Keeps what was logged, for tests that look at it. */
import type { BusLogger } from '../src/client.aws.ts';

export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function keepLines(): BusLogger & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const keep = (level: Line['level']) => (fields: object, message: string): void => void lines.push({ level, fields: { ...fields }, message });
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') };
}
