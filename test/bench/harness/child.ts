/**
 * A process of its own that is asked over its channel: each contender runs in one, so that its CPU is nobody else's and no contender
 * profits from code that another one has made hot. It ends when whoever started it has gone.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface Question {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a process answers to, by name. Each takes one argument that JSON can carry. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>;

/** Answers for this process. */
export function answer(methods: Methods): void {
  process.on('message', ({ id, method, argument }: Question) => {
    const run = async (): Promise<Answer> => {
      try {
        const asked = methods[method] as ((argument: unknown) => unknown) | undefined;
        if (asked === undefined) throw new Error(`It does not know ${method}.`);
        return { id, value: await asked(argument) };
      } catch (error) {
        return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    };
    void run().then((answered) => process.send?.(answered));
  });
  process.on('disconnect', () => process.exit());
}

export class Child {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  /** `file`: its program, which calls `answer`. `environment` over that of this process. */
  constructor(file: URL, environment: Readonly<Record<string, string>> = {}) {
    this.#child = fork(file, { env: { ...process.env, ...environment } });
    this.#child.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file.pathname} ended with code ${code} before it answered.`));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  ask<Value = undefined>(method: string, argument: unknown = null): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const id = (this.#last += 1);
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject });
      this.#child.send({ id, method, argument });
    });
  }

  /** Resolves when the process has gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(late);
  }
}
