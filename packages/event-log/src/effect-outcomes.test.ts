/** What an outcome comes to that the state would not take. */
import { expect, test } from '@jest/globals';
import { memoryEngine } from '../test-kit/traces.ts';

test('after an outcome that could not be written the next run is told that the former one may have arrived', async () => {
  const engine = memoryEngine(1);
  await engine.append([{ subject: 'a', n: 1, fails: 0, needs: null, isStale: false, hasTimer: false, calls: [], unsettled: 1 }]);
  expect((await engine.rest('a')).calls).toEqual(['a 1 false true']);
});
