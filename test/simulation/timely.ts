/**
 * What is due is done in time, while nothing stands in its way: asked at every moment of a run, and not only when it has come to rest. What
 * is due is known by a text, which is another one with every try; one that stands there for longer than it may is told.
 */
import type { MemoryReader } from '@commerce/event-log/memory-reader';
import { shortId } from '@commerce/commerce-coordinator/saga-model/ids';

/** Something that is due now. */
export interface Due {
  readonly what: string;
  /** It may take so much longer than what is done at once. */
  readonly moreMs?: number;
}

/** What is due is done within this time. A transaction that is slow takes most of it. */
export const WITHIN_MS = 60_000;
/** Beyond its budget a run that does not listen is given up. */
export const GRACE_MS = 1_000;

/** Watches one of those who do what is due, such as a process. */
export class Timely {
  readonly #onFault: (text: string) => void;
  #sinceMs = new Map<string, number>();

  constructor(onFault: (text: string) => void) {
    this.#onFault = onFault;
  }

  /** `isFree`: nothing stands in its way, such as its end, or a database that is away. Afterwards it has all of the time once more. */
  look(due: Iterable<Due>, isFree: boolean, nowMs: number): void {
    const sinceMs = new Map<string, number>();
    for (const { what, moreMs = 0 } of isFree ? due : []) {
      const since = this.#sinceMs.get(what) ?? nowMs;
      sinceMs.set(what, since);
      if (nowMs - since > WITHIN_MS + moreMs) this.#onFault(`liveness: ${what} is due for ${Math.round((nowMs - since) / 1_000)} s, and nobody does it`);
    }
    this.#sinceMs = sinceMs;
  }
}

/** What a reader has to do by now, by the clock of its service. */
export function* dueOf(reader: MemoryReader, nowMs: number): Iterable<Due> {
  for (const subject of reader.unread()) {
    const event = reader.nextUnread(subject);
    yield { what: `${event?.type} of ${shortId(subject)} (${event?.eventId}) for ${reader.name}` };
  }
  for (const { subject, dueAtMs } of reader.retries()) if (dueAtMs <= nowMs) yield { what: `${reader.name} with what is parked of ${shortId(subject)} since ${dueAtMs}` };
  for (const { key, dueAtMs } of reader.dueTimers()) if (dueAtMs <= nowMs) yield { what: `the timer ${shortId(key)} of ${reader.name} since ${dueAtMs}` };
  const startable = new Set(reader.startable());
  for (const one of reader.jobs) {
    const { job, run } = one;
    const name = `${job.name} of ${shortId(job.event.subject)} (${job.event.eventId}), attempt ${job.attempt}`;
    if (run?.end !== undefined) yield { what: `the end of ${name}` };
    else if (run !== undefined) yield { what: `an end of ${name}`, moreMs: job.settings.timeBudgetMs + GRACE_MS };
    else if (startable.has(one) && job.dueAtMs <= nowMs) yield { what: `the next attempt of ${name} since ${job.dueAtMs}` };
  }
}
