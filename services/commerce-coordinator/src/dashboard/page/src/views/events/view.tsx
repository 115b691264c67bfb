/** Events: the history, searched by type, subject, correlation id, time and pattern, the newest first. */
import { useId } from 'react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { $api } from '../../api.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { EventName, SubjectLink } from './event-name.tsx';
import { gistOf } from './gist.ts';
import type { HistoryEvent } from './history.ts';
import { useEventNames } from './names.ts';
import { faultsOf } from './search.ts';
import { useSearch, useSearchFields } from './use-search.ts';
import type { Found } from './use-search.ts';
import './events.css';

export function EventsView(): ReactNode {
  const { search, set, clear } = useSearchFields();
  const named = useEventNames();
  const found = useSearch(search);
  const faults = faultsOf(search);
  const isNarrowed = Object.values(search).some((one) => one !== '');
  return (
    <>
      <div className="spread">
        <h1>Events</h1>
        <div className="row">
          <GoToEvent />
          <Link href={search.filter === '' ? '/live' : `/live?filter=${encodeURIComponent(search.filter)}`} className="button">Follow live</Link>
          <button type="button" className="button" onClick={found.again}>Look again</button>
        </div>
      </div>
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <TypeField value={search.type} onChange={(text) => set('type', text)} fault={faults.type} />
        <TopicField value={search.topic} onChange={(text) => set('topic', text)} />
        <FilterField label="About (order id, sku …)" value={search.subject} onChange={(text) => set('subject', text)} />
        <FilterField label="Correlation id" value={search.correlationId} onChange={(text) => set('correlationId', text)} fault={faults.correlationId} />
        <FilterField label="From" value={search.from} placeholder="3h, or 2026-11-22T10:00" onChange={(text) => set('from', text)} fault={faults.from} />
        <FilterField label="To" value={search.to} placeholder="now" onChange={(text) => set('to', text)} fault={faults.to} />
        <div className="wide"><FilterField label="Event pattern of EventBridge" value={search.filter} placeholder='{"data":{"total":[{"prefix":"1"}]}}' onChange={(text) => set('filter', text)} fault={faults.filter} /></div>
        {isNarrowed && <button type="button" className="button" onClick={clear}>Show all</button>}
      </form>
      <Result found={found} named={named} isNarrowed={isNarrowed} onClear={clear} />
    </>
  );
}

function Result({ found, named, isNarrowed, onClear }: { readonly found: Found; readonly named: (type: string) => string; readonly isNarrowed: boolean; readonly onClear: () => void }): ReactNode {
  const { events, error, isLoading, isFetching, hasMore, goesOnByItself, more, again } = found;
  const fault = error !== null && error !== undefined && <ProblemNote problem={error} onRetry={again} />;
  if (fault !== false && events.length === 0) return fault;
  if (isLoading) return <Waiting text="Searching …" />;
  return (
    <>
      {fault}
      <Looked found={found} />
      {events.length > 0 && <Table label="Events, the newest first" columns={columnsOf(named)} rows={events} rowKey={({ eventId }) => eventId} rowHeightPx={36} hasMore={hasMore && goesOnByItself && fault === false} onMore={more} />}
      {events.length === 0 && !hasMore && (
        <Empty title={isNarrowed ? 'No event is like this' : 'Nothing has happened yet'}>
          {isNarrowed ? <button type="button" className="button" onClick={onClear}>Show all events</button> : <Link href="/shop">Place an order in the storefront</Link>}
        </Empty>
      )}
      {hasMore && !goesOnByItself && <p className="row"><button type="button" className="button primary" disabled={isFetching} onClick={more}>{isFetching ? 'Looking …' : 'Look further back'}</button></p>}
    </>
  );
}

function Looked({ found: { events, scanned, pending, hasMore, isFetching } }: { readonly found: Found }): ReactNode {
  return (
    <p className="soft" role="status">
      {isFetching ? 'Looking … ' : ''}{events.length.toLocaleString()} found, {scanned.toLocaleString()} events looked at{hasMore ? '' : ', to the beginning of the log'}.
      {pending && ' Newer ones are stored and follow in a moment.'}
    </p>
  );
}

function columnsOf(named: (type: string) => string): readonly Column<HistoryEvent>[] {
  return [
    { name: 'Recorded', width: '12.5rem', narrow: '10.4rem', cell: ({ recordedAt }) => <Moment at={recordedAt} /> },
    { name: 'Event', width: 'minmax(12rem, 1.4fr)', cell: ({ eventId, eventType }) => <EventName eventId={eventId} name={named(eventType)} /> },
    { name: 'About', width: 'minmax(8rem, 0.9fr)', cell: (event) => <SubjectLink event={event} />, isExtra: true },
    { name: 'By', width: 'minmax(8rem, 1fr)', cell: ({ handler, source }) => <span className="soft">{handler ?? source}</span>, isExtra: true },
    { name: 'It says', width: 'minmax(12rem, 2fr)', cell: ({ data }) => <span className="soft" title={gistOf(data)}>{gistOf(data)}</span>, isExtra: true },
  ];
}

interface FieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly fault?: string | undefined;
}

function TypeField({ value, onChange, fault }: FieldProps): ReactNode {
  const { data } = $api.useQuery('get', '/api/catalog', {}, { staleTime: 300_000 });
  const listId = useId();
  return (
    <label className="field">Type
      <input type="search" list={listId} value={value} placeholder="order.created" aria-invalid={fault !== undefined} onChange={({ target }) => onChange(target.value)} />
      <datalist id={listId}>{(data?.items ?? []).filter(({ visibility }) => visibility !== 'live').map(({ type, webhook }) => <option key={type} value={webhook}>{type}</option>)}</datalist>
      {fault !== undefined && <span className="fault" role="alert">{fault}</span>}
    </label>
  );
}

function TopicField({ value, onChange }: FieldProps): ReactNode {
  const { data } = $api.useQuery('get', '/api/catalog', {}, { staleTime: 300_000 });
  const topics = [...new Set((data?.items ?? []).map(({ topic }) => topic.name))].sort();
  return (
    <label className="field">Topic
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">all</option>
        {topics.map((topic) => <option key={topic}>{topic}</option>)}
      </select>
    </label>
  );
}

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

function GoToEvent(): ReactNode {
  const [, go] = useLocation();
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      const id = new FormData(event.currentTarget).get('id');
      if (typeof id === 'string') go(`/events/${id.trim()}`);
    }}>
      <input name="id" type="search" aria-label="Event id" placeholder="Go to an event id" pattern={`\\s*${UUID}\\s*`} title="The id of an event is a UUID" required />
    </form>
  );
}
