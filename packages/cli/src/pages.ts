/** Lists that come in pages: reads on until there is enough. */
import { z } from 'zod';
import type { Api } from './api.http.ts';
import { NoAnswer, UsageFault } from './failures.ts';
import { query } from './paths.ts';

const LARGEST_PAGE = 200;
const MOST = 10_000;

const pageForm = z.looseObject({ items: z.array(z.unknown()), nextCursor: z.string().nullable() });

/** `limit`: how many items at most, as the operator wrote it. `nextCursor` is null when there are no more than those. */
export async function readPages(api: Api, path: string, filters: Readonly<Record<string, string | undefined>>, limit: string): Promise<{ items: unknown[]; nextCursor: string | null }> {
  const wanted = /^\d{1,5}$/.test(limit) ? Number(limit) : 0;
  if (wanted < 1 || wanted > MOST) throw new UsageFault(`--limit is a whole number from 1 to ${MOST}.`);
  const items: unknown[] = [];
  let cursor: string | undefined;
  for (;;) {
    const size = String(Math.min(wanted - items.length, LARGEST_PAGE));
    const page = pageForm.safeParse(await api.call('GET', `${path}${query({ ...filters, limit: size, cursor })}`));
    if (!page.success) throw new NoAnswer('The answer is not a page of a list.', 'Check that the address is that of the service.');
    items.push(...page.data.items);
    cursor = page.data.nextCursor ?? undefined;
    if (cursor === undefined || items.length >= wanted) return { items, nextCursor: cursor ?? null };
  }
}

/** Says that a list was cut, if it was. */
export function remarkOnRest({ items, nextCursor }: { readonly items: readonly unknown[]; readonly nextCursor: string | null }, remark: (text: string) => void): void {
  if (nextCursor !== null) remark(`These are the first ${items.length}; more with --limit.`);
}
