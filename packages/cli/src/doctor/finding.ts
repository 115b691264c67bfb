/** What the doctor has found, and how it is shown. */
export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly level: Level;
  /** What was looked at: `ready`, `clock`. The same in every run. */
  readonly check: string;
  /** Of what: a service, the issuer, the description of the stack. */
  readonly about: string;
  readonly found: string;
  /** What that means for orders and for people; null where all is well. */
  readonly means: string | null;
  /** The command or the step that mends it; null where all is well. */
  readonly mend: string | null;
}

export function ok(check: string, about: string, found: string): Finding {
  return { level: 'ok', check, about, found, means: null, mend: null };
}

export function warn(check: string, about: string, found: string, means: string, mend: string): Finding {
  return { level: 'warn', check, about, found, means, mend };
}

export function fail(check: string, about: string, found: string, means: string, mend: string): Finding {
  return { level: 'fail', check, about, found, means, mend };
}

/** The worst of them. */
export function verdictOf(findings: readonly Finding[]): Level {
  return (['fail', 'warn'] as const).find((level) => findings.some((one) => one.level === level)) ?? 'ok';
}
