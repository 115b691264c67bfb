/** The types that callers of the APIs are written against are those of the published documents. */
import { expect, test } from '@jest/globals';
import { CLIENT_TYPES, typesText, writtenTypes } from './client-types.ts';

test.each(CLIENT_TYPES)('the types of the API of $of are made from its document as it stands there', async (types) => {
  const remedy = 'different: run `npx --yes pnpm@12.21.0 write-docs`';
  expect((await typesText(types)) === writtenTypes(types) ? 'equal' : remedy).toBe('equal');
});
