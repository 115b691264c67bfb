/** Every command says how it is used and what it prints, and the reference says so of all. */
import { describe, expect, test } from '@jest/globals';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { examplesOf, leavesOf, nameOf } from './help.ts';
import { JSON_SHAPES } from './json-shapes.ts';
import { faultOfLine } from './read-line.ts';
import { referencePage } from './reference.ts';
import { describedProgram } from './run.ts';
import { ran } from './test-world.ts';

const LEAVES = leavesOf(describedProgram());

describe('every command', () => {
  test.each(LEAVES.map((command) => [nameOf(command), command] as const))('%s says what it does, shows an example that can be read, and what --json prints', async (name, command) => {
    expect(command.description()).not.toBe('');
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect([example, await faultOfLine(example)]).toEqual([example, undefined]);
    expect(JSON_SHAPES[name]).toBeDefined();
    const { code, out } = await ran([...name.split(' '), '--help']);
    expect(code).toBe(0);
    for (const part of ['Usage: cli', 'Example', examples[0] as string, 'With --json: ']) expect(out).toContain(part);
  });

  test('has its shape of JSON, and no shape is of a command that is not there', () => {
    expect(Object.keys(JSON_SHAPES).toSorted()).toEqual(LEAVES.map(nameOf).toSorted());
  });
});

describe('a line of a document', () => {
  test.each([
    ['cli order nothing', 'unknown command'], ['cli order list --colour', 'unknown option'], ['cli order cancel x', '--reason'], ['cli dlq list --service both', 'Allowed choices'], ['cli order show', 'missing required argument'],
  ])('%s is no command', async (line, says) => {
    expect(await faultOfLine(line)).toContain(says);
  });

  test.each(['cli events history --filter \'{"data":{"total":[{"suffix":".99"}]}}\' | head -3', 'cli catalog schema OrderCreated --of-version v1 > x.json', 'cli order retry "an id" --reason x # now', '--json doctor'])('%s is one', async (line) => {
    expect(await faultOfLine(line)).toBeUndefined();
  });
});

test('the reference has every command, every option, every exit code', () => {
  const page = referencePage();
  for (const command of LEAVES) {
    expect(page).toContain(`| \`cli ${nameOf(command)}\` |`);
    for (const { flags } of command.options) expect(page).toContain(`\`${flags}\``);
  }
  expect(EXIT_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT));
  for (const [code, meaning] of EXIT_MEANINGS) expect(page).toContain(`| ${code} | ${meaning.split('(')[0]}`);
});

test('a line begins as if it were the first: what another one said is forgotten', async () => {
  expect(await faultOfLine('cli order cancel x --reason y')).toBeUndefined();
  expect(await faultOfLine('cli order cancel x')).toContain('--reason');
  expect(await faultOfLine('cli order')).toBeUndefined();
});
