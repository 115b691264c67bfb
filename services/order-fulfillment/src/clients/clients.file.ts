/**
 * First records of clients out of a JSON file, for the start of a new installation; later the table rules.
 * Promise: every fault of the file is reported at once, with its place. Refuses: unknown fields, a repeated client, a
 * provider that this service does not have.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { firstRecordForm, newClientOf, providerChoiceOf } from './client-forms.ts';
import { namedProviders } from './clients.ts';
import type { Client } from './clients.ts';

/** The file cannot be used. `faults` has all reasons. */
export class ClientsRefused extends Error {
  override readonly name = 'ClientsRefused';
  readonly faults: readonly string[];
  constructor(path: string, faults: readonly string[]) {
    super(`The clients in ${path} are refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const fileForm = z.strictObject({ clients: z.array(firstRecordForm).min(1) });

export interface ReadOptions {
  readonly providerNames: readonly string[];
  readonly nowMs: number;
}

/**
 * Reads `{"clients": [{clientId, authentication?: {type: "oauth", subject}, scopes?, providers}]}`; without authentication the
 * subject of its tokens is its clientId. Throws `ClientsRefused`.
 */
export async function readClientsFile(path: string, { providerNames, nowMs }: ReadOptions): Promise<Client[]> {
  const parsed = fileForm.safeParse(await readJson(path));
  if (!parsed.success) throw new ClientsRefused(path, parsed.error.issues.map((issue) => `${issue.path.join('.') || '(whole file)'}: ${issue.message}`));
  const records = parsed.data.clients;
  const ids = records.map(({ clientId }) => clientId);
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  const faults = [
    ...[...repeated].map((id) => `the client "${id}" stands there more than once`),
    ...records.flatMap(({ providers }, index) => namedProviders(providerChoiceOf(providers))
      .filter(({ name }) => !providerNames.includes(name))
      .map(({ path: place, name }) => `clients.${index}.providers.${place.replace('/', '.')}: there is no provider "${name}", only ${providerNames.join(', ')}`)),
  ];
  if (faults.length > 0) throw new ClientsRefused(path, faults);
  return records.map((record) => newClientOf({ authentication: { type: 'oauth', subject: record.clientId }, rateLimit: null, eventFilter: null, ...withoutUndefined(record) }, nowMs));
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

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
