/** The names of the types of events, from the catalogue. */
import { $api } from '../../api.ts';

const KEEP_MS = 300_000;

/** Gives for a type the name under which webhooks know it; the type itself until the catalogue is there, and for what it does not have. */
export function useEventNames(): (type: string) => string {
  const names = useCatalogue();
  return (type) => names.get(type) ?? type;
}

function useCatalogue(): ReadonlyMap<string, string> {
  const { data } = $api.useQuery('get', '/api/catalog', {}, { staleTime: KEEP_MS, select: namesIn });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

function namesIn({ items }: { readonly items: readonly { readonly type: string; readonly webhook: string }[] }): ReadonlyMap<string, string> {
  return new Map(items.map(({ type, webhook }) => [type, webhook]));
}
