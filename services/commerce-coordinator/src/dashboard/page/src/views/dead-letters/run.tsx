/** A run: how far it is, what came of it, and stopping it; and the list of runs. */
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { $api, api } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Progress } from '../../parts/progress.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { Results } from './results.tsx';
import { progressOf, selectionText } from './selection.ts';
import type { Run } from './selection.ts';

const isOver = ({ state }: Pick<Run, 'state'>): boolean => state === 'done' || state === 'stopped';

export function RunCard({ runId, onClose }: { readonly runId: string; readonly onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const params = { path: { runId } };
  const { data: run, error, refetch } = $api.useQuery('get', '/dead-letter-runs/{runId}', { params }, { refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : 400) });
  const ended = run !== undefined && isOver(run);
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/dead-letters') });
  }, [ended, queries]);
  const fault = error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (run === undefined) return fault || <Waiting />;
  const { done, of } = progressOf(run);
  return (
    <section className="card stack" aria-labelledby="run-title">
      {fault}
      <div className="spread">
        <h2 id="run-title">{run.act === 'redrive' ? 'Redrive' : 'Discard'}: {selectionText(run.selection)} <Status word={run.state} tone={run.state === 'done' ? 'good' : run.state === 'stopped' ? 'warn' : 'busy'} /></h2>
        <div className="row">
          {!ended && (
            <ActButton name="Stop" scope="dlq:write" tone="danger" isDisabled={run.state === 'stopping'} call={(reason) => ({ method: 'POST', path: `/dead-letter-runs/${runId}/stop`, body: { reason: reasonOf(reason) } })} run={async (reason) => {
              await api.POST('/dead-letter-runs/{runId}/stop', { params, body: { reason: reasonOf(reason) } });
              await refetch();
            }}><p>It ends after its present batch. What it has done stays done.</p></ActButton>
          )}
          {ended && <button type="button" className="button" onClick={onClose}>Close</button>}
        </div>
      </div>
      {run.toDo === null ? <p role="status">Counting what is meant …</p> : <Progress label={ended ? 'Done' : 'Under way'} done={done} of={of} />}
      <Outcome run={run} />
      {run.lastError !== null && <p className="fault">{run.lastError}</p>}
      {ended && <Results run={run} />}
      <p className="soft">{run.askedBy.subject}, at most {run.rate} a second, because “{run.why}”; begun <Moment at={run.startedAt} />{run.endedAt !== null && <>, ended <Moment at={run.endedAt} /></>}.</p>
    </section>
  );
}

function Outcome({ run: { redriven, known, refused, discarded, moved } }: { readonly run: Run }): ReactNode {
  const told = ([['redriven', redriven, 'good'], ['known already', known, 'plain'], ['moved back by SQS', moved, 'good'], ['discarded', discarded, 'plain'], ['refused again', refused, 'bad']] as const).filter(([, count]) => count > 0);
  return <p className="row" role="status">{told.map(([word, count, tone]) => <Status key={word} word={`${count.toLocaleString()} ${word}`} tone={tone} />)}{moved > 0 && <span className="soft">What the consumer refuses anew comes back here after its attempts.</span>}</p>;
}

const PAGE = 50;

export function Runs(): ReactNode {
  const { rows, error, isPending, hasMore, more, again } = usePages({ queryKey: ['get', '/dead-letter-runs'], refetchMs: 5_000, read: (cursor, signal) => api.GET('/dead-letter-runs', { params: { query: { limit: PAGE, ...cursor } }, signal }) });
  const fault = error !== null && <ProblemNote problem={error} onRetry={again} />;
  if (isPending) return <Waiting />;
  if (rows.length === 0) return fault || <Empty title="Nothing was redriven or discarded yet"><Link href="/dead-letters" className="button">The dead letters</Link></Empty>;
  return <>{fault}<Table label="Runs, the newest first" columns={COLUMNS} rows={rows} rowKey={({ runId }) => runId} hasMore={hasMore} onMore={more} /></>;
}

const COLUMNS: readonly Column<Run>[] = [
  { name: 'Begun', width: '12.5rem', isExtra: true, cell: ({ startedAt }) => <Moment at={startedAt} /> },
  { name: 'What', width: 'minmax(10rem, 2fr)', cell: ({ runId, act, selection }) => <Link href={`/dead-letters?run=${runId}`}>{act}: {selectionText(selection)}</Link> },
  { name: 'State', width: '7rem', cell: ({ state }) => <Status word={state} tone={state === 'done' ? 'good' : state === 'stopped' ? 'warn' : 'busy'} /> },
  { name: 'Done', width: '7rem', isNumber: true, isExtra: true, cell: (run) => `${progressOf(run).done.toLocaleString()} of ${progressOf(run).of.toLocaleString()}` },
  { name: 'Refused', width: '5rem', isNumber: true, isExtra: true, cell: ({ refused }) => refused === 0 ? <span className="soft">0</span> : <span className="fault">✕ {refused.toLocaleString()}</span> },
  { name: 'By', width: 'minmax(6rem, 1fr)', isExtra: true, cell: ({ askedBy }) => askedBy.subject },
  { name: 'Why', width: 'minmax(8rem, 1.5fr)', isExtra: true, cell: ({ why }) => <span className="soft" title={why}>{why}</span> },
];
