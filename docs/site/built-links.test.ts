/** Every link of the guide as it is built leads to a page, and to a place on it, that is there; and so does every hit of the search, and every link of the dashboard. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BASE } from './links.ts';

/** What Commerce Coordinator serves beside the guide. */
const OF_THE_SERVICE = new Set(['/dashboard/', '/dashboard/icon.svg', '/docs']);

let folder: string;
let pages: { readonly address: string; readonly ids: readonly string[]; readonly targets: readonly string[] }[];
let idsAt: Map<string, Set<string>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guide-'));
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'build.ts'), folder], { timeout: 60_000 });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  pages = files.map((file) => {
    const html = readFileSync(join(folder, file), 'utf8');
    return { address: `${BASE}${file.replace(/index\.html$/, '')}`, ids: valuesOf('id', html), targets: [...valuesOf('href', html), ...valuesOf('src', html)] };
  });
  idsAt = new Map(pages.map(({ address, ids }) => [address, new Set(ids)]));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The values of an attribute in the tags of a page. */
function valuesOf(attribute: string, html: string): string[] {
  return [...html.matchAll(/<[a-z][^>]*>/gi)].flatMap(([tag]) => [...tag.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map((match) => match[1] ?? ''));
}

/** Does `target`, on the page at `from`, lead to something? */
function leads(from: string, target: string): boolean {
  if (/^https?:\/\//.test(target) || OF_THE_SERVICE.has(target)) return true;
  const [path = '', anchor] = target.split('#');
  const address = path === '' ? from : path;
  const ids = idsAt.get(address);
  if (ids !== undefined) return anchor === undefined || ids.has(decodeURIComponent(anchor));
  return anchor === undefined && address.startsWith(BASE) && !address.endsWith('/') && existsSync(join(folder, address.slice(BASE.length)));
}

test('every link leads to what is there', () => {
  const links = pages.flatMap(({ address, targets }) => targets.map((target) => ({ address, target })));
  expect(links.length).toBeGreaterThan(2_000);
  expect(links.filter(({ address, target }) => !leads(address, target))).toEqual([]);
});

test('no page has an id twice', () => {
  expect(pages.flatMap(({ address, ids }) => ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${address}#${id}`))).toEqual([]);
});

test('every section that the search finds is there', () => {
  const found = JSON.parse(readFileSync(join(folder, 'assets/search.json'), 'utf8')) as { readonly address: string }[];
  expect(found.length).toBeGreaterThan(300);
  expect(found.filter(({ address }) => !leads('', address))).toEqual([]);
});

test('every view of the dashboard leads to the place that tells of it', () => {
  const views = readFileSync(join(import.meta.dirname, '../../services/commerce-coordinator/src/dashboard/page/src/views.ts'), 'utf8');
  const targets = [...views.matchAll(/guide: '([^']+)'/g)].map(([, target]) => target ?? '');
  expect(targets).toHaveLength([...views.matchAll(/path: '/g)].length);
  expect(targets.filter((target) => !leads('', target))).toEqual([]);
});

test('what tells to place an order by hand leads to a page that shows how', () => {
  const quickStart = pages.find(({ address }) => address === `${BASE}quick-start/`);
  expect(quickStart?.targets).toContain(`${BASE}by-hand/#place-an-order`);
});
