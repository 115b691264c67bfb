/** For tests: waits until something is there, or says what was missing. */
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_INTERVAL_MS = 20;

/** What `look` finds, once it finds something. Throws with `what` after the limit. */
export async function eventually<Found>(what: string, look: () => Promise<Found | undefined | false>, limitMs = 30_000): Promise<Found> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await wait(LOOK_INTERVAL_MS);
  }
}
