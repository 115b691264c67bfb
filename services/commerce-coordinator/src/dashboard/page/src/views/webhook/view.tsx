/** One webhook: its settings and secrets, how it fares, its deliveries with every attempt, and what one does with them. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useQueryText } from '../../address.ts';
import { $api, api, ApiProblem } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { usePages } from '../../pages.ts';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useTitle } from '../../title.ts';
import { DueIn } from '../webhooks/due-in.tsx';
import { useFigures } from '../webhooks/figures.ts';
import type { WebhookFigures } from '../webhooks/figures.ts';
import { successRate } from '../webhooks/success-rate.ts';
import { SecretNote, Snippets } from '../webhooks/secret-note.tsx';
import type { ShownSecret } from '../webhooks/secret-note.tsx';
import '../events/events.css';
import '../webhooks/webhooks.css';
import { Acts } from './acts.tsx';
import type { Tested } from './acts.tsx';
import { Delivery, RetryButton } from './delivery.tsx';
import { RecoverButton } from './recover.tsx';
import './webhook.css';

type Webhook = Schemas['Webhook'];
type DeliveryItem = Schemas['WebhookDelivery'];

const STATES = ['ready', 'leased', 'held', 'delivered', 'dead', 'discarded'] as const;
const STATE_TEXTS: Readonly<Record<(typeof STATES)[number], string>> = { ready: 'waits for its time', leased: 'is being sent', held: 'held', delivered: 'delivered', dead: 'given up', discarded: 'discarded' };
const PAGE = 50;

export function WebhookView(): ReactNode {
  const { webhookId = '' } = useParams<{ webhookId: string }>();
  const { data, error, refetch } = $api.useQuery('get', '/api/webhooks/{id}', { params: { path: { id: webhookId } } }, { refetchInterval: 5_000 });
  if (error instanceof ApiProblem && error.status === 404) return <><h1>Webhook</h1><Empty title="There is no such webhook"><p>It was removed, or belongs to somebody else.</p><Link href="/webhooks" className="button">All webhooks</Link></Empty></>;
  const fault = error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return fault === false ? <Waiting /> : <><h1>Webhook</h1>{fault}</>;
  return <>{fault}<Whole key={webhookId} webhook={data} /></>;
}

function Whole({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const { webhookId, url, status } = webhook;
  useTitle(`Webhook ${url.replace(/^https?:\/\//, '')}`);
  const [tested, setTested] = useState<Tested>();
  const [secret, setSecret] = useState<ShownSecret>();
  const [deliveryId, setDelivery] = useQueryText('delivery');
  const figures = useFigures([webhookId]).data?.get(webhookId);
  return (
    <>
      <div className="spread">
        <div><p className="soft event-crumb"><Link href="/webhooks">Webhooks</Link></p><h1 className="webhook-url">{url}</h1></div>
        <Acts webhook={webhook} held={figures?.held ?? 0} onTested={setTested} onSecret={setSecret} />
      </div>
      {secret !== undefined && <SecretNote shown={secret} onClose={() => setSecret(undefined)} />}
      {tested !== undefined && <TestNote tested={tested} onClose={() => setTested(undefined)} />}
      {status === 'disabled' && <div className="problem" role="status"><p className="problem-title"><span aria-hidden="true">❙❙ </span>It is disabled{webhook.disabledAt !== null && <>, since <Moment at={webhook.disabledAt} /></>}</p><p>{webhook.disabledReason ?? 'No reason is known.'} Its deliveries are held: {(figures?.held ?? 0).toLocaleString()} by now.</p></div>}
      <div className="two">
        <section className="card" aria-label="How it fares"><Fares webhook={webhook} figures={figures} /></section>
        <section className="card" aria-label="Settings"><Settings webhook={webhook} /></section>
      </div>
      {deliveryId !== '' && <Delivery webhookId={webhookId} deliveryId={deliveryId} onClose={() => setDelivery('')} />}
      <Deliveries webhook={webhook} chosen={deliveryId} />
      {webhook.secrets.every(({ publicKey }) => publicKey === null) && <details><summary>How a receiver verifies</summary><Snippets url={url} /></details>}
    </>
  );
}

function TestNote({ tested: { delivered, status, durationMs, answer, error }, onClose }: { readonly tested: Tested; readonly onClose: () => void }): ReactNode {
  return (
    <section className="card" role="status" aria-label="Answer to the test">
      <p className="row"><Status word={delivered ? 'the test was taken' : 'the test failed'} tone={delivered ? 'good' : 'bad'} /> {status !== null && <b>{status}</b>} <span className="soft">{spanText(durationMs)}</span> {error !== null && <span className="fault">{error}</span>}<button type="button" className="button small" onClick={onClose}>Close</button></p>
      {answer !== null && answer !== '' && <pre tabIndex={0} className="answer" aria-label="What was answered">{answer}</pre>}
    </section>
  );
}

function Fares({ webhook, figures }: { readonly webhook: Webhook; readonly figures: WebhookFigures | undefined }): ReactNode {
  return (
    <dl className="facts">
      <dt>State</dt><dd><Status word={webhook.status} tone={webhook.status === 'enabled' ? 'good' : 'bad'} /></dd>
      <dt>Success</dt><dd>{figures === undefined ? '…' : successRate(figures) ?? 'nothing was sent yet'}{figures !== undefined && figures.attempts > 0 && <span className="soft"> {figures.delivered.toLocaleString()} of {figures.attempts.toLocaleString()} attempts of the last deliveries</span>}</dd>
      <dt>Time to answer</dt><dd>{figures?.p95Ms === null || figures?.p95Ms === undefined ? '–' : <>p95 {spanText(figures.p95Ms)} <span className="soft">half within {spanText(figures.p50Ms ?? 0)}</span></>}</dd>
      <dt>Last attempt</dt><dd>{figures?.lastAttemptAt === null || figures === undefined ? '–' : <Moment at={figures.lastAttemptAt} as="ago" />}</dd>
      <dt>Waiting</dt><dd>{figures?.waiting.toLocaleString() ?? '…'}{figures?.nextDueAt !== null && figures !== undefined && <span className="soft"> next <DueIn at={figures.nextDueAt} /></span>}{figures !== undefined && figures.held > 0 && <span className="soft"> {figures.held.toLocaleString()} held</span>}</dd>
      <dt>Delivered</dt><dd>{webhook.delivered.toLocaleString()} <span className="soft">{webhook.failedAttempts.toLocaleString()} attempts failed</span></dd>
      <dt>Given up</dt><dd className="row">{webhook.exhausted.toLocaleString()} <RecoverButton webhookId={webhook.webhookId} isEnabled={webhook.status === 'enabled'} /></dd>
      <dt>A window again</dt><dd><Link href={`/replays?tab=new&endpoint=${webhook.webhookId}`}>Replay events to it</Link> <span className="soft">also those that were delivered</span></dd>
    </dl>
  );
}

function Settings({ webhook }: { readonly webhook: Webhook }): ReactNode {
  const { description, events, filter, retryAttempts, retryDelay, timeout, rateLimit, maxInFlight, ordered, headerNames, owner, secrets, createdAt } = webhook;
  return (
    <dl className="facts">
      {description !== null && <><dt>Description</dt><dd>{description}</dd></>}
      <dt>Events</dt><dd>{events.map((name) => <code key={name} className="webhook-event">{name}</code>)}</dd>
      {filter !== null && <><dt>Pattern</dt><dd><code>{JSON.stringify(filter)}</code></dd></>}
      <dt>Attempts</dt><dd>{retryAttempts}, the first wait {spanText(retryDelay)}, doubled; {spanText(timeout)} for each</dd>
      <dt>Pace</dt><dd>{rateLimit === null ? 'no limit' : `${rateLimit} a second`}, {maxInFlight} at once{ordered && ', in the order of each order’s events'}</dd>
      {headerNames.length > 0 && <><dt>Headers</dt><dd>{headerNames.join(', ')} <span className="soft">values are never shown</span></dd></>}
      <dt>Secret</dt><dd>{secrets.map(({ signing, createdAt: at, expiresAt, publicKey }) => <div key={at}>{signing}, made <Moment at={at} as="ago" />{expiresAt !== null && <span className="soft">, signs along until <Moment at={expiresAt} /></span>}{publicKey !== null && <code>{publicKey}</code>}</div>)}</dd>
      <dt>Owner</dt><dd>{owner}, since <Moment at={createdAt} /></dd>
    </dl>
  );
}

function Deliveries({ webhook: { webhookId }, chosen }: { readonly webhook: Webhook; readonly chosen: string }): ReactNode {
  const [state, setState] = useQueryText('state');
  const known = STATES.find((one) => one === state);
  const { rows, error, isPending, hasMore, more, again } = usePages({
    queryKey: ['get', '/api/webhooks/{id}/deliveries', webhookId, known], refetchMs: 2_000,
    read: (cursor, signal) => api.GET('/api/webhooks/{id}/deliveries', { params: { path: { id: webhookId }, query: { limit: PAGE, ...(known !== undefined && { state: known }), ...cursor } }, signal }),
  });
  return (
    <section className="stack" aria-labelledby="deliveries-title">
      <div className="spread">
        <h2 id="deliveries-title">Deliveries, the newest first</h2>
        <label className="row">State <select value={state} onChange={({ target }) => setState(target.value)}><option value="">all</option>{STATES.map((one) => <option key={one} value={one}>{STATE_TEXTS[one]}</option>)}</select></label>
      </div>
      {error !== null && <ProblemNote problem={error} onRetry={again} />}
      {isPending && <Waiting />}
      {!isPending && error === null && rows.length === 0 && (state === '' ? <Empty title="Nothing was delivered yet"><p>Press “Send test” to see whether it answers; a delivery comes with the next event that it wants to hear.</p></Empty> : <Empty title="None is in this state"><button type="button" className="button" onClick={() => setState('')}>Show all</button></Empty>)}
      {rows.length > 0 && <Table label="Deliveries" columns={COLUMNS} rows={rows} rowKey={({ deliveryId }) => deliveryId} rowHeightPx={42} hasMore={hasMore} onMore={more} rowClass={({ deliveryId }) => (deliveryId === chosen ? 'is-chosen' : '')} />}
    </section>
  );
}

const COLUMNS: readonly Column<DeliveryItem>[] = [
  { name: 'Made', width: 'minmax(8rem, 12rem)', isExtra: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
  { name: 'Event', width: 'minmax(10rem, 1.2fr)', cell: (one) => <DeliveryLink delivery={one} /> },
  { name: 'State', width: '9.5rem', narrow: '7rem', cell: ({ state }) => <Status word={STATE_TEXTS[state]} tone={state === 'delivered' ? 'good' : state === 'dead' ? 'bad' : state === 'held' ? 'held' : state === 'discarded' ? 'plain' : 'busy'} /> },
  { name: 'Tries', width: '3.5rem', isNumber: true, isExtra: true, cell: ({ attempts }) => attempts },
  { name: 'Last answer', width: 'minmax(8rem, 1.4fr)', isExtra: true, cell: ({ lastStatus, lastError }) => <span title={lastError ?? ''}>{lastStatus ?? ''} <span className="soft">{lastError ?? ''}</span></span> },
  { name: 'Next', width: '6rem', isExtra: true, cell: ({ dueAt }) => dueAt === null ? <span className="soft">–</span> : <DueIn at={dueAt} /> },
  { name: 'What to do', isNameHidden: true, width: '7.5rem', narrow: '6.2rem', cell: (delivery) => <RetryButton delivery={delivery} isSmall /> },
];

function DeliveryLink({ delivery: { webhookId, deliveryId, event } }: { readonly delivery: DeliveryItem }): ReactNode {
  const [state] = useQueryText('state');
  return <Link href={`/webhooks/${webhookId}?${new URLSearchParams({ ...(state !== '' && { state }), delivery: deliveryId })}`}><code>{event}</code></Link>;
}
