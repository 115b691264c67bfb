/** One delivery: what was sent, and each attempt with its answer. */
import type { ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { $api, api } from '../../api.ts';
import type { Schemas } from '../../api.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { reasonOf } from '../../parts/reason.ts';
import { Status } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';

type Whole = Schemas['WholeWebhookDelivery'];

interface DeliveryProps {
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly onClose: () => void;
}

export function Delivery({ webhookId, deliveryId, onClose }: DeliveryProps): ReactNode {
  const { data, error, refetch } = $api.useQuery('get', '/api/webhooks/{id}/deliveries/{deliveryId}', { params: { path: { id: webhookId, deliveryId } } }, {
    refetchInterval: ({ state }) => (state.data?.state === 'ready' || state.data?.state === 'leased' ? 1_000 : false),
  });
  return (
    <section className="card stack" aria-labelledby="delivery-title">
      <div className="spread">
        <h2 id="delivery-title">Delivery of {data?.event ?? '…'} {data !== undefined && <Status word={data.state} />}</h2>
        <div className="row">
          {data !== undefined && <RetryButton delivery={data} />}
          <button type="button" className="button" onClick={onClose}>Close</button>
        </div>
      </div>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <Waiting /> : <Parts delivery={data} />}
    </section>
  );
}

/** Also of one that was delivered: the receiver may have lost it. */
export function RetryButton({ delivery: { webhookId, deliveryId, state }, isSmall = false }: { readonly delivery: Pick<Whole, 'webhookId' | 'deliveryId' | 'state'>; readonly isSmall?: boolean }): ReactNode {
  const queries = useQueryClient();
  return (
    <ActButton
      name="Send again" scope="webhooks:write" isSmall={isSmall} isDisabled={state === 'leased'} call={(reason) => ({ method: 'POST', path: `/api/webhooks/${webhookId}/deliveries/${deliveryId}/retry`, body: { reason: reasonOf(reason) } })}
      run={async (reason) => {
        await api.POST('/api/webhooks/{id}/deliveries/{deliveryId}/retry', { params: { path: { id: webhookId, deliveryId } }, body: { reason: reasonOf(reason) } });
        await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/api/webhooks') });
      }}
    >
      <p>It is sent at once, under the same id and with the same bytes{state === 'delivered' && ', although it was delivered: a receiver that remembers ids passes over it'}.</p>
    </ActButton>
  );
}

function Parts({ delivery: { eventId, subject, createdAt, dueAt, request, attemptsMade, replayId } }: { readonly delivery: Whole }): ReactNode {
  return (
    <>
      <dl className="facts">
        <dt>Event</dt><dd><Link href={`/events/${eventId}`}><code>{eventId}</code></Link></dd>
        <dt>About</dt><dd><code>{subject}</code></dd>
        <dt>Made</dt><dd><Moment at={createdAt} /></dd>
        {dueAt !== null && <><dt>Next attempt</dt><dd><Moment at={dueAt} as="ago" /></dd></>}
        {replayId !== null && <><dt>Of the replay</dt><dd><Link href={`/replays?replay=${replayId}`}><code>{replayId}</code></Link></dd></>}
      </dl>
      <h3>Attempts</h3>
      {attemptsMade.length === 0 ? <p className="soft">None was made yet.</p> : <ol className="attempts">{attemptsMade.map((attempt) => <Attempt key={`${attempt.attempt} ${attempt.startedAt}`} attempt={attempt} />)}</ol>}
      <h3>Request</h3>
      <div className="json">
        <div className="json-head"><span className="soft">{request.method} {request.url}</span>{request.body !== null && <CopyButton text={request.body} label="Copy body" />}</div>
        <pre tabIndex={0} aria-label="Request">{[...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`), 'webhook-timestamp, webhook-signature, x-webhook-signature: made anew for each attempt', '', request.body === null ? '(The body is no longer kept.)' : pretty(request.body)].join('\n')}</pre>
      </div>
    </>
  );
}

function Attempt({ attempt: { attempt, startedAt, durationMs, status, error, answer, url } }: { readonly attempt: Whole['attemptsMade'][number] }): ReactNode {
  const isGood = error === null && status !== null && status >= 200 && status < 300;
  return (
    <li>
      <p className="row"><b>{attempt}</b> <Status word={status === null ? 'no answer' : String(status)} tone={isGood ? 'good' : 'bad'} /> <Moment at={startedAt} /> <span className="soft">{spanText(durationMs)}</span>{error !== null && <span className="fault">{error}</span>}</p>
      {url !== null && <p className="soft attempt-url">{url}</p>}
      {answer !== null && answer !== '' && <pre tabIndex={0} aria-label={`Answer to attempt ${attempt}`} className="answer">{answer}</pre>}
    </li>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
