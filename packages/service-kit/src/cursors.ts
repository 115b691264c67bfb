/**
 * Pages of a list: cursors that clients carry from page to page, opaque, and refused when they were changed or belong to another
 * list; and how long a page is.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Problem } from './problems.ts';
import type { ProblemDefinition } from './problems.ts';

export interface Cursors {
  /** `list` names the list and its filters: a cursor opens only where it was made. */
  seal(list: string, place: string): string;
  /** The place, or undefined when the cursor was not made here for this list. */
  open(list: string, cursor: string): string | undefined;
}

/** The query parameter `limit`, 1 to 200, 50 when left out: text in the address, described and handed on as a number. */
export const pageLimit = z
  .string()
  .regex(/^(?:[1-9]\d?|1\d\d|200)$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .default(50)
  .meta({ type: 'integer', minimum: 1, maximum: 200, pattern: undefined, default: 50, description: 'Items on a page at most.' });

/** `key`: secret, the same in all processes. */
export function createCursors(key: Uint8Array): Cursors {
  const seal = (list: string, place: string): string => {
    const signature = createHmac('sha256', key).update(JSON.stringify([list, place])).digest('base64url').slice(0, 22);
    return `${Buffer.from(place).toString('base64url')}.${signature}`;
  };
  return {
    seal,
    open(list, cursor) {
      const place = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString();
      const expected = Buffer.from(seal(list, place));
      const given = Buffer.from(cursor);
      return expected.length === given.length && timingSafeEqual(expected, given) ? place : undefined;
    },
  };
}

/** A list with its filters, and the refusal of a cursor that was not made for it. */
export interface PagedList {
  readonly cursors: Cursors;
  readonly list: string;
  readonly refusal: ProblemDefinition;
}

/** One page of a list in the order of its places. `read` gets the place behind which the page begins, and how many to read. Throws the refusal. */
export async function pageOf<Item>(
  { cursors, list, refusal }: PagedList, query: { readonly cursor?: string | undefined; readonly limit: number }, placeOf: (item: Item) => string,
  read: (after: string | undefined, count: number) => Promise<readonly Item[]>,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const after = query.cursor === undefined ? undefined : cursors.open(list, query.cursor);
  if (query.cursor !== undefined && after === undefined) throw new Problem(refusal);
  const found = await read(after, query.limit + 1);
  const items = found.slice(0, query.limit);
  const last = found.length > query.limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : cursors.seal(list, placeOf(last)) };
}
