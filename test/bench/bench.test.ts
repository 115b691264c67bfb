import { checkLoaded } from '@commerce/commerce-coordinator/catalogue';
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fallen } from './expected.ts';
import { inRounds } from './harness/rounds.ts';
import type { Contender } from './harness/rounds.ts';
import type { Growth, RowResult } from './harness/row.ts';
import { readRun, RUN_FILE } from './kept-run.ts';
import { plotOf } from './plot.ts';
import { REACH, verdictOf } from './reach.ts';
import { ROWS } from './rows.ts';
import { EXTENSIONS, MAP } from './without-saga/extensions.ts';
import { PAGE, pageWith } from './write-page.ts';

const QUIET = { tries: 1, tell: () => undefined };

/** One that does so many a second, another number in each round. */
function contender(name: string, rates: readonly number[], order: string[]): Contender {
  let round = 0;
  return {
    name, role: 'peer',
    run: (window) => window(async () => {
      order.push(name);
      return { count: rates[round++] ?? 0, tookMs: 1_000, latenciesMs: [3, 1, 2] };
    }),
  };
}

describe('rounds', () => {
  test('each round begins with another contender', async () => {
    const order: string[] = [];
    await inRounds(['a', 'b', 'c'].map((name) => contender(name, [1, 1, 1], order)), { ...QUIET, rounds: 3 });
    expect(order.join('')).toBe('abcbcacab');
  });

  test('a ratio is the median of those within each round, not the ratio of medians', async () => {
    const { ratio, lines } = await inRounds([contender('a', [100, 10, 40], []), contender('b', [50, 1, 40], [])], { ...QUIET, rounds: 3 });
    expect(ratio('a', 'b')).toBe(2);
    expect(lines.map(({ perSecond, p50Ms, rounds }) => [perSecond, p50Ms, rounds])).toEqual([[40, 2, 3], [40, 2, 3]]);
  });

  test('there is no ratio beside one that did not run', async () => {
    expect((await inRounds([contender('a', [1], [])], { ...QUIET, rounds: 1 })).ratio('a', 'pgbench')).toBeUndefined();
  });
});

describe('what is red in a small run', () => {
  const line = { name: 'ours', role: 'ours', count: 100, perSecond: 1, p50Ms: null, p99Ms: null, ownMicros: null, databaseMicros: null, foreignShare: 0, rounds: 1, refused: 0 } as const;
  const result = (value: number, unit: '×' | 'ms' = '×', count = 100): RowResult => ({ name: 'row', title: '', lines: [{ ...line, count }], judged: [{ id: 'row/peer', what: '', unit, value }] });

  test.each([
    ['half is kept', result(5), []],
    ['less than half has fallen', result(4.9), [{ id: 'row/peer', value: 4.9, expected: 10 }]],
    ['times are not judged', result(1, 'ms'), []],
    ['a handful of operations says nothing', result(1, '×', 20), []],
  ])('%s', (_what, given, red) => {
    expect(fallen(given, { 'row/peer': 10 })).toEqual(red);
  });

  test('what was measured while others used the machine is not judged', () => {
    const { lines, ...rest } = result(0.1);
    expect(fallen({ ...rest, lines: lines.map((one) => ({ ...one, refused: 1 })) }, { 'row/peer': 10 })).toEqual([]);
  });

  test('what was never accepted is not judged', () => {
    expect(fallen(result(0.1), {})).toEqual([]);
  });
});

test('a ratio reaches what it must from below, a time from above', () => {
  const [ratio, time] = [{ id: 'a', what: '', must: 2, aim: 4 }, { id: 'b', what: '', must: 12, aim: 6 }];
  const verdict = (reach: typeof ratio, value: number, unit: '×' | 'ms') => verdictOf(reach, { id: reach.id, what: '', value, unit });
  expect([1.9, 2, 4].map((value) => verdict(ratio, value, '×'))).toEqual(['missed', 'must', 'aim']);
  expect([12.1, 12, 6].map((value) => verdict(time, value, 'ms'))).toEqual(['missed', 'must', 'aim']);
  expect(verdictOf(ratio, undefined)).toBe('not measured');
});

test('what must be reached is a figure of a row that there is', () => {
  const names = ROWS.map(({ name }) => name);
  expect(REACH.filter(({ id }) => !names.includes(id.split('/')[0] ?? ''))).toEqual([]);
});

test('the tables of docs/speed.md are those that the command has made of its kept run', async () => {
  const page = readFileSync(PAGE, 'utf8');
  expect(pageWith(page, await readRun(RUN_FILE))).toBe(page);
});

test('the service without stock and money is one that the service would start', () => {
  expect(() => checkLoaded({ extensions: EXTENSIONS, map: MAP })).not.toThrow();
});

describe('a plot', () => {
  const growth: Growth = { id: 'g', what: 'rules <b>', rate: 'events & more', points: [{ size: 1, perSecond: 400, memoryMb: 50 }, { size: 100, perSecond: 200, memoryMb: 60 }] };

  test('has its points where they belong: the axis begins at zero', () => {
    expect(plotOf(growth)).toContain('points="84,74 616,134"');
  });

  test('says in words what it shows, and escapes it', () => {
    expect(plotOf(growth)).toContain('aria-label="rules &lt;b>: at 1 400 events &amp; more, 50 MB; at 100 200 events &amp; more, 60 MB"');
  });
});
