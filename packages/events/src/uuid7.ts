/**
 * UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits.
 * The event log orders its partitions by these ids, so ids are made here in Node and never in the database.
 */
import { createHash, randomFillSync } from 'node:crypto';

const DIGITS = Buffer.from('0123456789abcdef');
/** In which an id is spelled: as one string at once, not put together of parts. */
const text = Buffer.alloc(36, '-');
const pool = Buffer.alloc(4096);
let used = pool.length;

/** Fills 10 random bytes from a pool, so that one call to the system serves 400 ids. */
function randomTail(): Buffer {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const tail = pool.subarray(used, used + 10);
  used += 10;
  return tail;
}

/** A UUIDv7 of `timeMs` (Unix milliseconds). `tail` gives its 10 random bytes; without it they are random. */
export function uuid7(timeMs: number, tail: Uint8Array = randomTail()): string {
  const high = Math.floor(timeMs / 0x1_0000);
  const low = timeMs % 0x1_0000;
  const at = (index: number): number => tail[index] ?? 0;
  spell(0, high >>> 24);
  spell(2, high >>> 16);
  spell(4, high >>> 8);
  spell(6, high);
  spell(9, low >>> 8);
  spell(11, low);
  spell(14, 0x70 | (at(0) & 0x0f));
  spell(16, at(1));
  spell(19, 0x80 | (at(2) & 0x3f));
  spell(21, at(3));
  for (let index = 4; index < 10; index += 1) spell(16 + 2 * index, at(index));
  return text.toString('latin1');
}

function spell(place: number, byte: number): void {
  text[place] = DIGITS[(byte >>> 4) & 0x0f] ?? 0;
  text[place + 1] = DIGITS[byte & 0x0f] ?? 0;
}

const NO_TAIL = new Uint8Array(10);

/** The smallest UUID whose first 48 bits are `timeMs`: a bound for ranges, never the id of an event. */
export function uuid7Floor(timeMs: number): string {
  return `${uuid7(Math.max(0, timeMs), NO_TAIL).slice(0, 13)}-0000-0000-000000000000`;
}

/** Unix milliseconds of a UUIDv7, or undefined if `id` is not one. */
export function uuid7Time(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The UUIDv7 under which a foreign event without one is stored: same time and same name give the same id. */
export function uuid7Of(timeMs: number, name: string): string {
  return uuid7(timeMs, createHash('sha256').update(name).digest().subarray(0, 10));
}
