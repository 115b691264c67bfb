/**
 * Whether the service takes batches. Asked after an accepted order when the knowledge is old; nobody waits for the answer.
 * Promise: until it is known that batches are taken, and of what size, there are none.
 * Refuses: to ask a service that accepts nothing: the probe of an open circuit must be an order.
 */
import type { Verdict } from './answers.ts';
import type { Clock } from './calls.ts';

export interface BatchLimit {
  /** Items that one batch may hold; null for no batches. */
  maxItems(): number | null;
  /** The service is there: asks it when the knowledge is old, and returns at once. */
  accepted(): void;
  /** A batch was turned down as a whole: no batches until the service was asked again, some seconds later. */
  forget(): void;
}

const KNOWN_FOR_MS = 600_000;
const ASK_AGAIN_AFTER_MS = 5_000;
const MAX_ITEMS = 256;
/** Answers that say no; any other failure says nothing, and what is known stays. */
const SAYS_NO = new Set<number | undefined>([400, 403, 404, 405, 501]);

/** `ask` never rejects. */
export function createBatchLimit(ask: () => Promise<Verdict<number | null>>, clock: Clock): BatchLimit {
  let known: number | null = null;
  let askAtMs = -Infinity;

  async function refresh(): Promise<void> {
    askAtMs = Infinity;
    const verdict = await ask();
    const answer = verdict.ok ? verdict.value : SAYS_NO.has(verdict.error.status) ? null : undefined;
    if (answer !== undefined) known = answer === null ? null : Math.min(answer, MAX_ITEMS);
    askAtMs = clock.monotonicMs() + (answer === undefined ? ASK_AGAIN_AFTER_MS : KNOWN_FOR_MS);
  }

  return {
    maxItems: () => known,
    accepted() {
      if (clock.monotonicMs() >= askAtMs) void refresh();
    },
    forget() {
      known = null;
      askAtMs = clock.monotonicMs() + ASK_AGAIN_AFTER_MS;
    },
  };
}
