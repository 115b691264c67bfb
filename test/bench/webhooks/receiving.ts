/** The receiver's process, as the bench speaks with it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Arrival {
  readonly path: string;
  readonly eventId: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export class Receiving {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Receiving> {
    const child = fork(fileURLToPath(new URL('./receiver.ts', import.meta.url)));
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Receiving(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits for so many since the last `take`. Throws after the time. */
  async until(count: number, limitMs = 120_000): Promise<void> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const { count: so } = await this.#ask<{ count: number }>('count');
      if (so >= count) return;
      if (performance.now() > endMs) throw new Error(`Of ${count} webhooks ${so} came.`);
      await delay(10);
    }
  }

  /** What came since the last time. */
  async take(): Promise<Arrival[]> {
    const { got } = await this.#ask<{ got: [string, string, number][] }>('take');
    return got.map(([path, eventId, atMs]) => ({ path, eventId, atMs }));
  }

  stop(): void {
    this.#child.disconnect();
  }

  async #ask<Answer>(question: string): Promise<Answer> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    return (await answer)[0] as Answer;
  }
}
