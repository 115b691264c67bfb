/** The table of mutants can be applied as it stands, and a run of it says what has happened. The run itself is `pnpm mutants`. */
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { chosen, readArguments, WrongUsage } from './arguments.ts';
import type { JudgeOptions, Result } from './judge.ts';
import { judgeAll } from './judge.ts';
import type { JestReport, Mutant, Verdict } from './mutant.ts';
import { edited, mutated, NotOnce, simulated, verdictFor, verdictOf } from './mutant.ts';
import { line, summary } from './report.ts';
import { commandOf } from './run.ts';
import { MUTANTS } from './table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

describe('The table', () => {
  test('has a name of its own for each of many guards', () => {
    expect(MUTANTS.length).toBeGreaterThan(90);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.filter(({ name }) => !/^[a-z0-9-]{3,34}$/.test(name))).toEqual([]);
  });

  test('names texts that stand once, and what comes of them is TypeScript', () => {
    const faults = MUTANTS.flatMap((mutant) => {
      try {
        for (const text of mutated(mutant, read).values()) stripTypeScriptTypes(text);
        return [];
      } catch (error) {
        return [`${mutant.name}: ${(error as Error).message}`];
      }
    });
    expect(faults).toEqual([]);
  });

  test('names test files that are there, and tests that stand in them', () => {
    const faults = MUTANTS.flatMap(({ name, killers }) => killers.flatMap((killer) => {
      if (killer.tier === 'sim') return [];
      const { file, test: named, suite = file } = killer;
      if (!existsSync(join(ROOT, file)) || !existsSync(join(ROOT, suite))) return [`${name}: ${file}, ${suite}`];
      const isLong = /\.(long|slow)\.test\.ts$/.test(file);
      if (isLong !== (killer.tier === 'long')) return [`${name}: ${file} is not of the tier ${killer.tier}`];
      return named === undefined || read(suite).includes(named.replaceAll("'", "\\'")) || read(suite).includes(named) ? [] : [`${name}: ${suite} has no test "${named}"`];
    }));
    expect(faults).toEqual([]);
  });
});

describe('A mutant', () => {
  const edit = { file: 'a.ts', from: 'b', to: 'x' };

  test('is made of a text that stands exactly once', () => {
    expect(edited('a b c', edit)).toBe('a x c');
    expect(() => edited('a b b', edit)).toThrow(NotOnce);
    expect(() => edited('a c', edit)).toThrow('a.ts has this text 0 times, not once: b');
  });

  test('may change a file in several places, and several files', () => {
    const files: Record<string, string> = { 'a.ts': 'b c', 'd.ts': 'e' };
    expect([...mutated({ edits: [edit, { file: 'a.ts', from: 'c', to: 'y' }, { file: 'd.ts', from: 'e', to: '' }] }, (file) => files[file] ?? '')]).toEqual([['a.ts', 'x y'], ['d.ts', '']]);
  });
});

describe('A run of jest', () => {
  const reported = (...tests: readonly (readonly [status: string, message?: string])[]): JestReport => ({
    numRuntimeErrorTestSuites: 0, testResults: [{ name: '/a.test.ts', message: '', assertionResults: tests.map(([status, message], index) => ({ status, fullName: `test ${index}`, failureMessages: message === undefined ? [] : [message] })) }],
  });

  test.each<[string, JestReport, Verdict]>([
    ['is green when its tests have passed', reported(['passed'], ['passed'], ['pending']), { kind: 'green', tests: 2 }],
    ['is red by the first test that failed', reported(['passed'], ['failed', '\u001b[2mexpect(1)\u001b[22m.toBe(2)\n  at x']), { kind: 'red', by: 'test 1', why: 'expect(1).toBe(2)' }],
    ['says nothing when no test of that name was run', reported(['pending']), { kind: 'broken', why: 'no test was run' }],
    ['says nothing when the code cannot be run', reported(['failed', 'ReferenceError: x is not defined']), { kind: 'broken', why: 'ReferenceError: x is not defined' }],
    ['says nothing when the database cannot read a statement', reported(['failed', 'error: syntax error at or near "AND"']), { kind: 'broken', why: 'error: syntax error at or near "AND"' }],
    ['says nothing when a file cannot be loaded', { numRuntimeErrorTestSuites: 1, testResults: [{ name: '/a.test.ts', message: '● Test suite failed to run', assertionResults: [] }] }, { kind: 'broken', why: '● Test suite failed to run' }],
  ])('%s', (_name, report, verdict) => expect(verdictOf(report)).toEqual(verdict));

  test('over several files says of one of them, and of a test in it, what it has shown of that', () => {
    const two = { ...reported(['passed'], ['failed', 'no']), numRuntimeErrorTestSuites: 1 };
    expect(verdictFor(two, '/a.test.ts', 'test 0')).toEqual({ kind: 'green', tests: 1 });
    expect(verdictFor(two, '/a.test.ts', 'test 1')).toMatchObject({ kind: 'red' });
    expect(verdictFor(two, '/a.test.ts', undefined)).toMatchObject({ kind: 'red' });
    expect([verdictFor(two, '/a.test.ts', 'test 2').kind, verdictFor(two, '/b.test.ts', undefined).kind]).toEqual(['broken', 'broken']);
  });
});

test('A run of the simulation is red by a seed that broke a rule, and says nothing when only a fault was not met', () => {
  const said = (red: readonly object[], faultsNotMet: readonly string[]): Verdict => simulated(JSON.stringify({ seeds: 100, red, faultsNotMet }));
  expect(said([], [])).toEqual({ kind: 'green', tests: 100 });
  expect(said([{ seed: 7, mode: 'safety', broken: ['order 3 was fulfilled twice'] }], ['bus.reset'])).toEqual({ kind: 'red', by: 'seed 7 (safety), 1 of 100 red', why: 'order 3 was fulfilled twice' });
  expect(said([], ['bus.reset'])).toEqual({ kind: 'broken', why: 'faults that were not met: bus.reset' });
});

describe('Judging', () => {
  const killer = { tier: 'unit', file: 'a.test.ts' } as const;
  const mutant = (name: string, to: string): Mutant => ({ name, guard: 'it holds', edits: [{ file: 'a.ts', from: 'guard', to }], killers: [killer] });

  /** A tree of one file; `verdicts`: what a run says of it as it reads then. */
  function tree(verdicts: (text: string) => Verdict): { options: JudgeOptions; runs: string[]; told: string[] } {
    let text = 'guard';
    const [runs, told]: [string[], string[]] = [[], []];
    const options: JudgeOptions = {
      runUntouched: async (killers) => killers.map(() => {
        runs.push(`as it stands: ${text}`);
        return verdicts(text);
      }),
      run: async () => {
        runs.push(text);
        return verdicts(text);
      },
      nameOf: (one) => JSON.stringify(commandOf(one)), read: () => text, monotonicMs: () => 0, onResult: (result) => void told.push(line(result, told.length + 1, 2)),
      change: (files) => {
        text = files.get('a.ts') ?? '';
      },
      restore: () => {
        text = 'guard';
      },
    };
    return { options, runs, told };
  }

  test('asks each killer of the code as it stands once, and of each mutant; what is red only with the mutant kills it', async () => {
    const { options, runs, told } = tree((text) => (text === 'gone' ? { kind: 'red', by: 'it holds', why: 'expected' } : { kind: 'green', tests: 3 }));
    const results = await judgeAll([mutant('one', 'gone'), mutant('two', 'weak')], options);
    expect(runs).toEqual(['as it stands: guard', 'gone', 'weak']);
    expect(results.map(({ mutant: name, outcome, by }: Result) => [name, outcome, by])).toEqual([['one', 'killed', 'it holds'], ['two', 'survived', '3 of 3 passed']]);
    expect(told).toEqual([expect.stringMatching(/^1\/2 {2}killed +one +unit +0\.0 s {2}it holds$/), expect.stringMatching(/^2\/2 {2}survived +two/)]);
    expect(summary(results)).toContain('1 of 2 killed, 1 survived, 0 unproven');
  });

  test('proves nothing by a killer that is red without the mutant, or by a run that says nothing', async () => {
    const red = tree(() => ({ kind: 'red', by: 'another', why: 'broken before' }));
    expect(await judgeAll([mutant('one', 'gone')], red.options)).toMatchObject([{ outcome: 'unproven', by: 'red without the mutant', why: 'another: broken before' }]);
    expect(red.runs).toEqual(['as it stands: guard']);
    const broken = tree((text) => (text === 'guard' ? { kind: 'green', tests: 1 } : { kind: 'broken', why: 'no test was run' }));
    expect(await judgeAll([mutant('one', 'gone')], broken.options)).toMatchObject([{ outcome: 'unproven', why: 'no test was run' }]);
  });

  test('leaves the code as it was, also when a run is ended', async () => {
    const { options } = tree(() => ({ kind: 'green', tests: 1 }));
    const ended = { ...options, run: () => Promise.reject(new Error('ended')) };
    await expect(judgeAll([mutant('one', 'gone')], ended)).rejects.toThrow('ended');
    expect(options.read('a.ts')).toBe('guard');
  });
});

describe('The command', () => {
  test('takes mutants by words of their names, and tiers', () => {
    expect(chosen(MUTANTS, readArguments(['--only', 'csrf,cursor-mac'])).map(({ name }) => name)).toEqual(['cursor-mac', 'csrf']);
    expect(new Set(chosen(MUTANTS, readArguments(['--tier', 'long'])).flatMap(({ killers }) => killers.map(({ tier }) => tier)))).toEqual(new Set(['long']));
    expect(chosen(MUTANTS, readArguments([]))).toHaveLength(MUTANTS.length);
  });

  test.each([['--tier', 'none'], ['--sometimes'], ['--only', 'no-such-mutant']])('refuses %s %s', (...args) => {
    expect(() => chosen(MUTANTS, readArguments(args))).toThrow(WrongUsage);
  });
});
