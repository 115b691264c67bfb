// The local issuer's identity on disk: its signing key, the key of its cookies, the secret of each client and the password of each user,
// made at first start and kept.
// Scopes are not kept: they come from scopes.ts, so that a new version of the program brings its own.
import { generateKeyPair, randomBytes, randomInt } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readJsonFile, writePrivateFile } from '../private-file.ts';
import { BROWSER_CLIENT, LOCAL_CLIENTS, LOCAL_USERS } from './scopes.ts';
import type { LocalUser } from './scopes.ts';

export type ClientIdentity = { readonly secret: string; readonly scopes: readonly string[] };

const secretsSchema = z.record(z.string(), z.string().min(16));
const keySchema = z.looseObject({ kty: z.literal('RSA'), kid: z.string(), n: z.string(), d: z.string() });

/** What a person copies from the terminal: no sign that looks like another one. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';
const PASSWORD_LENGTH = 16;

/** The clients with their secrets; what is missing in `<directory>/clients.json` is made and written there. That of the dashboard has no scopes. */
export function loadClients(directory: string): Record<string, ClientIdentity> {
  const clients: Readonly<Record<string, readonly string[]>> = { ...LOCAL_CLIENTS, [BROWSER_CLIENT]: [] };
  const secrets = kept(join(directory, 'clients.json'), directory, Object.keys(clients), () => randomBytes(32).toString('base64url'));
  return Object.fromEntries(Object.entries(clients).map(([id, scopes]) => [id, { secret: secrets[id] as string, scopes }]));
}

/** The users with their passwords; what is missing in `<directory>/users.json` is made and written there. */
export function loadUsers(directory: string): Record<LocalUser, { readonly password: string }> {
  const passwords = kept(join(directory, 'users.json'), directory, Object.keys(LOCAL_USERS), password);
  return Object.fromEntries(Object.entries(passwords).map(([name, one]) => [name, { password: one }])) as Record<LocalUser, { password: string }>;
}

function password(): string {
  const signs = Array.from({ length: PASSWORD_LENGTH }, () => READABLE[randomInt(READABLE.length)]).join('');
  return signs.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** Name → secret, as the file has it. */
function kept(path: string, directory: string, names: readonly string[], make: () => string): Record<string, string> {
  const known = secretsSchema.parse(readJsonFile(path) ?? {});
  const secrets = Object.fromEntries(names.map((name) => [name, known[name] ?? make()]));
  if (names.some((name) => known[name] === undefined)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  }
  return secrets;
}

/** What signs the cookies of the issuer; made and written to `<directory>/cookie-key.json` when there is none. */
export function loadCookieKey(directory: string): string {
  return kept(join(directory, 'cookie-key.json'), directory, ['cookies'], () => randomBytes(32).toString('base64url'))['cookies'] as string;
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
