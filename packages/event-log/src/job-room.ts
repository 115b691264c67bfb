/**
 * The room for jobs in memory: bounded per handler. What comes beyond waits in the table until there is room, and from the
 * first one on that waits there all of that handler and partition wait, so that none overtakes.
 */
import type { EffectRunner } from './effect-runner.ts';
import type { Cursor, StoredEvent } from './event.ts';
import type { Job } from './job.ts';
import { jobsOfRow } from './job.ts';
import type { Owned } from './cursors.pg.ts';
import { inSlots } from './partition-slots.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { WorkRow } from './work.pg.ts';
import { loadWork } from './work.pg.ts';

/** Jobs of one handler in memory. */
const MAX_JOBS = 5_000;
const REFILL = 1_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'monotonicMs'>;

/** Rows of one partition by handler: one more than there is room for, if there are so many. */
export type LoadedJobs = ReadonlyMap<string, readonly WorkRow[]>;

export class JobRoom {
  readonly #o: Given;
  readonly #runner: EffectRunner;
  /** Per partition and handler, where its rows begin that wait in the table. */
  readonly #spilled = new Map<Owned, Map<string, Cursor>>();

  constructor(options: Given, runner: EffectRunner) {
    this.#o = options;
    this.#runner = runner;
  }

  /** The rows of a partition that was just taken over. Changes nothing. */
  async load(one: Owned): Promise<LoadedJobs> {
    const { log, mapped } = this.#o;
    const loaded = new Map<string, WorkRow[]>();
    for (const name of Object.keys(mapped.extension.effects)) {
      loaded.set(name, await loadWork(log, mapped.extension.name, 'w.handler = $2 AND w.slot BETWEEN $3 AND $4', [name, one.slotFrom, one.slotTo], MAX_JOBS + 1));
    }
    return loaded;
  }

  /** Takes what `load` gave into memory, as far as there is room. */
  takeIn(one: Owned, loaded: LoadedJobs): void {
    for (const [name, rows] of loaded) {
      const beyond = rows[MAX_JOBS];
      this.keep(one, rows.slice(0, MAX_JOBS).flatMap((row) => jobsOfRow(this.#o, row, true)));
      if (beyond !== undefined && this.#spilled.get(one)?.has(name) !== true) this.#spill(one, name, beyond.event.cursor);
    }
  }

  /** Takes jobs into memory whose rows are written, as far as there is room. */
  keep(owned: Owned, jobs: readonly Job[]): void {
    const kept: Job[] = [];
    const counts = new Map<string, number>();
    for (const job of jobs) {
      const count = counts.get(job.name) ?? this.#runner.sizeOf(job.name);
      if (count >= MAX_JOBS && this.#spilled.get(owned)?.has(job.name) !== true) this.#spill(owned, job.name, job.event.cursor);
      if (this.#spilled.get(owned)?.has(job.name) === true) continue;
      counts.set(job.name, count + 1);
      kept.push(job);
    }
    this.#runner.add(kept);
  }

  /** True when a dead job holds this subject in this handler. */
  isHeld(name: string, event: StoredEvent): boolean {
    return this.#runner.isHeld(name, event);
  }

  /** Takes what waits in the table into memory, in its order, when half of the room is free. True when there was some. */
  async refill(): Promise<boolean> {
    for (const [owned, names] of this.#spilled) {
      for (const [name, from] of names) {
        if (this.#runner.sizeOf(name) > MAX_JOBS / 2) continue;
        const rows = await loadWork(
          this.#o.log, this.#o.mapped.extension.name, 'w.handler = $2 AND w.slot BETWEEN $3 AND $4 AND (w.epoch, w.txid, w.position) >= ($5, $6::xid8, $7)',
          [name, owned.slotFrom, owned.slotTo, from.epoch, String(from.txid), from.position], REFILL + 1,
        );
        const beyond = rows[REFILL];
        this.#runner.add(rows.slice(0, REFILL).flatMap((row) => jobsOfRow(this.#o, row, false)));
        if (beyond === undefined) names.delete(name);
        else names.set(name, beyond.event.cursor);
        return true;
      }
    }
    return false;
  }

  /** The partition is another process's: its jobs end here. */
  forget(owned: Owned): void {
    this.#spilled.delete(owned);
    this.#runner.forget(inSlots(owned));
  }

  #spill(owned: Owned, name: string, from: Cursor): void {
    const names = this.#spilled.get(owned) ?? new Map<string, Cursor>();
    this.#spilled.set(owned, names.set(name, from));
  }
}
