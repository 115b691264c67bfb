/**
 * The master key seals the keys of customers (AES-256-GCM). It comes from the configuration as a list: the first one seals, the others
 * only open what they sealed before. The newest is put in front; the others go once nothing is sealed by them any more.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** One key of the list. */
export interface MasterKey {
  /** Names the key without telling it: 16 hex digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keys with commas between them, newest first. Throws for what is none; the text is not in the message. */
export function masterKeys(list: string): readonly [MasterKey, ...MasterKey[]] {
  const [newest, ...before] = list.split(',').map((text) => masterKey(text.trim()));
  if (newest === undefined || new Set([newest, ...before].map(({ id }) => id)).size <= before.length) throw new RangeError('PERSONAL_DATA_KEY names a key twice.');
  return [newest, ...before];
}

function masterKey(text: string): MasterKey {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== text) throw new RangeError('PERSONAL_DATA_KEY must be the base64 of 32 bytes, or several of them with commas between, newest first.');
  return { id: createHash('sha256').update('personal data master key\n').update(bytes).digest('hex').slice(0, 16), bytes };
}

/** A key of a customer as it stands in the table, bound to whose it is. */
export function sealKeyOf(master: MasterKey, customerId: string, key: Uint8Array, randomBytes: (size: number) => Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', master.bytes, nonce);
  cipher.setAAD(Buffer.from(customerId));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the row was changed, or belongs to another customer. */
export function openKeyOf(master: MasterKey, customerId: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', master.bytes, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(customerId));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
