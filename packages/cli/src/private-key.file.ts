/**
 * Makes the key of a client and keeps its private part in a file that only its owner may read (mode 0600).
 * Promise: the file is on the disk before the service hears of the key, and an existing file is never overwritten.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { mayBeDone, UsageFault } from './failures.ts';

export type Algorithm = 'hmac-sha256' | 'ed25519';

/** What the service is told of a key: the shared secret or the public part, base64. */
export type Material = { readonly secret: string } | { readonly publicKey: string };

const SECRET_BYTES = 32;
/** An Ed25519 public key as SPKI ends with its 32 bytes. */
const RAW_PUBLIC_BYTES = 32;

/** A key that was made; its file holds a PKCS #8 PEM (ed25519), or the secret in base64 (hmac-sha256). */
export interface NewKey {
  readonly material: Material;
  /** Absolute. */
  readonly path: string;
}

/** Throws UsageFault when there is such a file already or it cannot be written. */
export function makeKey(alg: Algorithm, path: string): NewKey {
  const { material, text } = alg === 'ed25519' ? newPair() : newSecret();
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new UsageFault(exists ? `${path} exists already, and a key is never overwritten: name another file.` : `${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  return { material, path: resolve(path) };
}

/** Runs what registers a new key. When that has certainly not happened, the file goes: nobody will ever accept the key. */
export async function registering<T>(key: NewKey | undefined, register: () => Promise<T>): Promise<T> {
  try {
    return await register();
  } catch (error) {
    if (key !== undefined && !mayBeDone(error)) rmSync(key.path, { force: true });
    throw error;
  }
}

function newPair(): { material: Material; text: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-RAW_PUBLIC_BYTES);
  return { material: { publicKey: raw.toString('base64') }, text: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string };
}

function newSecret(): { material: Material; text: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64');
  return { material: { secret }, text: `${secret}\n` };
}
