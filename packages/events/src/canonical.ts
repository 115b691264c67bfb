/**
 * Canonical JSON (RFC 8785) and its digest. Two documents with the same meaning have the same text:
 * keys sorted by UTF-16 code units, numbers and strings as ECMAScript prints them.
 */
import { hash } from 'node:crypto';

/** Thrown for what JSON in a PostgreSQL text cannot hold: NUL, a lone surrogate, a number that is not finite. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

/** The canonical text of a JSON value. `undefined` members are left out as JSON.stringify does. Throws `NotStorable`. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotStorable('a number that is not finite');
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  if (typeof value !== 'object') throw new NotStorable(`a value of type ${typeof value}`);
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonicalJson(value.toJSON());
  const record = value as Record<string, unknown>;
  let out = '';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    out += `${out === '' ? '' : ','}${text(key)}:${canonicalJson(member)}`;
  }
  return `{${out}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new NotStorable('a lone surrogate');
  if (value.includes('\u0000')) throw new NotStorable('the character NUL');
  return JSON.stringify(value);
}

/** SHA-256 over the UTF-8 bytes of a text. */
export function sha256(value: string): Buffer {
  return hash('sha256', value, 'buffer');
}
