/**
 * Jobs that somebody has handed in from outside: taken into memory when a notice says so, and otherwise every few seconds.
 */
import type { Owned } from './cursors.pg.ts';
import type { EffectRunner } from './effect-runner.ts';
import { jobsOfRow } from './job.ts';
import type { ReaderOptions } from './reader-options.ts';
import { takeHandedIn } from './replay-work.pg.ts';
import { loadWork } from './work.pg.ts';

const EVERY_MS = 5_000;
/** At once, and jobs of this reader in memory beyond which none are taken. */
const MOST = 500;
const ENOUGH = 5_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'monotonicMs'>;

export class HandedIn {
  readonly #o: Given;
  readonly #runner: EffectRunner;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #isTold = false;

  constructor(options: Given, runner: EffectRunner) {
    this.#o = options;
    this.#runner = runner;
  }

  tell(): void {
    this.#isTold = true;
  }

  /** True when there was something; more may follow. */
  async take(owned: readonly Owned[]): Promise<boolean> {
    const { log, mapped, monotonicMs } = this.#o;
    const now = monotonicMs();
    if ((!this.#isTold && now - this.#lookedAtMs < EVERY_MS) || this.#runner.size > ENOUGH || Object.keys(mapped.extension.effects).length === 0) return false;
    this.#isTold = false;
    this.#lookedAtMs = now;
    const taken = await takeHandedIn(log.pool, mapped.extension.name, owned, MOST);
    if (taken.length === 0) return false;
    const rows = await loadWork(
      log, mapped.extension.name, '(w.handler, w.event_id) IN (SELECT * FROM unnest($2::text[], $3::uuid[]))', [taken.map(({ handler }) => handler), taken.map(({ eventId }) => eventId)], MOST,
    );
    // One whose partition was taken over in between is in memory already.
    this.#runner.add(rows.flatMap((row) => jobsOfRow(this.#o, row, true)).filter((job) => !this.#runner.holds(job)));
    this.#isTold = true;
    return true;
  }
}
