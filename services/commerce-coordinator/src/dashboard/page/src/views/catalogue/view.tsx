/** The catalogue of events: every type with its names, versions and schemas, who tells it and who hears it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { useQueryText } from '../../address.ts';
import { $api, ApiProblem, callJson } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Json } from '../../parts/json.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { marksOf, matching, retentionText } from './types.ts';
import '../events/events.css';
import './catalogue.css';

type EventType = Schemas['EventType'];

export function CatalogueView(): ReactNode {
  const [type, setType] = useQueryText('type');
  const { data, error, refetch } = $api.useQuery('get', '/api/catalog', {}, { refetchInterval: 10_000 });
  const fault = error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return fault || <Waiting />;
  return (
    <>
      {fault}
      <div className="spread"><h1>Catalogue</h1><a href={type === '' ? '/catalog' : `/catalog/${type}`}>As pages to print and share</a></div>
      {type !== '' && <TypeCard key={type} name={type} onClose={() => setType('')} />}
      <List types={data.items} chosen={type} />
    </>
  );
}

function List({ types, chosen }: { readonly types: readonly EventType[]; readonly chosen: string }): ReactNode {
  const [text, setText] = useQueryText('text');
  const [topic, setTopic] = useQueryText('topic');
  const topics = [...new Set(types.map((one) => one.topic.name))].sort();
  const shown = matching(types, { text, topic });
  return (
    <>
      <div className="filters">
        <FilterField label="Name, words or handler" value={text} onChange={setText} />
        <label className="field">Topic<select value={topic} onChange={({ target }) => setTopic(target.value)}><option value="">all</option>{topics.map((one) => <option key={one}>{one}</option>)}</select></label>
        <p className="soft catalogue-count" role="status">{shown.length === types.length ? `${types.length} types` : `${shown.length} of ${types.length} types`}</p>
      </div>
      {shown.length === 0
        ? <Empty title="No type is like this"><button type="button" className="button" onClick={() => { setText(''); setTopic(''); }}>Show all</button></Empty>
        : <Table label="Types of events" columns={COLUMNS} rows={shown} rowKey={(one) => one.type} rowHeightPx={56} rowClass={(one) => (one.type === chosen ? 'is-chosen' : '')} />}
    </>
  );
}

const COLUMNS: readonly Column<EventType>[] = [
  { name: 'Type', width: 'minmax(11rem, 1.6fr)', cell: (one) => <span className="catalogue-cell"><TypeLink type={one.type} /><code className="soft">{one.webhook}</code></span> },
  { name: 'What it says', width: 'minmax(10rem, 2.2fr)', isExtra: true, cell: ({ description }) => <span className="catalogue-says" title={description}>{description.replaceAll('`', '')}</span> },
  { name: 'Topic', width: 'minmax(7rem, 1fr)', isExtra: true, cell: ({ topic }) => <span className="catalogue-cell"><span>{topic.name}</span><span className="soft">{retentionText(topic.retentionDays)}</span></span> },
  { name: 'Version', width: '4.2rem', isExtra: true, cell: ({ currentVersion }) => currentVersion },
  { name: 'Told by', width: 'minmax(7rem, 1fr)', isExtra: true, cell: ({ producers }) => <Names names={producers.map(({ source, extension }) => extension ?? source)} none="nobody here" /> },
  { name: 'Heard by', width: 'minmax(7rem, 1.3fr)', isExtra: true, cell: ({ readers, unheard }) => readers.length === 0 ? <span className="soft" title={unheard ?? ''}>{unheard === null ? '△ nobody' : 'nobody, on purpose'}</span> : <Names names={readers.map(({ handler }) => handler)} none="" /> },
  { name: 'Last day', width: '5rem', isNumber: true, cell: ({ counts }) => counts === null ? <span className="soft">live</span> : counts.events === 0 ? <span className="soft">0</span> : counts.events.toLocaleString() },
];

function TypeLink({ type }: { readonly type: string }): ReactNode {
  const [text] = useQueryText('text');
  const [topic] = useQueryText('topic');
  return <Link href={`/catalogue?${new URLSearchParams({ ...(text !== '' && { text }), ...(topic !== '' && { topic }), type })}`} onClick={() => document.getElementById('view')?.scrollTo(0, 0)}>{type}</Link>;
}

function Names({ names, none }: { readonly names: readonly string[]; readonly none: string }): ReactNode {
  if (names.length === 0) return <span className="soft">{none}</span>;
  return <span title={names.join(', ')}>{names[0]}{names.length > 1 && <span className="soft"> +{names.length - 1}</span>}</span>;
}

function TypeCard({ name, onClose }: { readonly name: string; readonly onClose: () => void }): ReactNode {
  const params = { params: { path: { type: name } } };
  const { data: type, error, refetch } = $api.useQuery('get', '/api/catalog/{type}', params, { refetchInterval: 10_000 });
  if (error instanceof ApiProblem && error.status === 404) return <Empty title={`There is no type ${name}`}><p>It may be of an extension that is not loaded.</p><button type="button" className="button" onClick={onClose}>Close</button></Empty>;
  if (error !== null && type === undefined) return <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (type === undefined) return <Waiting />;
  return (
    <section className="card stack" aria-labelledby="type-title">
      <div className="spread">
        <h2 id="type-title">{type.type} {marksOf(type).map((mark) => <Status key={mark} word={mark} tone="held" />)}</h2>
        <div className="row">
          <Link className="button" href={`/events?type=${type.type}`}>Its events</Link>
          <Link className="button" href={`/live?filter=${encodeURIComponent(`type:${type.webhook}`)}`}>Follow live</Link>
          <a className="button" href={`/catalog/${type.type}`}>Its page</a>
          <button type="button" className="button" onClick={onClose}>Close</button>
        </div>
      </div>
      <p className="catalogue-description">{type.description.replaceAll('`', '')}</p>
      <div className="two">
        <TypeFactsList type={type} />
        <Ways type={type} />
      </div>
      <Forms type={type} />
    </section>
  );
}

function TypeFactsList({ type: { constant, webhook, otherNames, topic, currentVersion, counts, takenFrom, isExternal } }: { readonly type: EventType }): ReactNode {
  return (
    <dl className="facts">
      <dt>Constant</dt><dd><code>{constant}</code></dd>
      <dt>Webhook name</dt><dd><code>{webhook}</code></dd>
      {otherNames.length > 0 && <><dt>Other names</dt><dd>{otherNames.join(', ')}</dd></>}
      <dt>Topic</dt><dd>{topic.name} <span className="soft">{topic.partitions} partitions, {retentionText(topic.retentionDays)}</span></dd>
      <dt>Written today</dt><dd>{currentVersion}</dd>
      <dt>In the log</dt><dd>{counts === null ? 'told live, stored nowhere' : <>{counts.events.toLocaleString()} <span className="soft">since <Moment at={counts.since} />{counts.lastAt !== null && <>, the last <Moment at={counts.lastAt} as="ago" /></>}</span></>}</dd>
      {takenFrom.length > 0 && <><dt>Taken from</dt><dd>{takenFrom.join(', ')}</dd></>}
      {isExternal && <><dt>From outside</dt><dd>taken by <code>POST /api/events</code></dd></>}
    </dl>
  );
}

function Ways({ type: { producers, readers, unheard } }: { readonly type: EventType }): ReactNode {
  return (
    <dl className="facts">
      <dt>Told by</dt><dd>{producers.length === 0 ? <span className="soft">nobody here</span> : producers.map(({ source, service, extension }) => <div key={`${service} ${source}`}><code>{source}</code> <span className="soft">{service}{extension !== null && `, extension ${extension}`}</span></div>)}</dd>
      <dt>Heard by</dt><dd>{readers.length === 0 ? <span className="soft">{unheard ?? 'no handler'}</span> : readers.map(({ handler, kind, service, filter }) => <div key={`${service} ${handler}`}><code>{handler}</code> <span className="soft">{kind}</span>{filter !== undefined && <> only <code>{JSON.stringify(filter)}</code></>}</div>)}</dd>
    </dl>
  );
}

function Forms({ type: { type, versions, currentVersion } }: { readonly type: EventType }): ReactNode {
  const [version, setVersion] = useState(currentVersion);
  const { data: example } = useQuery({ queryKey: ['get', '/api/catalog/example', type], staleTime: 300_000, queryFn: ({ signal }) => callJson<unknown>('GET', `/api/catalog/${type}/example`, undefined, signal) });
  const { data: schema } = useQuery({ queryKey: ['get', '/api/catalog/schema', type, version], staleTime: 300_000, queryFn: ({ signal }) => callJson<unknown>('GET', `/api/catalog/${type}/versions/${version}/schema`, undefined, signal) });
  return (
    <div className="two">
      {example !== undefined && <Json label="Example" value={example} />}
      <div className="stack">
        {versions.length > 1 && <div className="row" role="group" aria-label="Version">{versions.map((one) => <button type="button" key={one.version} className="button small" aria-pressed={one.version === version} onClick={() => setVersion(one.version)}>{one.version}</button>)}</div>}
        {schema !== undefined && <Json label={`JSON Schema of ${version}`} value={schema} />}
      </div>
    </div>
  );
}
