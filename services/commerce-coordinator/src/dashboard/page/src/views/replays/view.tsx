/** Replays: events of the log given once more to one target, with what it would change first; and windows of the bus archive. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { api } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { May } from '../../session.tsx';
import { ArchiveReplays } from './archive.tsx';
import { NewReplay } from './new-replay.tsx';
import { ReplayCard } from './replay.tsx';
import { REPLAY_TONES, selectionText, targetText } from './wish.ts';
import type { Replay } from './wish.ts';
import '../events/events.css';
import '../webhooks/webhooks.css';
import './replays.css';

export function ReplaysView(): ReactNode {
  const [tab] = useQueryText('tab');
  const [replayId, setReplay] = useQueryText('replay');
  const link = (name: string, text: string): ReactNode => <Link href={name === '' ? '/replays' : `/replays?tab=${name}`} aria-current={tab === name ? 'page' : undefined}>{text}</Link>;
  return (
    <>
      <div className="spread"><h1>Replays</h1></div>
      <nav className="tabs" aria-label="Kinds of replays">{link('', 'Replays of the log')}<May scope="replay:write">{link('new', 'New replay')}</May>{link('archive', 'From the bus archive')}</nav>
      {tab === 'archive' ? <ArchiveReplays /> : tab === 'new' ? <May scope="replay:write"><NewReplay /></May> : (
        <>
          {replayId !== '' && <ReplayCard key={replayId} replayId={replayId} onClose={() => setReplay('')} onBegun={setReplay} />}
          <List chosen={replayId} />
        </>
      )}
    </>
  );
}

const PAGE = 50;

function List({ chosen }: { readonly chosen: string }): ReactNode {
  const { rows, error, isPending, hasMore, more, again } = usePages({ queryKey: ['get', '/api/replays'], refetchMs: 3_000, read: (cursor, signal) => api.GET('/api/replays', { params: { query: { limit: PAGE, ...cursor } }, signal }) });
  const fault = error !== null && <ProblemNote problem={error} onRetry={again} />;
  if (isPending) return <Waiting />;
  if (rows.length === 0) return fault || <Empty title="Nothing was replayed yet"><p>A replay gives events of the log once more to a handler that was wrong, or to a webhook that has lost them. It begins as a dry run, which changes nothing.</p><May scope="replay:write"><Link href="/replays?tab=new" className="button primary">New replay</Link></May></Empty>;
  return <>{fault}<Table label="Replays, the newest first" columns={COLUMNS} rows={rows} rowKey={({ replayId }) => replayId} hasMore={hasMore} onMore={more} rowClass={({ replayId }) => (replayId === chosen ? 'is-chosen' : '')} /></>;
}

const COLUMNS: readonly Column<Replay>[] = [
  { name: 'Asked for', width: '12.5rem', isExtra: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
  { name: 'To', width: 'minmax(10rem, 1.3fr)', cell: ({ replayId, target }) => <Link href={`/replays?replay=${replayId}`}>{targetText(target)}</Link> },
  { name: 'Events', width: 'minmax(9rem, 1.6fr)', isExtra: true, cell: ({ selection }) => <span className="soft" title={selectionText(selection)}>{selectionText(selection)}</span> },
  { name: 'Mode', width: '5.5rem', narrow: '4.4rem', cell: ({ mode }) => (mode === 'dry' ? 'dry run' : 'run') },
  { name: 'State', width: '7rem', cell: ({ state }) => <Status word={state} tone={REPLAY_TONES[state]} /> },
  { name: 'Matched', width: '5.5rem', isNumber: true, isExtra: true, cell: ({ matched }) => matched.toLocaleString() },
  { name: 'Changed', width: '5.5rem', isNumber: true, isExtra: true, cell: ({ changed }) => changed.toLocaleString() },
  { name: 'Failed', width: '4.5rem', isNumber: true, isExtra: true, cell: ({ failed }) => failed === 0 ? <span className="soft">0</span> : <span className="fault">✕ {failed.toLocaleString()}</span> },
  { name: 'By', width: 'minmax(6rem, 0.8fr)', isExtra: true, cell: ({ requestedBy }) => requestedBy.subject },
];
