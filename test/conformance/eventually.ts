/** Waiting for something that another process does. */
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 40;

/** What `look` finds, or undefined when it has found nothing within the time. Throws when it is aborted. */
export async function within<T>(limitMs: number, signal: AbortSignal, look: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) return undefined;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}
