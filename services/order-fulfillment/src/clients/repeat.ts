/** Does something again and again until it is stopped. What goes wrong is told and tried again at the next time. */
import type { Sleep } from '@commerce/service-kit/ports';

export interface RepeatOptions {
  readonly everyMs: number;
  readonly act: () => Promise<unknown>;
  readonly sleep: Sleep;
  readonly onFailure: (error: unknown) => void;
}

/** `stop` resolves when nothing is under way any more. */
export function repeat({ everyMs, act, sleep, onFailure }: RepeatOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    for (;;) {
      await sleep(everyMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await act().catch((error: unknown) => signal.aborted || onFailure(error));
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
