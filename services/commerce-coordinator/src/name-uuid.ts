/**
 * Ids that are made of a name: the same name gives the same id, everywhere and for ever. UUID version 5 (RFC 9562).
 */
import { hash } from 'node:crypto';

/** Names of this service, so that others who hash the same text get another id. */
const NAMESPACE = Buffer.from('8e0f2c1a54b74c3d9b6a1f7d20c35e42', 'hex');

/** The UUIDv5 of a name. */
export function nameUuid(name: string): string {
  const bytes = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
