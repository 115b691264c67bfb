/** Waiting for something that another process does: looks again until it is there, or says what was missing. */
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 25;

/** What `look` finds, once it finds something. Throws after `limitMs`, with what it waited for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined, limitMs = 30_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`After ${limitMs} ms there is still no sign of: ${what}.`);
    await wait(LOOK_INTERVAL_MS);
  }
}
