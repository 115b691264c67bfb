/**
 * The types of an API for whoever calls it, made out of its published OpenAPI document: Order Fulfillment's for its client, Commerce
 * Coordinator's for the dashboard. `pnpm write-docs` does it after it has written the documents; a test holds the files equal to what this makes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClientTypes {
  readonly of: string;
  readonly document: string;
  readonly file: string;
}

const ROOT = join(import.meta.dirname, '../..');
export const CLIENT_TYPES: readonly ClientTypes[] = [
  { of: 'Order Fulfillment', document: 'docs/contract/order-fulfillment.openapi.json', file: 'packages/fulfillment-client/src/openapi.ts' },
  { of: 'Commerce Coordinator', document: 'docs/contract/commerce-coordinator.openapi.json', file: 'services/commerce-coordinator/src/dashboard/page/src/openapi.ts' },
];

/** The text of the file, from the document as it stands there. */
export async function typesText({ of, document }: ClientTypes): Promise<string> {
  // It brings a whole compiler along: only whoever needs it waits for it.
  const { default: openapiTypes, astToString } = await import('openapi-typescript');
  const header = `/**\n * The types of ${of}'s API. Made from ${document} by \`pnpm write-docs\`; not edited.\n */\n`;
  return header + astToString(await openapiTypes(readFileSync(join(ROOT, document), 'utf8')));
}

export async function writeTypes(): Promise<void> {
  for (const types of CLIENT_TYPES) writeFileSync(join(ROOT, types.file), await typesText(types));
}

/** As it stands there. */
export function writtenTypes({ file }: ClientTypes): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
