/** The list of security checks is whole: each code has tests whose names begin with it, and one row in docs/security-checks.md that links all of their files. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCS = join(ROOT, 'docs');
const CODES = Array.from({ length: 60 }, (_, index) => `S${index + 1}`);
const NAME = /(?:test|describe|\))\(\s*['"`](S\d+(?:(?:, | and )S\d+)*): /g;

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'page' || entry.name === 'cdk.out' ? [] : testFiles(path);
    return /\.test\.ts$|\/test-kit\/[^/]+\.ts$/.test(path) ? [path] : [];
  });
}

/** The files of each code, from the root of the repository. */
const tested = new Map<string, Set<string>>();
for (const path of ['packages', 'services', 'infra', 'test'].flatMap((folder) => testFiles(join(ROOT, folder)))) {
  for (const [, codes = ''] of readFileSync(path, 'utf8').matchAll(NAME)) {
    for (const code of codes.split(/, | and /)) tested.set(code, (tested.get(code) ?? new Set()).add(relative(ROOT, path)));
  }
}

const rows = [...readFileSync(join(DOCS, 'security-checks.md'), 'utf8').matchAll(/^\| (S\d+) \|(.*)\|$/gm)].map(([, code = '', cells = '']) => ({
  code, files: [...cells.matchAll(/\]\((\.\.\/[^)#]+\.ts)\)/g)].map(([, link = '']) => relative(ROOT, join(DOCS, link))),
}));

test('every code has a test, every code has its row, and there are no others', () => {
  const order = (one: string, another: string): number => Number(one.slice(1)) - Number(another.slice(1));
  expect([...tested.keys()].toSorted(order)).toEqual(CODES);
  expect(rows.map(({ code }) => code).toSorted(order)).toEqual(CODES);
});

test('every row links the files whose tests have its code, all of them and no others', () => {
  for (const { code, files } of rows) expect([code, files.toSorted()]).toEqual([code, [...(tested.get(code) ?? [])].toSorted()]);
});
