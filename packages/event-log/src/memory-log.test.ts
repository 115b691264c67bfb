/** The log in memory and the log on PostgreSQL: the same traces, the same outcome. Many more of them: memory-log.long.test.ts. */
import { expect, test } from '@jest/globals';
import { playTraces } from '../test-kit/trace-run.ts';
import { drawTrace, memoryEngine } from '../test-kit/traces.ts';

test('traces from a seed come to the same in memory and on PostgreSQL, over a death, lost commits and decisions over several subjects', () => playTraces(Array.from({ length: 40 }, (_, index) => index + 1), 20, false), 60_000);

test('in memory the outcome does not hang on the order in which subjects are handled', async () => {
  const play = async (order: number): Promise<unknown> => {
    const engine = memoryEngine(order);
    for (const step of drawTrace(7, 60, true).flat()) if (step.kind === 'own') await engine.append(step.events);
    return engine.rest('t7-');
  };
  expect(await play(1)).toEqual(await play(2));
});
