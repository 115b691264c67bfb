/** Replays out of the archive of Order Fulfillment's bus: they bring in what never arrived, and nothing twice. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { useNowMs } from '../../parts/now.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import type { paths } from '../../openapi.ts';
import { timeOf } from '../events/search.ts';

type ArchiveReplay = paths['/archive-replays/{name}']['get']['responses']['200']['content']['application/json'];
const KEY = ['get', '/archive-replays'];
const PAGE = 50;
const TONES = { STARTING: 'busy', RUNNING: 'busy', CANCELLING: 'warn', COMPLETED: 'good', CANCELLED: 'warn', FAILED: 'bad' } as const;

export function ArchiveReplays(): ReactNode {
  const queries = useQueryClient();
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: KEY });
  const { rows, error, isPending, hasMore, more, again: retry } = usePages({ queryKey: KEY, refetchMs: 3_000, read: (cursor, signal) => api.GET('/archive-replays', { params: { query: { limit: PAGE, ...cursor } }, signal }) });
  return (
    <>
      <div className="spread"><p className="soft">EventBridge sends the events of a window once more, to the rule of this service alone. What is here already is passed over.</p><StartArchive onStarted={again} /></div>
      {error !== null && <ProblemNote problem={error} onRetry={retry} />}
      {isPending && <Waiting />}
      {!isPending && error === null && rows.length === 0 && <Empty title="Nothing was replayed from the archive"><p>After a loss press “Replay a window” and name the time of the loss.</p></Empty>}
      {rows.length > 0 && <Table label="Replays from the archive" columns={columnsOf(again)} rows={rows} rowKey={({ name }) => name} rowHeightPx={44} hasMore={hasMore} onMore={more} />}
    </>
  );
}

function StartArchive({ onStarted }: { readonly onStarted: () => Promise<void> }): ReactNode {
  const [from, setFrom] = useState('1h');
  const [to, setTo] = useState('');
  const nowMs = useNowMs();
  const window = { from: timeOf(from, nowMs), to: to.trim() === '' ? undefined : timeOf(to, nowMs) };
  const isReady = window.from !== undefined && (to.trim() === '' || window.to !== undefined);
  const body = (reason: string) => ({ from: window.from ?? '', ...(window.to !== undefined && { to: window.to }), reason: reasonOf(reason) });
  return (
    <ActButton name="Replay a window" scope="replay:write" tone="primary" isReady={isReady} call={(reason) => ({ method: 'POST', path: '/archive-replays', body: body(reason) })} run={async (reason) => {
      await api.POST('/archive-replays', { body: body(reason) });
      await onStarted();
    }}>
      <div className="row">
        <label className="field">From<input value={from} placeholder="1h, or 2026-11-22T10:00" aria-invalid={window.from === undefined} onChange={({ target }) => setFrom(target.value)} /></label>
        <label className="field">To<input value={to} placeholder="now" aria-invalid={to.trim() !== '' && window.to === undefined} onChange={({ target }) => setTo(target.value)} /></label>
      </div>
      <p className="soft">{window.from === undefined ? 'A time, or how long ago: 15m, 3h, 2d.' : <>From <Moment at={window.from} />{window.to === undefined ? ' to now' : <> to <Moment at={window.to} /></>}. An archive may take ten minutes to have an event.</>}</p>
    </ActButton>
  );
}

function columnsOf(again: () => Promise<void>): readonly Column<ArchiveReplay>[] {
  return [
    { name: 'Name', width: 'minmax(10rem, 1.5fr)', cell: ({ name }) => <code title={name}>{name}</code> },
    { name: 'State', width: '8rem', narrow: '7rem', cell: ({ state, reason }) => <span title={reason ?? ''}><Status word={state.toLowerCase()} tone={TONES[state]} /></span> },
    { name: 'From', width: '12.5rem', isExtra: true, cell: ({ from }) => <Moment at={from} /> },
    { name: 'To', width: '12.5rem', isExtra: true, cell: ({ to }) => <Moment at={to} /> },
    { name: 'Sent', width: '8rem', isExtra: true, cell: ({ progress }) => <progress max={1} value={progress} aria-label={`${Math.round(progress * 100)} % of the window is sent`} /> },
    { name: 'Were missing', width: '7rem', narrow: '6rem', isNumber: true, cell: ({ arrived }) => arrived.applied.toLocaleString() },
    { name: 'Known', width: '5rem', isNumber: true, isExtra: true, cell: ({ arrived }) => arrived.duplicates.toLocaleString() },
    { name: 'Refused', width: '5rem', isNumber: true, isExtra: true, cell: ({ arrived }) => arrived.refused.toLocaleString() },
    { name: 'What to do', isNameHidden: true, width: '5rem', isExtra: true, cell: ({ name, state }) => (state === 'RUNNING' || state === 'STARTING') && <ActButton name="Stop" scope="replay:write" isSmall tone="danger" call={(reason) => ({ method: 'POST', path: `/archive-replays/${encodeURIComponent(name)}/stop`, body: { reason: reasonOf(reason) } })} run={async (reason) => { await api.POST('/archive-replays/{name}/stop', { params: { path: { name } }, body: { reason: reasonOf(reason) } }); await again(); }}><p>What it has sent stays.</p></ActButton> },
  ];
}
