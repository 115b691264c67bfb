/** Waits for something that must happen, and says what did not. */
import { setTimeout as delay } from 'node:timers/promises';

export async function until(what: string, check: () => boolean | Promise<boolean>, { limitMs = 120_000, everyMs = 25 } = {}): Promise<void> {
  for (const endMs = performance.now() + limitMs; !(await check()); ) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs} ms.`);
    await delay(everyMs);
  }
}
