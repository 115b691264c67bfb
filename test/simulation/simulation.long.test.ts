/** Some seeds of both modes. More of them, and every fault: `pnpm sim --seeds 1000`. */
import { expect, test } from '@jest/globals';
import { runSeed } from './run.ts';

test('whatever goes wrong, the rules hold, and when faults end everything comes to its end', async () => {
  for (let seed = 1; seed <= 16; seed += 1) {
    const { broken, mode } = await runSeed(seed, seed % 2 === 0 ? 'safety' : 'liveness');
    expect({ seed, mode, broken }).toEqual({ seed, mode, broken: [] });
  }
}, 60_000);
