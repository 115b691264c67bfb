/** Webhooks: every endpoint with how it fares, and registering one. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { DueIn } from './due-in.tsx';
import { useFigures } from './figures.ts';
import type { WebhookFigures } from './figures.ts';
import { successRate } from './success-rate.ts';
import { RegisterButton } from './register.tsx';
import { SecretNote } from './secret-note.tsx';
import type { ShownSecret } from './secret-note.tsx';
import '../events/events.css';
import './webhooks.css';

type Webhook = Schemas['Webhook'];
const PAGE = 100;

export function WebhooksView(): ReactNode {
  const [text, setText] = useQueryText('text');
  const [state, setState] = useQueryText('state');
  const [secret, setSecret] = useState<ShownSecret>();
  return (
    <>
      <div className="spread"><h1>Webhooks</h1><RegisterButton onRegistered={setSecret} /></div>
      {secret !== undefined && <SecretNote shown={secret} onClose={() => setSecret(undefined)} />}
      <Totals />
      <div className="filters">
        <FilterField label="Address, event or owner" value={text} onChange={setText} />
        <label className="field">State
          <select value={state} onChange={({ target }) => setState(target.value)}><option value="">all</option><option value="enabled">enabled</option><option value="disabled">disabled</option></select>
        </label>
      </div>
      <List text={text} state={state} onShowAll={() => { setText(''); setState(''); }} />
    </>
  );
}

function Totals(): ReactNode {
  const { data } = $api.useQuery('get', '/api/webhooks/stats', {}, { refetchInterval: 5_000 });
  const total = (name: string, value: number | undefined, tone = 'calm'): ReactNode => <div className={`counter ${value === undefined || value === 0 ? 'calm' : tone}`}><span className="counter-value">{value?.toLocaleString() ?? '–'}</span><span>{name}</span></div>;
  return <div className="counters">{total('registered', data?.registeredWebhooks)}{total('delivered', data?.deliveredWebhooks)}{total('waiting or held', data?.queuedWebhooks)}{total('given up', data?.failedWebhooks, 'bad')}</div>;
}

function List({ text, state, onShowAll }: { readonly text: string; readonly state: string; readonly onShowAll: () => void }): ReactNode {
  const { rows: all, error, isPending, hasMore, more, again } = usePages({ queryKey: ['get', '/api/webhooks'], refetchMs: 10_000, read: (cursor, signal) => api.GET('/api/webhooks', { params: { query: { limit: PAGE, ...cursor } }, signal }) });
  const wanted = text.trim().toLowerCase();
  const shown = all.filter((one) => (state === '' || one.status === state) && (wanted === '' || [one.url, one.owner, one.description ?? '', ...one.events].some((its) => its.toLowerCase().includes(wanted))));
  const figures = useFigures(shown.slice(0, PAGE).map(({ webhookId }) => webhookId)).data;
  const fault = error !== null && <ProblemNote problem={error} onRetry={again} />;
  if (isPending) return <Waiting />;
  if (shown.length === 0 && !hasMore) {
    if (fault !== false) return fault;
    return all.length === 0
      ? <Empty title="No webhook is registered"><p>Press “Register a webhook” to be told of events at an address of yours, or run <code>cli listen --to http://localhost:4000/hook</code> to have them on your machine.</p></Empty>
      : <Empty title="No webhook is like this"><button type="button" className="button" onClick={onShowAll}>Show all</button></Empty>;
  }
  return <>{fault}<Table label="Webhooks" columns={columnsOf(figures)} rows={shown} rowKey={({ webhookId }) => webhookId} rowHeightPx={58} hasMore={hasMore} onMore={more} /></>;
}

function columnsOf(figures: ReadonlyMap<string, WebhookFigures> | undefined): readonly Column<Webhook>[] {
  const of = (webhook: Webhook): WebhookFigures | undefined => figures?.get(webhook.webhookId);
  return [
    { name: 'Address', width: 'minmax(12rem, 2.2fr)', cell: (one) => <span className="webhook-cell"><Link href={`/webhooks/${one.webhookId}`} title={one.url}>{one.url.replace(/^https?:\/\//, '')}</Link><span className="soft">{one.description ?? one.owner}</span></span> },
    { name: 'State', width: 'minmax(7rem, 1fr)', cell: (one) => <span className="webhook-cell"><Status word={one.status} tone={one.status === 'enabled' ? 'good' : 'bad'} />{one.disabledReason !== null && <span className="soft" title={one.disabledReason}>{one.disabledReason}</span>}</span> },
    { name: 'Events', width: 'minmax(8rem, 1.3fr)', isExtra: true, cell: ({ events }) => <span className="soft" title={events.join(', ')}>{events.join(', ')}</span> },
    { name: 'Success', width: '5.5rem', isNumber: true, isExtra: true, cell: (one) => <Success figures={of(one)} /> },
    { name: 'p95', width: '4.5rem', isNumber: true, isExtra: true, cell: (one) => <Took ms={of(one)?.p95Ms} /> },
    { name: 'Next', width: '6rem', isExtra: true, cell: (one) => <Next figures={of(one)} /> },
    { name: 'Given up', width: '4.8rem', isNumber: true, isExtra: true, cell: ({ exhausted }) => exhausted === 0 ? <span className="soft">0</span> : <span className="fault">✕ {exhausted.toLocaleString()}</span> },
    { name: 'Secret since', width: '6.5rem', isExtra: true, cell: ({ secrets: [first] }) => first === undefined ? '–' : <Moment at={first.createdAt} as="ago" /> },
  ];
}

function Success({ figures }: { readonly figures: WebhookFigures | undefined }): ReactNode {
  const rate = figures === undefined ? undefined : successRate(figures);
  if (figures === undefined || rate === undefined) return <span className="soft">–</span>;
  const isPoor = figures.delivered < figures.attempts * 0.9;
  return <span className={isPoor ? 'fault' : ''} title={`${figures.delivered} of ${figures.attempts} attempts`}>{isPoor && '△ '}{rate}</span>;
}

function Took({ ms }: { readonly ms: number | null | undefined }): ReactNode {
  return ms === null || ms === undefined ? <span className="soft">–</span> : spanText(ms);
}

function Next({ figures }: { readonly figures: WebhookFigures | undefined }): ReactNode {
  if (figures === undefined || (figures.nextDueAt === null && figures.held === 0)) return <span className="soft">–</span>;
  if (figures.nextDueAt === null) return <span>❙❙ {figures.held} held</span>;
  return <span title={`${figures.waiting} wait`}><DueIn at={figures.nextDueAt} /></span>;
}
