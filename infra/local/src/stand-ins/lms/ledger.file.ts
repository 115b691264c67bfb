// What the LMS stand-in remembers: grants, endings, and which callbacks need no repeat. Everything is held in memory too: a stand-in's size.
import { LedgerLines } from '../ledger-lines.file.ts';
import type { Grant } from './enrolment.ts';

type Line = { readonly grant: Grant } | { readonly delivered: string } | { readonly unenrolled: string; readonly atMs: number };

/** A grant in memory; `durable` settles when its line is on disk. */
export type LedgerEntry = { readonly grant: Grant; readonly durable: Promise<void> };

/** That nothing is in effect under a reference any more, nor ever will be; `durable` settles when its line is on disk. */
export type Ending = { readonly atMs: number; readonly durable: Promise<void> };

/** One row per (order, line, quantity); `effects` counts the distinct references that took effect, `unenrolments` those of them that were ended. */
export type Effect = { orderId: string; lineId: string; quantity: number; effects: number; unenrolments: number; references: string[] };

export class Ledger {
  readonly #byReference = new Map<string, LedgerEntry>();
  /** All grants of a learner in a course, in their order. */
  readonly #byLearner = new Map<string, LedgerEntry[]>();
  readonly #endings = new Map<string, Ending>();
  readonly #delivered = new Set<string>();
  readonly #lines: LedgerLines<Line>;

  private constructor(lines: LedgerLines<Line>) {
    this.#lines = lines;
  }

  /** Opens or makes the file and reads it back. */
  static async open(path: string): Promise<Ledger> {
    const { lines, before } = await LedgerLines.open<Line>(path);
    const ledger = new Ledger(lines);
    for (const line of before) {
      if ('grant' in line) ledger.#remember({ grant: line.grant, durable: Promise.resolve() });
      else if ('unenrolled' in line) ledger.#endings.set(line.unenrolled, { atMs: line.atMs, durable: Promise.resolve() });
      else ledger.#delivered.add(line.delivered);
    }
    return ledger;
  }

  byReference(reference: string): LedgerEntry | undefined {
    return this.#byReference.get(reference);
  }

  /** The first grant that keeps this learner in this course; without one the last that did. */
  byLearner(user: string, courseId: string): LedgerEntry | undefined {
    const all = this.#byLearner.get(learnerKey(user, courseId));
    return all?.find(({ grant }) => !this.#endings.has(grant.reference)) ?? all?.at(-1);
  }

  /** What was ended under this reference, though nothing may ever have begun. */
  endingOf(reference: string): Ending | undefined {
    return this.#endings.get(reference);
  }

  /** Ends what is in effect under a reference, and whatever may still be asked for under it. A second time it changes nothing. */
  end(reference: string, atMs: number): Ending {
    const known = this.#endings.get(reference);
    if (known !== undefined) return known;
    const ending = { atMs, durable: this.#lines.append({ unenrolled: reference, atMs }) };
    this.#endings.set(reference, ending);
    return ending;
  }

  /** True when an enrolment was ended before it became active. */
  neverActive({ reference, activeAtMs }: Grant): boolean {
    return (this.#endings.get(reference)?.atMs ?? Number.POSITIVE_INFINITY) < activeAtMs;
  }

  /** Adds a grant under a reference that is new; a known one is a bug of the caller. */
  add(grant: Grant): LedgerEntry {
    if (this.#byReference.has(grant.reference)) throw new Error('the reference is already in the ledger');
    const entry = { grant, durable: this.#lines.append({ grant }) };
    this.#remember(entry);
    return entry;
  }

  /** Notes that a callback needs no repeat after a restart. */
  async markDelivered(reference: string): Promise<void> {
    this.#delivered.add(reference);
    await this.#lines.append({ delivered: reference });
  }

  /** Grants whose callback has neither been acknowledged nor given up. */
  undelivered(): Grant[] {
    return [...this.#byReference.values()].map((entry) => entry.grant).filter((grant) => grant.callbackUrl !== null && !this.#delivered.has(grant.reference));
  }

  /** The effects per (order, line, quantity), of one order or of all. */
  effects(orderId?: string): Effect[] {
    const rows = new Map<string, Effect>();
    for (const { grant } of this.#byReference.values()) {
      if (orderId !== undefined && grant.orderId !== orderId) continue;
      const key = JSON.stringify([grant.orderId, grant.lineId, grant.quantity]);
      const row = rows.get(key) ?? { orderId: grant.orderId, lineId: grant.lineId, quantity: grant.quantity, effects: 0, unenrolments: 0, references: [] };
      row.effects += 1;
      if (this.#endings.has(grant.reference)) row.unenrolments += 1;
      row.references.push(grant.reference);
      rows.set(key, row);
    }
    return [...rows.values()];
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await this.#lines.close();
  }

  #remember(entry: LedgerEntry): void {
    const key = learnerKey(entry.grant.user, entry.grant.courseId);
    this.#byReference.set(entry.grant.reference, entry);
    this.#byLearner.set(key, [...(this.#byLearner.get(key) ?? []), entry]);
  }
}

function learnerKey(user: string, courseId: string): string {
  return JSON.stringify([user, courseId]);
}
