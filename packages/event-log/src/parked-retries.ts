/**
 * Parked events that come again: when they are due, each subject in its order, up to the first dead one.
 */
import type { Blame } from './blame.ts';
import { MAX_SUBJECTS } from './change.pg.ts';
import type { FailureShare } from './failure-share.ts';
import { failing, handlerInput } from './handler-input.ts';
import type { Owned } from './cursors.pg.ts';
import type { ParkedEvents } from './parked-events.ts';
import { ownedSlots } from './partition-slots.ts';
import type { ReaderOptions } from './reader-options.ts';
import { isSystemic } from './transaction.pg.ts';
import type { WorkRow } from './work.pg.ts';
import { dueSubjects, loadWork } from './work.pg.ts';

/** How often it is looked whether one is due. */
export const PARKED_EVERY_MS = 50;
/** How often the subjects are counted anew. */
const RECOUNT_EVERY_MS = 1_000;
const ROWS = 1_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'monotonicMs'>;

export class ParkedRetries {
  readonly #o: Given;
  readonly #parked: ParkedEvents;
  readonly #share: FailureShare;
  readonly #blame: Blame;
  #lookedAtMs = 0;
  #countedAtMs = 0;

  constructor(options: Given, parts: { readonly parked: ParkedEvents; readonly share: FailureShare; readonly blame: Blame }) {
    this.#o = options;
    this.#parked = parts.parked;
    this.#share = parts.share;
    this.#blame = parts.blame;
  }

  /** Tries what is due. True when something was tried. */
  async retry(owned: readonly Owned[]): Promise<boolean> {
    const now = this.#o.monotonicMs();
    if (this.#parked.held.size + this.#parked.waiting.size > 0 && now - this.#countedAtMs >= RECOUNT_EVERY_MS) {
      this.#countedAtMs = now;
      this.#parked.replace(await this.#parked.load(owned));
    }
    // While the extension itself is at fault nothing is charged to its parked events.
    if (this.#parked.held.size === 0 || this.#share.probing || now - this.#lookedAtMs < PARKED_EVERY_MS) return false;
    this.#lookedAtMs = now;
    let busy = false;
    const { log, mapped } = this.#o;
    const due = await dueSubjects(log.pool, mapped.extension.name, Object.keys(mapped.extension.handlers), ownedSlots(owned), MAX_SUBJECTS);
    for (const subject of due) busy = (await this.#retrySubject(subject)) || busy;
    return busy;
  }

  /** The parked rows of a subject in their order, up to the first dead one. */
  async #retrySubject(subject: string): Promise<boolean> {
    const { log, mapped } = this.#o;
    const all = await loadWork(log, mapped.extension.name, "w.state <> 'waiting' AND w.handler = ANY ($2::text[]) AND w.subject = $3", [Object.keys(mapped.extension.handlers), subject], ROWS);
    const firstDead = all.findIndex((row) => row.state === 'dead');
    const rows = firstDead === -1 ? all : all.slice(0, firstDead);
    const first = rows[0];
    if (first === undefined || (first.state === 'ready' && first.dueInMs > 0)) return false;
    const whole = firstDead === -1 && all.length < ROWS;
    const key = first.event.eventId;
    try {
      await this.#decide(rows, whole);
      this.#blame.passed(rows.map((row) => row.event.eventId));
    } catch (error) {
      if (!(await this.#blame.isCharged([key], error))) throw error;
      // A write was refused: the first alone, and it is charged only for its own.
      const own = rows.length === 1 ? error : await this.#faultOf(first);
      if (own === undefined) return true;
      if (isSystemic(own) ? !isSystemic(error) : !(await this.#blame.isCharged([key], own))) throw own;
      await this.#decide([first], whole && rows.length === 1, this.#blame.charge(key, own));
    }
    return true;
  }

  async #faultOf(first: WorkRow): Promise<unknown> {
    try {
      await this.#decide([first], false);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #decide(rows: readonly WorkRow[], frees: boolean, error?: unknown): Promise<void> {
    const inputs = rows.map((row) => {
      const input = handlerInput(this.#o, row.handler, row.event, row.attempt + 1);
      return [error === undefined ? input : failing(input, error), row] as const;
    });
    return this.#parked.decideAgain(new Map(inputs), frees);
  }
}
