/**
 * What a promise is: a stable id, one sentence, what judging it needs, and how it is judged. Pure.
 * A check returns when the promise is kept and throws `Broken` when it is not; anything else that it throws counts as broken,
 * too: a service that does not answer keeps nothing.
 */

/** One request and what came back, as it was sent. `status` 0: no answer, `answerBody` says why. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answerBody: string;
  readonly tookMs: number;
}

/** What shows that a promise is broken: exchanges, events, or both. */
export interface Evidence {
  readonly exchanges: readonly Exchange[];
  readonly events: readonly unknown[];
}

export class Broken extends Error {
  override readonly name = 'Broken';
  readonly evidence: Partial<Evidence>;
  constructor(sentence: string, evidence: Partial<Evidence> = {}) {
    super(sentence);
    this.evidence = evidence;
  }
}

/** It turns out while judging that it cannot be judged; the message says why. */
export class NotJudged extends Error {
  override readonly name = 'NotJudged';
}

export interface Promised<Bench> {
  /** `area.name`. */
  readonly id: string;
  readonly sentence: string;
  /** What must have been given or be offered; else the promise is skipped with the reason. */
  readonly needs?: readonly string[];
  readonly check: (bench: Bench) => Promise<void>;
}

/** Throws `Broken` unless the condition holds. */
export function must(condition: unknown, sentence: string, evidence: Partial<Evidence> = {}): asserts condition {
  if (!condition) throw new Broken(sentence, evidence);
}

/** The promises whose id is one of `only` or lies in an area of it; all when `only` is left out. */
export function chosen<Bench>(promises: readonly Promised<Bench>[], only: readonly string[] | undefined): readonly Promised<Bench>[] {
  return only === undefined ? promises : promises.filter(({ id }) => only.some((wanted) => fits(id, wanted)));
}

/** True when `wanted` is this id, or the area before its point. */
export function fits(id: string, wanted: string): boolean {
  return id === wanted || id.startsWith(`${wanted}.`);
}
