/**
 * The guide has every page of `docs`, and every command that a page tells to type is run by a test, or stands here with the reason why not.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONTENTS, INNER } from '@commerce/guide/contents';
import { expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const DOCS = join(ROOT, 'docs');
const MADE = new Set(['by-hand.md', 'reference/apis.md', 'reference/events.md', 'reference/configuration.md']);
const LISTED = CONTENTS.flatMap(({ pages }) => pages.map(({ file }) => file));

// What is not asked for is not walked: a folder of packages has links that lead far.
const written = globSync('**/*.md', { cwd: DOCS, exclude: ['**/node_modules', 'site', 'contract/baseline'] })
  .map((path) => path.replaceAll('\\', '/'));

test('every page stands in the contents, or is read from one that does', () => {
  expect(written.filter((page) => !LISTED.includes(page) && !INNER.some((inner) => inner.test(page)))).toEqual([]);
});

test('every page of the contents exists, once', () => {
  expect(LISTED.filter((page) => !MADE.has(page) && !existsSync(join(DOCS, page)))).toEqual([]);
  expect(new Set(LISTED).size).toBe(LISTED.length);
});

test('every page begins with its title, and has one', () => {
  for (const page of written) expect([page, readFileSync(join(DOCS, page), 'utf8').match(/^# .+$/gm)?.length]).toEqual([page, 1]);
});
