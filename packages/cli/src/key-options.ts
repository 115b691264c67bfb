/** How a key of a client is given on the command line: its material comes from a file or is made, and is never an option itself. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { UsageFault } from './failures.ts';
import { timeOf } from './moments.ts';
import { makeKey } from './private-key.file.ts';
import type { Algorithm, Material, NewKey } from './private-key.file.ts';
import type { Work } from './work.ts';

export interface KeyOptions {
  readonly keyid?: string;
  readonly alg?: Algorithm;
  readonly generate?: string;
  readonly secretFile?: string;
  readonly publicKeyFile?: string;
  readonly notAfter?: string;
}

/** A key as the service takes it. */
export type KeyBody = { readonly keyid: string; readonly alg: Algorithm; readonly notAfter?: string } & Material;

const SECRET_BYTES = { least: 32, most: 128 };

export function addKeyOptions(command: Command): Command {
  return command
    .option('--keyid <id>', 'name of the key, unique among the keys of all clients')
    .addOption(new Option('--alg <algorithm>', 'algorithm of the key').choices(['ed25519', 'hmac-sha256']))
    .option('--generate <file>', 'make the key and write its private part to this new file, mode 0600')
    .option('--secret-file <file>', 'hmac-sha256: file with the secret in base64, 32 to 128 bytes; "-" is standard input')
    .option('--public-key-file <file>', 'ed25519: file with the public key, PEM or base64; "-" is standard input')
    .option('--not-after <time>', 'when the key ends: a time such as 2030-01-31T12:00:00Z, or from now: 12h, 30d');
}

/** Reads or makes the key. What was made has a file beside it. */
export async function keyOf(options: KeyOptions, defaultKeyid: string | undefined, work: Work): Promise<{ body: KeyBody; made: NewKey | undefined }> {
  const { alg, keyid = defaultKeyid } = options;
  if (alg === undefined) throw new UsageFault('--alg is missing: ed25519 or hmac-sha256.');
  if (keyid === undefined) throw new UsageFault('--keyid is missing: the name of the key.');
  const ways = [options.generate, options.secretFile, options.publicKeyFile].filter((way) => way !== undefined);
  if (ways.length !== 1) throw new UsageFault('Say where the key comes from, once: --generate FILE, --secret-file FILE or --public-key-file FILE.');
  const notAfter = options.notAfter === undefined ? {} : { notAfter: timeOf(options.notAfter, '--not-after', work.nowMs()) };
  const made = options.generate === undefined ? undefined : makeKey(alg, options.generate);
  return { body: { keyid, alg, ...notAfter, ...(made?.material ?? (await readMaterial(alg, options, work))) }, made };
}

async function readMaterial(alg: Algorithm, { secretFile, publicKeyFile }: KeyOptions, { readFile }: Work): Promise<Material> {
  if (alg === 'hmac-sha256') {
    if (secretFile === undefined) throw new UsageFault('A key of hmac-sha256 is a secret: --secret-file FILE or --generate FILE.');
    return { secret: checkedSecret((await readFile(secretFile)).trim()) };
  }
  if (publicKeyFile === undefined) throw new UsageFault('Of an ed25519 key the service is told the public part: --public-key-file FILE or --generate FILE.');
  const publicKey = (await readFile(publicKeyFile)).trim();
  if (publicKey.includes('PRIVATE KEY')) throw new UsageFault('This is a private key, which belongs to the client alone. Its public part: openssl pkey -in FILE -pubout');
  return { publicKey };
}

function checkedSecret(text: string): string {
  const bytes = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').length : 0;
  if (bytes < SECRET_BYTES.least || bytes > SECRET_BYTES.most) throw new UsageFault(`The secret is not base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} bytes.`);
  return text;
}
