/**
 * Writes `src/openapi.ts`, the types of Order Fulfillment's API, out of its published OpenAPI document; `pnpm write-docs` does it
 * after it has written the document. A test holds the file equal to what this makes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OPENAPI = join(import.meta.dirname, '../../docs/contract/order-fulfillment.openapi.json');
export const TYPES_FILE = join(import.meta.dirname, 'src/openapi.ts');

const HEADER = `/**
 * The types of Order Fulfillment's API. Made from docs/contract/order-fulfillment.openapi.json by ../write-types.ts; not edited.
 */
`;

/** The text of the file, from the document as it stands there. */
export async function typesText(): Promise<string> {
  // It brings a whole compiler along: only whoever needs it waits for it.
  const { default: openapiTypes, astToString } = await import('openapi-typescript');
  return HEADER + astToString(await openapiTypes(readFileSync(OPENAPI, 'utf8')));
}

export async function writeTypes(): Promise<void> {
  writeFileSync(TYPES_FILE, await typesText());
}
