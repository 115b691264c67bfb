/** How many orders this process has made fulfilled, and when it did the last of them. */
import { answer } from '../harness/child.ts';

/** A consumer, as each contender of this row gives it. */
export interface Consumer {
  stop(): Promise<void>;
}

export interface Places {
  readonly databaseUrl: string;
  readonly queueUrl: string;
  /** Another process has made the tables. */
  readonly isFurther?: boolean;
}

export interface Progress {
  readonly done: number;
  /** Unix milliseconds; 0 when there was none. */
  readonly lastAtMs: number;
}

/** `open` prepares all that is not to be measured and gives the way to start; `done` is told of each commit. */
export function consuming(open: (places: Places, done: (count: number) => void) => Promise<() => Promise<Consumer>>): void {
  let progress: Progress = { done: 0, lastAtMs: 0 };
  let start: (() => Promise<Consumer>) | undefined;
  let consumer: Consumer | undefined;
  answer({
    async open(places: Places) {
      start = await open(places, (count) => {
        progress = { done: progress.done + count, lastAtMs: performance.timeOrigin + performance.now() };
      });
    },
    async start() {
      consumer = await start?.();
    },
    progress: () => progress,
    stop: () => consumer?.stop(),
  });
}
