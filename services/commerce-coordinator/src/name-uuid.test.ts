import { expect, test } from '@jest/globals';
import { nameUuid } from './name-uuid.ts';

test('a name gives the same UUID of version 5 each time, another name another one', () => {
  expect(nameUuid('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  // Names are kept in databases and mailboxes: this must never change.
  expect(nameUuid('a')).toBe('245ec659-6189-56a3-9cd5-60c8a6dcc6c2');
  expect(nameUuid('b')).not.toBe(nameUuid('a'));
});
