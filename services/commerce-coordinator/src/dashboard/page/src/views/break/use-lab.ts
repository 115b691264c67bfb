/** Asks the lab what can be broken, what is, and what came of it, every second while the view is open. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { callJson } from '../../api.ts';
import type { Faults, Outcome, Wish } from './lab-data.ts';

const FAULTS = ['lab', 'faults'];
const OUTCOME = ['lab', 'outcome'];
const EVERY_MS = 1_000;
const PATH = '/development/lab';

export function faultPath(dependency: string): string {
  return `${PATH}/faults/${encodeURIComponent(dependency)}`;
}

export interface Lab {
  readonly faults: Faults | undefined;
  readonly outcome: Outcome | undefined;
  readonly problem: unknown;
  break(dependency: string, wish: Wish): Promise<void>;
  /** All of it when none is named. */
  mend(dependency?: string): Promise<void>;
}

export function useLab(): Lab {
  const queries = useQueryClient();
  const faults = useQuery({ queryKey: FAULTS, queryFn: ({ signal }) => callJson<Faults>('GET', `${PATH}/faults`, undefined, signal), refetchInterval: EVERY_MS });
  const outcome = useQuery({ queryKey: OUTCOME, queryFn: ({ signal }) => callJson<Outcome>('GET', `${PATH}/outcome`, undefined, signal), refetchInterval: EVERY_MS, enabled: faults.data !== undefined });
  const changed = async (answer: Promise<Faults>): Promise<void> => {
    queries.setQueryData(FAULTS, await answer);
    await queries.invalidateQueries({ queryKey: OUTCOME });
  };
  return {
    faults: faults.data, outcome: outcome.data, problem: faults.error ?? outcome.error,
    break: (dependency, wish) => changed(callJson<Faults>('PUT', faultPath(dependency), wish)),
    mend: (dependency) => changed(callJson<Faults>('DELETE', dependency === undefined ? `${PATH}/faults` : faultPath(dependency))),
  };
}
