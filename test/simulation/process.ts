/**
 * A process of the simulation, from its start to its end: what it waits for after its end never comes, and what it was asked then is
 * never answered. Its tables outlive it; who asked it hears that the connection broke.
 */
import type { Crash } from './faults.ts';
import { CRASHES } from './faults.ts';
import type { Kernel } from './kernel.ts';

export class Process {
  readonly name: 'cc' | 'of';
  readonly #kernel: Kernel;
  readonly #onEnd: (() => void)[] = [];
  isAlive = true;

  constructor(kernel: Kernel, name: Process['name']) {
    this.#kernel = kernel;
    this.name = name;
  }

  /** Called once, at its end. */
  onEnd(act: () => void): () => void {
    this.#onEnd.push(act);
    return () => void this.#onEnd.splice(this.#onEnd.indexOf(act), 1);
  }

  end(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#kernel.note(`${this.name} dies`);
    for (const act of this.#onEnd.splice(0)) act();
  }

  /** Waits; never ends for a process that is gone. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> => this.live(this.#kernel.sleep(ms, signal));

  /** Whatever comes of it, it does not come to a process that is gone. */
  live<Result>(promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      promise.then((value) => void (this.isAlive && resolve(value)), (error: unknown) => void (this.isAlive && reject(error as Error)));
    });
  }

  /** The fault points of the production code. */
  readonly faults = {
    hit: (name: string): void | Promise<void> => {
      if (!this.isAlive) return never();
      if (!(name in CRASHES) || !this.#kernel.crashes(name as Crash)) return undefined;
      this.end();
      return never();
    },
  };

  /** True when it dies here. */
  dies(point: Crash): boolean {
    if (!this.#kernel.crashes(point)) return false;
    this.end();
    return true;
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
