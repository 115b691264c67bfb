/** Links of pages hold in the guide as they do in the repository. */
import { expect, test } from '@jest/globals';
import { addressOf, anchorOf, linkFrom } from './links.ts';

const PAGES = new Set(['signals.md', 'decisions/README.md', 'decisions/0002-cursor.md', 'errors.md']);
const from = (file: string, target: string) => linkFrom(file, target, (page) => PAGES.has(page), (asset) => asset.endsWith('.svg'));

test('a page is a folder, and a README the page of its folder', () => {
  expect(addressOf('signals.md')).toBe('/docs/guide/signals/');
  expect(addressOf('decisions/README.md')).toBe('/docs/guide/decisions/');
});

test.each([
  ['signals.md', 'errors.md#orders', '/docs/guide/errors/#orders'],
  ['decisions/0002-cursor.md', '../signals.md', '/docs/guide/signals/'],
  ['signals.md', 'decisions', '/docs/guide/decisions/'],
  ['signals.md', '#words', '#words'],
  ['signals.md', 'way-of-an-order.svg', '/docs/guide/way-of-an-order.svg'],
  ['signals.md', 'https://example.com/a', 'https://example.com/a'],
  ['signals.md', '../README.md', '/docs/guide/'],
  ['decisions/0002-cursor.md', '../../README.md#place-an-order', '/docs/guide/by-hand/#place-an-order'],
])('from %s, %s leads to %s', (file, target, href) => expect(from(file, target)).toEqual({ href, source: undefined }));

test('what is no page is named by its place in the repository', () => {
  expect(from('signals.md', '../services/commerce-coordinator/signals.config.ts')).toEqual({ href: undefined, source: 'services/commerce-coordinator/signals.config.ts' });
  expect(from('decisions/README.md', '../alerts/commerce.yml')).toEqual({ href: undefined, source: 'docs/alerts/commerce.yml' });
});

test('anchors are those of GitHub', () => expect(anchorOf('An order waits: `why`?')).toBe('an-order-waits-why'));
