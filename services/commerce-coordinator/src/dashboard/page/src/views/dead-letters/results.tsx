/** What came of a run, letter by letter: single ones are looked at again, of a group those that stayed are listed. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { api, ApiProblem } from '../../api.ts';
import { Status } from '../../parts/status.tsx';
import type { Letter, Run } from './selection.ts';

interface Result {
  readonly id: string;
  /** Undefined: it is not among the dead letters any more. */
  readonly letter: Letter | undefined;
}

const MOST = 50;

export function Results({ run }: { readonly run: Run }): ReactNode {
  const { ids, kinds, type, handler, queue } = run.selection;
  const some = ids?.slice(0, MOST) ?? [];
  const { data } = useQuery({ queryKey: ['dead-letter-results', run.runId], enabled: some.length > 0, queryFn: ({ signal }) => resultsOf(some, signal) });
  if (ids === undefined) {
    if (run.refused === 0) return null;
    const query = new URLSearchParams({ ...(kinds?.length === 1 && kinds[0] !== undefined && { kind: kinds[0] }), ...(queue !== undefined && { queue }), ...(type !== undefined && { type }), ...(handler !== undefined && { handler }) });
    return <p><Link href={`/dead-letters?${query}`}>Those that stayed, each with its new reason</Link></p>;
  }
  return (
    <ul className="letter-results">
      {(data ?? []).map(({ id, letter }) => <li key={id}>{letter === undefined ? <Status word={run.act === 'redrive' ? 'brought back' : 'discarded'} tone="good" /> : <Status word={`stays: ${letter.reason}`} tone="bad" />} <Link href={`/dead-letters?letter=${encodeURIComponent(id)}`}><code>{id}</code></Link></li>)}
      {ids.length > MOST && <li className="soft">… and {ids.length - MOST} more</li>}
    </ul>
  );
}

async function resultsOf(ids: readonly string[], signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  for (const id of ids) {
    const letter = await api.GET('/dead-letters/{letterId}', { params: { path: { letterId: id } }, signal }).then(({ data }) => data, (error: unknown) => {
      if (error instanceof ApiProblem && error.status === 404) return undefined;
      throw error;
    });
    results.push({ id, letter });
  }
  return results;
}
