/** Dead letters of every kind, grouped by their reason; what does not fit, and bringing them back or giving them up. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api } from '../../api.ts';
import { useLiveRefresh } from '../../live.ts';
import { usePages } from '../../pages.ts';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { useNowMs } from '../../parts/now.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useSession } from '../../session.tsx';
import { LetterCard } from './letter.tsx';
import { RunButton } from './run-button.tsx';
import { RunCard, Runs } from './run.tsx';
import { countIn, filtersOf, goneAt, hasMessages, isFiltered, isIn, KIND_TEXTS, KINDS, listQuery, onTheirWay } from './selection.ts';
import type { Counts, Filters, Group, Kind, Letter, QueueState } from './selection.ts';
import { useFilters } from './use-filters.ts';
import '../events/events.css';
import '../webhooks/webhooks.css';
import './dead-letters.css';

export function DeadLettersView(): ReactNode {
  const [tab] = useQueryText('tab');
  const [runId, setRun] = useQueryText('run');
  const [letterId, setLetter] = useQueryText('letter');
  const { data: counts, error, refetch } = $api.useQuery('get', '/dead-letters/counts', {}, { refetchInterval: 5_000 });
  useLiveRefresh(['get', '/dead-letters/counts'], ({ name }) => name.startsWith('job.') || name.startsWith('audit.'), 2_000);
  return (
    <>
      <div className="spread"><h1>Dead letters</h1>{counts !== undefined && counts.total > 0 && <RedriveAll counts={counts} onBegun={setRun} />}</div>
      <nav className="tabs" aria-label="Dead letters and runs">
        <Link href="/dead-letters" aria-current={tab === '' ? 'page' : undefined}>Dead letters{counts !== undefined && ` (${counts.total.toLocaleString()})`}</Link>
        <Link href="/dead-letters?tab=runs" aria-current={tab === 'runs' ? 'page' : undefined}>Runs</Link>
      </nav>
      {runId !== '' && <RunCard key={runId} runId={runId} onClose={() => setRun('')} />}
      {letterId !== '' && <LetterCard key={letterId} letterId={letterId} onClose={() => setLetter('')} onBegun={setRun} />}
      {tab === 'runs' ? <Runs /> : <>{error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}{counts === undefined ? error === null && <Waiting /> : <Letters counts={counts} isOld={error !== null} onBegun={setRun} />}</>}
    </>
  );
}

const ANY: Filters = { kind: '', queue: '', reason: '', type: '', handler: '' };

function RedriveAll({ counts: { total, items }, onBegun }: { readonly counts: Counts; readonly onBegun: (runId: string) => void }): ReactNode {
  return <RunButton act="redrive" name={`Redrive all ${total.toLocaleString()}`} filters={ANY} count={total} hasMessages={hasMessages(items)} onBegun={onBegun} tone="primary" />;
}

function Letters({ counts, isOld, onBegun }: { readonly counts: Counts; readonly isOld: boolean; readonly onBegun: (runId: string) => void }): ReactNode {
  const { filters, set, clear } = useFilters();
  const { development, scopes } = useSession();
  const mayBreak = development && scopes.includes('admin');
  // What lies here again was refused again, and is on its way no more.
  const moved = Math.max(0, useOnTheirWay() - countIn({ ...ANY, kind: 'queue' }, counts.items));
  const faulty = counts.queues.filter(({ fault, isComplete }) => fault !== null || !isComplete);
  return (
    <>
      {faulty.map(({ queue, fault, lookedAt }) => <p key={queue} className="soft" role="status">△ Queue {queue}: {fault ?? (lookedAt === null ? 'nobody has looked into it yet.' : 'the last look did not come to its end; there are more than are counted.')}</p>)}
      <div className="counters">
        {KINDS.map((kind) => <KindCounter key={kind} kind={kind} count={countIn({ ...ANY, kind }, counts.items)} isChosen={filters.kind === kind} onChoose={() => set({ ...ANY, kind: filters.kind === kind ? '' : kind })} />)}
      </div>
      {moved > 0 && <p role="status">△ {moved.toLocaleString()} {moved === 1 ? 'message is' : 'messages are'} on the way to the consumer, and not judged yet: what is refused again lies here again after its deliveries, in about a minute.</p>}
      {counts.total === 0 && moved === 0 && !isOld && faulty.length === 0 && (
        <Empty title="No dead letters"><p>Everything was taken, and every handler came to its end. {mayBreak && <><Link href="/break">Give SQS bad messages</Link> to see some, or look</>}{!mayBreak && 'Look'} at <Link href="/dead-letters?tab=runs">what was redriven before</Link>.</p></Empty>
      )}
      {counts.total > 0 && (
        <>
          <Groups groups={counts.items.filter((group) => isIn({ ...ANY, kind: filters.kind }, group))} queues={counts.queues} filters={filters} onChoose={(group) => set(filtersOf(group))} onBegun={onBegun} />
          <LetterList filters={filters} counts={counts} onBegun={onBegun} onClear={clear} />
        </>
      )}
    </>
  );
}

const LATEST_RUNS = 10;

/** Messages that SQS has moved back lately, and of which nobody knows yet whether they are taken. */
function useOnTheirWay(): number {
  const { data } = $api.useQuery('get', '/dead-letter-runs', { params: { query: { limit: LATEST_RUNS } } }, { refetchInterval: 5_000 });
  return onTheirWay(data?.items ?? [], useNowMs());
}

function KindCounter({ kind, count, isChosen, onChoose }: { readonly kind: Kind; readonly count: number; readonly isChosen: boolean; readonly onChoose: () => void }): ReactNode {
  return <button type="button" className={`counter letter-counter ${count === 0 ? 'calm' : 'bad'}`} aria-pressed={isChosen} onClick={onChoose}><span className="counter-value">{count.toLocaleString()}</span><span>{KIND_TEXTS[kind]}</span></button>;
}

interface GroupsProps {
  readonly groups: readonly Group[];
  readonly queues: readonly QueueState[];
  readonly filters: Filters;
  readonly onChoose: (group: Group) => void;
  readonly onBegun: (runId: string) => void;
}

const SOON_MS = 2 * 86_400_000;

/** Its age, and when SQS forgets it. */
function Oldest({ group, queues }: { readonly group: Group; readonly queues: readonly QueueState[] }): ReactNode {
  const at = goneAt(group, queues);
  const nowMs = useNowMs();
  const isSoon = at !== undefined && Date.parse(at) - nowMs < SOON_MS;
  return <span className="letter-oldest"><Moment at={group.oldest} as="ago" />{at === undefined ? <span className="soft">{group.queue === null ? 'stays in the log' : ''}</span> : <span className={isSoon ? 'fault' : 'soft'}>{isSoon && '△ '}gone <Moment at={at} as="ago" /></span>}</span>;
}

const keyOf = ({ kind, queue, reason, eventType, handler }: Group): string => [kind, queue, reason, eventType, handler].join('|');

function groupColumns({ filters, queues, onChoose, onBegun }: GroupsProps): readonly Column<Group>[] {
  return [
    { name: 'Reason', width: 'minmax(9rem, 1.6fr)', cell: (group) => <button type="button" className="link" aria-pressed={isFiltered(filters) && isIn(filters, group) && filters.reason !== ''} onClick={() => onChoose(group)}>{group.reason}</button> },
    { name: 'Where', width: 'minmax(8rem, 1.2fr)', isExtra: true, cell: ({ kind, queue }) => <span title={KIND_TEXTS[kind]}>{queue === null ? KIND_TEXTS[kind] : `queue ${queue}`}</span> },
    { name: 'Event', width: 'minmax(8rem, 1.3fr)', isExtra: true, cell: ({ eventType }) => <code>{eventType ?? '–'}</code> },
    { name: 'Handler', width: 'minmax(7rem, 1.1fr)', isExtra: true, cell: ({ handler }) => <code>{handler ?? '–'}</code> },
    { name: 'How many', width: '5rem', isNumber: true, cell: ({ count }) => count.toLocaleString() },
    { name: 'Oldest', width: '10rem', isExtra: true, cell: (group) => <Oldest group={group} queues={queues} /> },
    { name: 'What to do', isNameHidden: true, width: 'minmax(6rem, 11.5rem)', narrow: '6rem', cell: (group) => <span className="row letter-acts"><RunButton act="redrive" name="Redrive" filters={filtersOf(group)} count={group.count} hasMessages={hasMessages([group])} onBegun={onBegun} isSmall /><span className="extra-act"><RunButton act="discard" name="Discard" filters={filtersOf(group)} count={group.count} hasMessages={hasMessages([group])} onBegun={onBegun} isSmall /></span></span> },
  ];
}

function Groups(props: GroupsProps): ReactNode {
  return <section aria-labelledby="groups-title"><h2 id="groups-title">By reason</h2><div className="letter-groups"><Table label="Dead letters by reason" columns={groupColumns(props)} rows={props.groups} rowKey={keyOf} rowHeightPx={48} /></div></section>;
}

const PAGE = 100;
/** A run takes so many single ones. */
const MOST_CHOSEN = 200;

interface LetterColumns {
  readonly chosen: ReadonlySet<string>;
  readonly letterId: string;
  readonly toggle: (id: string) => void;
  readonly open: (id: string) => void;
}

function letterColumns({ chosen, letterId, toggle, open }: LetterColumns): readonly Column<Letter>[] {
  return [
    { name: 'Choose', isNameHidden: true, width: '1.6rem', cell: ({ id }) => <input type="checkbox" aria-label={`Choose ${id}`} checked={chosen.has(id)} onChange={() => toggle(id)} /> },
    { name: 'Dead since', width: 'minmax(7rem, 12rem)', narrow: '6.5rem', cell: ({ at }) => <Moment at={at} as="ago" /> },
    { name: 'Event', width: 'minmax(9rem, 1.2fr)', cell: ({ id, eventType }) => <button type="button" className="link" aria-expanded={id === letterId} onClick={() => open(id)}>{eventType ?? 'no event'}</button> },
    { name: 'Reason', width: 'minmax(7rem, 1fr)', isExtra: true, cell: ({ reason }) => reason },
    { name: 'What was said', width: 'minmax(10rem, 2.2fr)', isExtra: true, cell: ({ detail }) => <span className="soft" title={detail}>{detail}</span> },
    { name: 'Tries', width: '3.5rem', isNumber: true, isExtra: true, cell: ({ attempts }) => attempts },
    { name: 'About', width: 'minmax(6rem, 0.8fr)', isExtra: true, cell: ({ subject }) => subject === null ? <span className="soft">–</span> : <Link href={`/orders/${subject}`} title={subject}><code>…{subject.slice(-12)}</code></Link> },
  ];
}

function LetterList({ filters, counts, onBegun, onClear }: { readonly filters: Filters; readonly counts: Counts; readonly onBegun: (runId: string) => void; readonly onClear: () => void }): ReactNode {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [letterId, setLetter] = useQueryText('letter');
  const { kind, ...named } = listQuery(filters);
  const query = { ...(kind !== undefined && { kind: kind as Kind }), ...(named as Record<string, never>) };
  const { rows, error, isPending, hasMore, more, again } = usePages({ queryKey: ['get', '/dead-letters', query], read: (cursor, signal) => api.GET('/dead-letters', { params: { query: { limit: PAGE, ...query, ...cursor } }, signal }) });
  const ids = rows.filter(({ id }) => chosen.has(id)).map(({ id }) => id).slice(0, MOST_CHOSEN);
  const isAll = rows.length > 0 && rows.slice(0, MOST_CHOSEN).every(({ id }) => chosen.has(id));
  const toggle = (id: string): void => setChosen(chosen.has(id) ? new Set([...chosen].filter((one) => one !== id)) : new Set([...chosen, id]));
  const isMessages = rows.some(({ id, kind: its }) => chosen.has(id) && (its === 'queue' || its === 'rule-target'));
  const begun = (runId: string): void => { setChosen(new Set()); onBegun(runId); };
  const left = countIn(filters, counts.items);
  return (
    <section className="stack" aria-labelledby="letters-title">
      <div className="spread">
        <h2 id="letters-title">{isFiltered(filters) ? `${left.toLocaleString()} of ${counts.total.toLocaleString()}` : 'All of them'}, the oldest first</h2>
        <div className="row">
          {rows.length > 0 && <button type="button" className="button small" onClick={() => setChosen(isAll ? new Set() : new Set(rows.slice(0, MOST_CHOSEN).map(({ id }) => id)))}>{isAll ? 'Choose none' : `Choose ${rows.length > MOST_CHOSEN || hasMore ? `the first ${Math.min(rows.length, MOST_CHOSEN)}` : 'all'}`}</button>}
          {ids.length > 0 && <RunButton act="redrive" name={`Redrive ${ids.length} chosen`} ids={ids} filters={filters} count={ids.length} hasMessages={isMessages} onBegun={begun} isSmall tone="primary" />}
          {ids.length > 0 && <RunButton act="discard" name={`Discard ${ids.length}`} ids={ids} filters={filters} count={ids.length} hasMessages={isMessages} onBegun={begun} isSmall />}
          {isFiltered(filters) && ids.length === 0 && <RunButton act="redrive" name={`Redrive these ${left.toLocaleString()}`} filters={filters} count={left} hasMessages={hasMessages(counts.items.filter((group) => isIn(filters, group)))} onBegun={begun} isSmall tone="primary" />}
          {isFiltered(filters) && <button type="button" className="button small" onClick={onClear}>Show all</button>}
        </div>
      </div>
      {error !== null && <ProblemNote problem={error} onRetry={again} />}
      {isPending && <Waiting />}
      {!isPending && error === null && rows.length === 0 && <Empty title="None is like this"><button type="button" className="button" onClick={onClear}>Show all</button></Empty>}
      {rows.length > 0 && <Table label="Dead letters, the oldest first" columns={letterColumns({ chosen, letterId, toggle, open: (id) => { setLetter(id); document.getElementById('view')?.scrollTo(0, 0); } })} rows={rows} rowKey={({ id }) => id} hasMore={hasMore} onMore={more} rowClass={({ id }) => (id === letterId ? 'is-chosen' : '')} />}
    </section>
  );
}
