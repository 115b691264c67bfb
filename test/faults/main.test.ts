/** What the command refuses before it has started anything. */
import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OUTAGES } from './scenarios/outages.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const DOC = new URL('../../docs/faults.md', import.meta.url);

test.each([['only', ['--only', 'K1']], ['kills', ['--kills']], ['pairs', ['--pairs']], ['random', ['--random', '3']]])('a part of the scenarios is never kept as the last run: --%s', (name, options) => {
  const before = readFileSync(DOC, 'utf8');
  const { status, stderr, stdout } = spawnSync(process.execPath, [MAIN, '--write', ...options], { encoding: 'utf8', timeout: 30_000 });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`--write keeps a whole run only: leave out --${name}`);
  expect(readFileSync(DOC, 'utf8')).toBe(before);
});

test('a whole run is every kill and every outage, each named once', () => {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, '--write', '--list', '--seed', '1'], { encoding: 'utf8', timeout: 30_000 });
  const ids = stdout.trim().split('\n').map((line) => line.split(' ')[0] ?? '');
  expect([status, new Set(ids).size]).toEqual([0, ids.length]);
  expect(ids).toEqual(expect.arrayContaining([...Array.from({ length: 21 }, (_, index) => `K${index + 1}`), ...OUTAGES.map(({ id }) => id)]));
});
