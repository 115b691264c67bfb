import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { helpOf } from './options.ts';

const ROOT = join(import.meta.dirname, '../..');

function run(file: string, ...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, file), ...args], { encoding: 'utf8', timeout: 30_000, env: { ...process.env, NODE_OPTIONS: '', CDK_VALIDATION: 'false' } });
  return { status, stdout, stderr };
}

describe.each([
  ['test/faults/kills.ts', '`pnpm kills --orders'], ['test/soak/main.ts', '`pnpm soak [--minutes 60]'],
])('%s', (file, part) => {
  test('asked for help it prints what it may be told, and does nothing else', () => {
    const { status, stdout, stderr } = run(file, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(part);
    expect(stdout).not.toMatch(/\*\/|^ \*/m);
  });

  test('an option that it does not know is named, with the help and without a stack', () => {
    const { status, stdout, stderr } = run(file, '--nonsense');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain("'--nonsense'");
    expect(stderr).toContain(part);
    expect(stderr).not.toContain('    at ');
  });
});

test('the help is the comment at the head of the file, in one line or in several', () => {
  expect(helpOf('/** One line. */\nimport x;')).toBe('One line.');
  expect(helpOf('/**\n * First.\n *\n *   --option   what it does\n */\ncode')).toBe('First.\n\n  --option   what it does');
  expect(helpOf('code /** later */')).toBe('');
});
