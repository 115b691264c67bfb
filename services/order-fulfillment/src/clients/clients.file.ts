/**
 * Client records out of a JSON file, read once at start.
 * Promise: every fault of the file is reported at once, with its place. Refuses: unknown fields, a repeated client, a
 * provider that this service does not have.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ClientRecord, Clients } from './clients.ts';

/** The file cannot be used. `faults` has all reasons. */
export class ClientsRefused extends Error {
  override readonly name = 'ClientsRefused';
  readonly faults: readonly string[];
  constructor(path: string, faults: readonly string[]) {
    super(`The clients in ${path} are refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const id = z.string().min(1).max(200);

function fileSchema(providerNames: readonly string[]) {
  const provider = z.enum(providerNames as [string, ...string[]]);
  const choice = z.strictObject({
    default: provider.optional(),
    byKind: z.record(id, provider).default({}),
    bySku: z.record(id, provider).default({}),
  });
  return z.strictObject({
    clients: z.array(z.strictObject({ clientId: id, scopes: z.array(z.string().min(1)).optional(), providers: choice })).min(1),
  });
}

/** Reads `{"clients": [{clientId, scopes?, providers: {default?, byKind?, bySku?}}]}`. Throws `ClientsRefused`. */
export async function readClientsFile(path: string, providerNames: readonly string[]): Promise<Clients> {
  const parsed = fileSchema(providerNames).safeParse(await readJson(path));
  if (!parsed.success) throw new ClientsRefused(path, parsed.error.issues.map((issue) => `${issue.path.join('.') || '(whole file)'}: ${issue.message}`));
  const records = new Map<string, ClientRecord>();
  const repeated: string[] = [];
  for (const record of parsed.data.clients) {
    if (records.has(record.clientId)) repeated.push(`the client "${record.clientId}" stands there more than once`);
    records.set(record.clientId, record);
  }
  if (repeated.length > 0) throw new ClientsRefused(path, repeated);
  return { find: (clientId) => records.get(clientId) };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ClientsRefused(path, [`it cannot be read (${error.code ?? 'no error code'})`]);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new ClientsRefused(path, ['it is not JSON']);
  }
}
