/** What would come of a redrive: the service says of each message whether it is accepted now. Some of the first are asked about. */
import { api } from '../../api.ts';
import { listQuery } from './selection.ts';
import type { Filters, Kind, WholeLetter } from './selection.ts';
import { summaryOf } from './tried-out.ts';
import type { TriedOut } from './tried-out.ts';

const MOST = 25;

export async function tryOut(ids: readonly string[] | undefined, filters: Filters): Promise<TriedOut> {
  try {
    const some = ids?.slice(0, MOST) ?? (await firstOf(filters));
    const letters: WholeLetter[] = [];
    for (const letterId of some) {
      const { data } = await api.GET('/dead-letters/{letterId}', { params: { path: { letterId } } });
      if (data !== undefined) letters.push(data);
    }
    return summaryOf(letters);
  } catch (error) {
    return { looked: 0, accepted: 0, refused: new Map(), problem: error instanceof Error ? error.message : String(error) };
  }
}

async function firstOf(filters: Filters): Promise<string[]> {
  const { kind, ...named } = listQuery(filters);
  const { data } = await api.GET('/dead-letters', { params: { query: { limit: MOST, ...(kind !== undefined && { kind: kind as Kind }), ...(named as Record<string, never>) } } });
  return data?.items.map(({ id }) => id) ?? [];
}
