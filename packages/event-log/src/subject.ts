/**
 * The hash of a subject, specified once because slots are stored: SHA-256 of its UTF-8 bytes; the first eight bytes, as a
 * signed big-endian number, are the key of its advisory lock, the ninth byte is its slot.
 */
import { hash } from 'node:crypto';

/** Number of slots; a partition is a range of them. */
export const SLOTS = 256;

/** Subjects whose slots are remembered: an order has a dozen events within a moment. */
const REMEMBERED = 4_096;
const slots = new Map<string, number>();

/** The slot of a subject, 0–255. */
export function slotOf(subject: string): number {
  let slot = slots.get(subject);
  if (slot === undefined) {
    slot = hash('sha256', subject, 'buffer')[8] ?? 0;
    if (slots.size >= REMEMBERED) slots.clear();
    slots.set(subject, slot);
  }
  return slot;
}

/** The keys of the advisory locks of these subjects: distinct and sorted, so that two transactions never wait in a ring. */
export function lockKeysOf(subjects: Iterable<string>): bigint[] {
  const keys = new Set<bigint>();
  for (const subject of subjects) keys.add(hash('sha256', subject, 'buffer').readBigInt64BE(0));
  return [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
