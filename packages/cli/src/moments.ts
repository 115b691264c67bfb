/** Points in time as an operator writes them. */
import { UsageFault } from './failures.ts';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** An ISO 8601 time with its zone, or a span from now (`30m`, `12h`, `7d`), as ISO 8601 in UTC. Throws UsageFault. */
export function timeOf(text: string, option: string, nowMs: number): string {
  return momentOf(text, `${option} is a time with its zone, such as 2030-01-31T12:00:00Z, or a span from now: 30m, 12h, 7d.`, (spanMs) => nowMs + spanMs);
}

/** The same for what has been: a span is that long ago. */
export function pastTimeOf(text: string, option: string, nowMs: number): string {
  return momentOf(text, `${option} is a time with its zone, such as 2030-01-31T12:00:00Z, or how long ago: 30m, 12h, 7d.`, (spanMs) => nowMs - spanMs);
}

function momentOf(text: string, refusal: string, after: (spanMs: number) => number): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const timeMs = count === undefined ? (ISO.test(text) ? Date.parse(text) : Number.NaN) : after(Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN));
  if (Number.isNaN(timeMs)) throw new UsageFault(refusal);
  return new Date(timeMs).toISOString();
}
