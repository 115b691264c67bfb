// The local issuer's identity on disk: its signing key and the secret of each client, made at first start and kept.
// Scopes are not kept: they come from scopes.ts, so that a new version of the program brings its own.
import { generateKeyPair, randomBytes } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readJsonFile, writePrivateFile } from '../private-file.ts';
import { LOCAL_CLIENTS } from './scopes.ts';

export type ClientIdentity = { readonly secret: string; readonly scopes: readonly string[] };

const secretsSchema = z.record(z.string(), z.string().min(32));
const keySchema = z.looseObject({ kty: z.literal('RSA'), kid: z.string(), n: z.string(), d: z.string() });

/** The clients with their secrets; what is missing in `<directory>/clients.json` is made and written there. */
export function loadClients(directory: string): Record<string, ClientIdentity> {
  const path = join(directory, 'clients.json');
  const known = secretsSchema.parse(readJsonFile(path) ?? {});
  const secrets = Object.fromEntries(Object.keys(LOCAL_CLIENTS).map((id) => [id, known[id] ?? randomBytes(32).toString('base64url')]));
  if (Object.keys(secrets).some((id) => known[id] === undefined)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  }
  return Object.fromEntries(Object.entries(LOCAL_CLIENTS).map(([id, scopes]) => [id, { secret: secrets[id] as string, scopes }]));
}

/** The private RSA key (2048 bit, RS256) as JWK; made and written to `<directory>/signing-key.json` when there is none. */
export async function loadSigningKey(directory: string): Promise<JsonWebKey & { kid: string }> {
  const path = join(directory, 'signing-key.json');
  const known = readJsonFile(path);
  if (known !== undefined) return keySchema.parse(known);
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writePrivateFile(path, `${JSON.stringify(key, null, 2)}\n`);
  return key;
}
