/**
 * UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits.
 * The event log orders its partitions by these ids, so ids are made here in Node and never in the database.
 */
import { createHash, randomFillSync } from 'node:crypto';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
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
  const hex = (byte: number): string => HEX[byte & 0xff] ?? '00';
  return (
    hex(high >>> 24) + hex(high >>> 16) + hex(high >>> 8) + hex(high) + '-' +
    hex(low >>> 8) + hex(low) + '-' +
    hex(0x70 | (at(0) & 0x0f)) + hex(at(1)) + '-' +
    hex(0x80 | (at(2) & 0x3f)) + hex(at(3)) + '-' +
    hex(at(4)) + hex(at(5)) + hex(at(6)) + hex(at(7)) + hex(at(8)) + hex(at(9))
  );
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
