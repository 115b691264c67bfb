/**
 * Canonical JSON (RFC 8785) and its digest. Two documents with the same meaning have the same text:
 * keys sorted by UTF-16 code units, numbers and strings as ECMAScript prints them.
 *
 * It is on the way of every event, so the usual document is sorted and printed by the engine's own JSON; only one in which
 * something looks unusual is walked by hand.
 */
import { hash } from 'node:crypto';

/** Thrown for what JSON in a PostgreSQL text cannot hold: NUL, a lone surrogate, a number that is not finite. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

/** The canonical text of a JSON value. `undefined` members are left out as JSON.stringify does. Throws `NotStorable`. */
export function canonicalJson(value: unknown): string {
  const sorted = sortKeys(value);
  if (sorted === UNUSUAL) return walk(value);
  const text = JSON.stringify(sorted);
  // The engine prints NUL and lone surrogates as these escapes; a backslash of the text itself may look like one.
  return text === undefined || text.includes('\\u0000') || text.includes('\\ud') ? walk(value) : text;
}

/** SHA-256 over the UTF-8 bytes of a text. */
export function sha256(value: string): Buffer {
  return hash('sha256', value, 'buffer');
}

/** Stands for a document that the engine would print differently from RFC 8785. */
const UNUSUAL = Symbol('unusual');
const ZERO = 48;
const NINE = 57;

/** The same JSON value with all keys in order, so that it is walked and not copied from now on; itself where they are, and where something is unusual. */
export function inOrder<Value>(value: Value): Value {
  const sorted = sortKeys(value);
  return sorted === UNUSUAL ? value : (sorted as Value);
}

/** The value with all keys in order; itself where they are. */
function sortKeys(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : UNUSUAL;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return sortItems(value);
  if ('toJSON' in value) return UNUSUAL;
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  let ordered = true;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const first = key.charCodeAt(0);
    // Keys that are numbers come first in an object, whatever their order as texts; `__proto__` is no plain member.
    if ((first >= ZERO && first <= NINE) || key === '__proto__') return UNUSUAL;
    if (index > 0 && (keys[index - 1] as string) > key) ordered = false;
  }
  if (!ordered) keys.sort();
  let copy: Record<string, unknown> | undefined = ordered ? undefined : {};
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const member = sortKeys(record[key]);
    if (member === UNUSUAL) return UNUSUAL;
    if (copy === undefined && member !== record[key]) {
      copy = {};
      for (let before = 0; before < index; before += 1) copy[keys[before] as string] = record[keys[before] as string];
    }
    if (copy !== undefined) copy[key] = member;
  }
  return copy ?? record;
}

function sortItems(items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = sortKeys(items[index]);
    if (item === UNUSUAL) return UNUSUAL;
    if (copy === undefined && item !== items[index]) copy = items.slice(0, index);
    copy?.push(item);
  }
  return copy ?? items;
}

function walk(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotStorable('a number that is not finite');
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => walk(item === undefined ? null : item)).join(',')}]`;
  if (typeof value !== 'object') throw new NotStorable(`a value of type ${typeof value}`);
  if ('toJSON' in value && typeof value.toJSON === 'function') return walk(value.toJSON());
  const record = value as Record<string, unknown>;
  let out = '';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    out += `${out === '' ? '' : ','}${text(key)}:${walk(member)}`;
  }
  return `{${out}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new NotStorable('a lone surrogate');
  if (value.includes('\u0000')) throw new NotStorable('the character NUL');
  return JSON.stringify(value);
}
