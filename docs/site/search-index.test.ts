/** Each section is found by itself. */
import { expect, test } from '@jest/globals';
import { sectionsOf } from './search-index.ts';

test('a page is cut at its headings, and read without its tags', () => {
  const html = '<nav><h2>not this</h2></nav><article><h1 id="log">The log</h1><p>One <b>table</b> &amp; more.</p><h2 id="cursor" tabindex="-1"><a href="#cursor">Its cursor</a></h2><p>Epoch.</p></article>';
  expect(sectionsOf('/docs/guide/log/', html)).toEqual([
    { address: '/docs/guide/log/', page: 'The log', heading: 'The log', text: 'One table & more.' },
    { address: '/docs/guide/log/#cursor', page: 'The log', heading: 'Its cursor', text: 'Epoch.' },
  ]);
});
