/** The page of promises names tests that are there: by their file, and by their name as it stands in it. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const DOCS = resolve(import.meta.dirname, '../../docs');
const page = readFileSync(join(DOCS, 'promises.md'), 'utf8');

/** Sections that promise nothing. */
const BESIDE = new Set(['What is not promised', 'Do the tests notice?']);
const promises = page.split('\n## ').slice(1).map((text) => ({ title: text.split('\n', 1)[0] ?? '', text })).filter(({ title }) => !BESIDE.has(title));
const PROOF = /^- \[([^\]]+)\]\(\.\.\/([^)]+)\): "(.+)"$/;

const proofsOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('- '));

test('every promise that was asked for has its section', () => {
  expect(promises.map(({ title }) => title)).toHaveLength(11);
});

describe.each(promises)('$title', ({ text }) => {
  test('names a test of that name for each proof, and has one', () => {
    const proofs = proofsOf(text).map((line) => PROOF.exec(line) ?? [line]);
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.filter(([line, shown, file = '', name = '']) => !(shown === file && existsSync(join(DOCS, '..', file)) && hasTest(file, name)) && line !== '')).toEqual([]);
  });
});

/** In quotes of any kind, behind `test`, `describe` or a table of them. */
function hasTest(file: string, name: string): boolean {
  return readFileSync(join(DOCS, '..', file), 'utf8').split('\n').some((line) => line.includes(name) && /(?:^|[\s.])(?:test|describe|onDemand)\b|\]\)\(/.test(line));
}
