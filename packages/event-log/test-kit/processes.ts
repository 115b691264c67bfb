/**
 * Reader processes of a test: started, killed, stopped for a while, and all ended at its end.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = new URL('./reader-process.ts', import.meta.url).pathname;

export class Processes {
  readonly #children = new Set<ChildProcess>();
  readonly #url: string;
  readonly #settings: object;

  constructor(url: string, settings: { leaseMs?: number; pauseMs?: number; timeBudgetMs?: number; late?: boolean; againMs?: number } = {}) {
    this.#url = url;
    this.#settings = settings;
  }

  /** Starts one and waits until it reads. */
  async start(): Promise<ChildProcess> {
    const child = fork(PROGRAM, [this.#url, JSON.stringify(this.#settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    this.#children.add(child);
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('The reader process ended before it read.');
      }),
    ]);
    return child;
  }

  async kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    this.#children.delete(child);
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.kill(child)));
  }
}
