/**
 * Dead jobs that hold others of their subject: looked at once a second, for an operator may have redriven or skipped them.
 */
import type { EffectRunner } from './effect-runner.ts';
import type { ReaderOptions } from './reader-options.ts';
import { workStates } from './work.pg.ts';

const EVERY_MS = 1_000;

type Given = Pick<ReaderOptions, 'log' | 'monotonicMs'>;

export class DeadJobs {
  readonly #o: Given;
  readonly #runner: EffectRunner;
  #lookedAtMs = 0;

  constructor(options: Given, runner: EffectRunner) {
    this.#o = options;
    this.#runner = runner;
  }

  /** What was redriven runs from its first attempt; what is gone frees the next of its subject. */
  async look(): Promise<void> {
    const dead = this.#runner.dead();
    const now = this.#o.monotonicMs();
    if (dead.length === 0 || now - this.#lookedAtMs < EVERY_MS) return;
    this.#lookedAtMs = now;
    const states = await workStates(this.#o.log.pool, dead.map((job) => ({ handler: job.name, eventId: job.event.eventId })));
    for (const [index, job] of dead.entries()) {
      const state = states[index];
      if (state === 'dead') continue;
      if (state === 'ready') {
        job.attempt = 0;
        job.keyExpiresAtMs = Number.POSITIVE_INFINITY;
        this.#runner.postpone(job, 0, false);
      } else this.#runner.finish(job);
    }
    this.#runner.pump();
  }
}
