import { describe, expect, test } from '@jest/globals';
import { pool, eachTestHasItsOwnLog, log, start } from '../test-kit/per-test.ts';
import type { Said } from '../test-kit/start.ts';
import { until } from '../test-kit/start.ts';
import { LATE_MAP, lateExtension } from '../test-kit/tally.ts';
import { readLogFigures } from './log-figures.pg.ts';
import { registerMap } from './readers.ts';
import { watchSuccessors } from './successors.ts';

function watched(): { readonly said: string[]; readonly watch: (atMs: number, abandoned: number) => void } {
  const said: string[] = [];
  let nowMs = 0;
  const say = (level: string) => (data: object, message: string): void => void said.push(`${level} ${message.split(':')[0]} ${JSON.stringify(data)}`);
  const watch = watchSuccessors({ afterMs: 30_000, monotonicMs: () => nowMs, logger: { info: say('info'), warn: say('warn'), error: say('error') } });
  return { said, watch: (atMs, abandoned) => ((nowMs = atMs), watch(abandoned)) };
}

describe('Readers that a newer map has relieved and nobody reads', () => {
  test('are said once when they have been so for the time, and when it ends', () => {
    const { said, watch } = watched();
    for (let atMs = 0; atMs < 30_000; atMs += 3_000) watch(atMs, 4);
    expect(said).toEqual([]);
    for (let atMs = 30_000; atMs < 60_000; atMs += 3_000) watch(atMs, 4);
    expect(said).toEqual(['error readers without successor {"count":4}']);
    watch(60_000, 0);
    watch(63_000, 0);
    expect(said.slice(1)).toEqual(['info the readers of which a newer map had relieved this process are read again {}']);
  });

  test('are not said while versions change, each time anew', () => {
    const { said, watch } = watched();
    for (let round = 0; round < 5; round += 1) for (const [atMs, abandoned] of [[0, 4], [29_000, 4], [29_500, 0]] as const) watch(100_000 * round + atMs, abandoned);
    expect(said).toEqual([]);
  });
});

describe('A rollout that failed', () => {
  eachTestHasItsOwnLog();
  const without = async (): Promise<number> => (await readLogFigures(pool)).readers.reduce((sum, { withoutSuccessor }) => sum + withoutSuccessor, 0);

  test('is said by the process with the former map, and is a figure of the log, until that one is started again', async () => {
    const said: Said[] = [];
    const former = await start(undefined, { said, leaseMs: 3_000, timeBudgetMs: 500 });
    await until(async () => (former.state()[0]?.partitions.length === 4 ? true : undefined), 'all partitions are read');
    expect(await without()).toBe(0);
    // Its process registered, and died before it read.
    await registerMap({ log, extensions: [lateExtension(async () => undefined)], map: LATE_MAP, streams: [] });
    const told = await until(async () => said.find(({ level }) => level === 'error'), 'it is said');
    expect(told).toMatchObject({ message: expect.stringContaining('readers without successor'), data: { count: 4 } });
    expect([await without(), former.healthy()]).toEqual([4, true]);
    const again = await start(undefined, { leaseMs: 3_000, timeBudgetMs: 500 });
    await until(async () => (again.state()[0]?.partitions.length === 4 ? true : undefined), 'all partitions are read again');
    expect(await without()).toBe(0);
    await until(async () => said.find(({ message }) => message.includes('are read again')), 'its end is said');
  }, 60_000);
});
