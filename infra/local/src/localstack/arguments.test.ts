import { expect, test } from '@jest/globals';
import { readArguments } from './arguments.ts';

test('without a word the suite runs on the LocalStack that is there', () => {
  expect(readArguments([])).toEqual({ mode: 'suite', host: false, jest: [] });
});

test('what stands behind -- is for jest, also when pnpm has put a -- before all', () => {
  expect(readArguments(['--host', '--', '--json', '-t', 'archives'])).toEqual({ mode: 'suite', host: true, jest: ['--json', '-t', 'archives'] });
  expect(readArguments(['--', '--host', '--', '--json'])).toEqual({ mode: 'suite', host: true, jest: ['--json'] });
});

test('it deploys only, or stays, and neither has options for jest', () => {
  expect(readArguments(['--deploy-only'])?.mode).toBe('deploy-only');
  expect(readArguments(['--stay', '--host'])).toMatchObject({ mode: 'stay', host: true });
  expect(() => readArguments(['--stay', '--deploy-only'])).toThrow('exclude each other');
  expect(() => readArguments(['--stay', '--', '--json'])).toThrow('for the suite alone');
  expect(() => readArguments(['--docker'])).toThrow('--docker');
  expect(readArguments(['--help', '--host'])).toBeUndefined();
});
