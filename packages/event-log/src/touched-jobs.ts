/**
 * Jobs in memory whose rows somebody has changed from outside: dead ones that hold others and were redriven or skipped, delayed
 * ones that were pulled in. Looked at when a notice says so and otherwise once a second, in one statement each, and not at all
 * while there is no such job.
 */
import type { Owned } from './cursors.pg.ts';
import type { EffectOutcomes } from './effect-outcomes.ts';
import type { EffectRunner } from './effect-runner.ts';
import { takePulledIn } from './pull-in.pg.ts';
import type { ReaderOptions } from './reader-options.ts';
import { workStates } from './work.pg.ts';

const EVERY_MS = 1_000;

type Given = Pick<ReaderOptions, 'log' | 'mapped' | 'monotonicMs'>;

export class TouchedJobs {
  readonly #o: Given;
  readonly #runner: EffectRunner;
  readonly #outcomes: EffectOutcomes;
  #lookedAtMs = 0;
  #isTold = false;

  constructor(options: Given, parts: { readonly runner: EffectRunner; readonly outcomes: EffectOutcomes }) {
    this.#o = options;
    this.#runner = parts.runner;
    this.#outcomes = parts.outcomes;
  }

  /** Somebody has changed rows: the next look is not put off. */
  tell(): void {
    this.#isTold = true;
  }

  async look(owned: readonly Owned[]): Promise<void> {
    const now = this.#o.monotonicMs();
    const isTold = this.#isTold;
    if (!isTold && now - this.#lookedAtMs < EVERY_MS) return;
    this.#isTold = false;
    this.#lookedAtMs = now;
    // A mark on a job that will run anyway is taken when it is told of, lest it is heeded when it is too late.
    if (this.#runner.delayedCount > 0 || (isTold && this.#runner.size > 0)) await this.#takePulledIn(owned);
    await this.#lookAtDead();
  }

  async #takePulledIn(owned: readonly Owned[]): Promise<void> {
    if (owned.length === 0) return;
    const { log, mapped } = this.#o;
    const keys = await takePulledIn(log.pool, mapped.extension.name, owned, [...this.#runner.runningKeys(), ...this.#outcomes.keys()]);
    if (keys.size > 0) this.#runner.bringForward(keys);
  }

  /** What was redriven runs from its first attempt, under a key that is as old as it is; what is gone frees the next of its subject. */
  async #lookAtDead(): Promise<void> {
    const dead = this.#runner.dead();
    if (dead.length === 0) return;
    const states = await workStates(this.#o.log.pool, dead.map((job) => ({ handler: job.name, eventId: job.event.eventId })));
    for (const [index, job] of dead.entries()) {
      const state = states[index];
      if (state === 'dead') continue;
      if (state === 'ready') {
        job.attempt = 0;
        this.#runner.postpone(job, 0, false);
      } else this.#runner.finish(job);
    }
    this.#runner.pump();
  }
}
