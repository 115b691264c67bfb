/**
 * Partitions taken over and given back. Taken over: what belongs to a partition is loaded before anything of it is handled,
 * and only when nothing runs here any more of an earlier ownership. Given back: only when nothing of it is under way.
 */
import type { CatchUps } from './catch-ups.ts';
import type { Owned } from './cursors.pg.ts';
import type { EffectOutcomes } from './effect-outcomes.ts';
import type { EffectRunner } from './effect-runner.ts';
import type { JobRoom } from './job-room.ts';
import type { ParkedEvents } from './parked-events.ts';
import { inSlots } from './partition-slots.ts';
import { takePulledIn } from './pull-in.pg.ts';
import type { ReaderOptions } from './reader-options.ts';
import { takeOverWork } from './work.pg.ts';

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'ownership'>;

/** What a partition has in memory. */
interface Parts {
  readonly runner: EffectRunner;
  readonly jobs: JobRoom;
  readonly outcomes: EffectOutcomes;
  readonly parked: ParkedEvents;
  readonly catchUps: CatchUps;
}

export class ReaderPartitions {
  readonly #o: Given;
  readonly #parts: Parts;
  /** Partitions that are loaded. */
  readonly #adopted = new Set<Owned>();
  readonly #releasing = new Set<Owned>();

  constructor(options: Given, parts: Parts) {
    this.#o = options;
    this.#parts = parts;
  }

  /** Those that may be worked on. */
  get ready(): readonly Owned[] {
    return this.#owned().filter((one) => this.#adopted.has(one) && !this.#releasing.has(one));
  }

  /** Nothing more of this partition is begun; it is given back as soon as nothing of it is under way. */
  release(owned: Owned): void {
    if (this.#releasing.has(owned)) return;
    this.#releasing.add(owned);
    this.#parts.runner.holdBack(inSlots(owned));
  }

  /** Loads what belongs to new partitions and forgets what belonged to lost ones. */
  async adopt(): Promise<void> {
    const owned = new Set(this.#owned());
    for (const lost of this.#adopted) {
      if (owned.has(lost)) continue;
      this.#forget(lost);
      this.#parts.outcomes.forget(inSlots(lost));
    }
    for (const one of owned) {
      // What still runs of an earlier ownership here must end first: one run per subject at a time.
      if (!this.#adopted.has(one) && !this.#parts.runner.runsIn(inSlots(one))) await this.#load(one);
    }
  }

  async #load(one: Owned): Promise<void> {
    const { parked, jobs, catchUps } = this.#parts;
    const { log, mapped } = this.#o;
    await takeOverWork(log.pool, mapped.extension.name, Object.keys(mapped.extension.handlers), one, one.fence);
    // Whatever is asked for: nothing of it has begun here.
    await takePulledIn(log.pool, mapped.extension.name, [one], []);
    const subjects = await parked.load([one]);
    const loaded = await jobs.load(one);
    const behind = await catchUps.load(one);
    if (!this.#owned().includes(one)) return;
    parked.takeIn(subjects);
    jobs.takeIn(one, loaded);
    catchUps.takeIn(one, behind);
    this.#adopted.add(one);
  }

  /** Gives back what was to be released and is at rest. */
  async giveBack(): Promise<void> {
    for (const owned of this.#releasing) {
      if (this.#parts.runner.runsIn(inSlots(owned)) || this.#parts.outcomes.hasIn(inSlots(owned))) continue;
      this.#forget(owned);
      await this.#o.ownership.release([owned]);
    }
  }

  #forget(owned: Owned): void {
    this.#adopted.delete(owned);
    this.#releasing.delete(owned);
    this.#parts.jobs.forget(owned);
    this.#parts.catchUps.forget(owned);
  }

  #owned(): readonly Owned[] {
    return this.#o.ownership.owned(this.#o.mapped.extension.name);
  }
}
