/** The filters of the list of dead letters, in the address. */
import { useSearchParams } from 'wouter';
import { FILTERS } from './selection.ts';
import type { Filters } from './selection.ts';

export interface FiltersInAddress {
  readonly filters: Filters;
  /** What it does not name stays. What is open beside the list is closed. */
  readonly set: (filters: Partial<Filters>) => void;
  readonly clear: () => void;
}

const BESIDE = ['letter', 'run'];

export function useFilters(): FiltersInAddress {
  const [query, setQuery] = useSearchParams();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ''])) as unknown as Filters;
  const set = (given: Partial<Filters>): void => setQuery((before) => {
    const after = new URLSearchParams(before);
    for (const name of BESIDE) after.delete(name);
    for (const [name, value] of Object.entries(given)) {
      if (value === '') after.delete(name);
      else after.set(name, value);
    }
    return after;
  }, { replace: true });
  return { filters, set, clear: () => set({ kind: '', queue: '', reason: '', type: '', handler: '' }) };
}
