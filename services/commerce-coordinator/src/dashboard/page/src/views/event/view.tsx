/** One event: what it says, who heard it and what became of that, what led to it and what came of it. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { ApiProblem } from '../../api.ts';
import { asCurl } from '../../call-log.ts';
import { useLiveRefresh } from '../../live.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Json } from '../../parts/json.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import type { Tone } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useTitle } from '../../title.ts';
import { SubjectLink } from '../events/event-name.tsx';
import { orderOf, traceIdOf } from '../events/gist.ts';
import { readStory } from '../events/history.ts';
import { useEventNames } from '../events/names.ts';
import { heardOf, letterIdOf } from './story.ts';
import type { Heard, WholeStory } from './story.ts';
import { CauseTree } from './tree.tsx';
import './event.css';

export function EventView(): ReactNode {
  const { eventId = '' } = useParams<{ eventId: string }>();
  const queryKey = ['get', '/api/events/{eventId}', eventId];
  const { data, error, refetch } = useQuery({ queryKey, queryFn: ({ signal }) => readStory(eventId, signal) });
  useLiveRefresh(queryKey, ({ correlationId }) => correlationId === data?.event.correlationId);
  if (error instanceof ApiProblem && error.status === 404) return <NotThere eventId={eventId} />;
  const fault = error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return fault === false ? <Waiting /> : <><h1>Event</h1>{fault}</>;
  return <>{fault}<Story key={eventId} story={data} /></>;
}

function NotThere({ eventId }: { readonly eventId: string }): ReactNode {
  return (
    <>
      <h1>Event</h1>
      <Empty title="There is no such event">
        <p><code>{eventId}</code> is not in this log: it may be past its retention, of a service that did not send it here, or a test that is stored nowhere.</p>
        <Link href="/events" className="button">Search events</Link>
      </Empty>
    </>
  );
}

function Story({ story }: { readonly story: WholeStory }): ReactNode {
  const named = useEventNames();
  useTitle(`Event ${named(story.event.eventType)}`);
  const { event, causes, following, missingCause, isCut } = story;
  const { handlers: _handlers, runs: _runs, ...plain } = event;
  const orderId = orderOf(event, event.topic);
  return (
    <>
      <div className="spread">
        <div>
          <p className="soft event-crumb"><Link href="/events">Events</Link> › <Link href={`/catalogue?type=${event.eventType}`}>{event.eventType}</Link></p>
          <h1>{named(event.eventType)}</h1>
        </div>
        <div className="row">
          {orderId !== undefined && <Link href={`/orders/${orderId}`} className="button primary">The order</Link>}
          <CopyButton text={JSON.stringify(plain, undefined, 2)} label="Copy as JSON" />
          <CopyButton text={asCurl({ method: 'GET', path: `/api/events/${event.eventId}`, body: undefined }, location.origin)} label="Copy as curl" />
        </div>
      </div>
      <div className="two">
        <section className="card" aria-label="Facts"><Facts event={event} /></section>
        <section className="card" aria-labelledby="heard">
          <h2 id="heard">Who heard it</h2>
          <HeardTable heard={heardOf(event, following)} eventId={event.eventId} named={named} />
        </section>
      </div>
      <section className="card" aria-labelledby="causes">
        <h2 id="causes">What led to it, and what came of it</h2>
        {missingCause !== null && <p className="soft">It names a cause that this log does not have: <code>{missingCause}</code>.</p>}
        <CauseTree story={story} named={named} />
        {causes.length === 0 && following.length === 0 && <p className="soft">A request began it, and nothing came of it yet.</p>}
        {isCut && <p className="soft">There is more than is shown: <Link href={`/events?correlationId=${event.correlationId}`}>all events of this correlation id</Link>.</p>}
        <p className="soft tree-keys">Arrows walk and fold, Enter opens.</p>
      </section>
      <div className="two">
        <Json label="Data" value={event.data} />
        <Json label="Metadata" value={event.metadata} />
      </div>
    </>
  );
}

function Facts({ event }: { readonly event: WholeStory['event'] }): ReactNode {
  const traceId = traceIdOf(event.metadata);
  return (
    <dl className="facts">
      <dt>Id</dt><dd><code>{event.eventId}</code> <CopyButton text={event.eventId} /></dd>
      <dt>Type</dt><dd><Link href={`/catalogue?type=${event.eventType}`}>{event.eventType}</Link> {event.eventVersion}</dd>
      <dt>About</dt><dd><SubjectLink event={event} isShort={false} /></dd>
      <dt>Happened</dt><dd><Moment at={event.timestamp} /></dd>
      <dt>Recorded</dt><dd><Moment at={event.recordedAt} /></dd>
      <dt>Told by</dt><dd>{event.source}{event.handler !== null && <>, handler <code>{event.handler}</code></>}{event.attempt !== null && `, attempt ${event.attempt}`} <span className="soft">{event.origin === 'foreign' ? 'of another service' : ''}</span></dd>
      <dt>Topic</dt><dd><Link href={`/events?topic=${event.topic}`}>{event.topic}</Link></dd>
      <dt>Correlation id</dt><dd><Link href={`/events?correlationId=${event.correlationId}`}><code>{event.correlationId}</code></Link></dd>
      <dt>Cause</dt><dd>{event.causationId === null ? <span className="soft">a request</span> : <Link href={`/events/${event.causationId}`}><code>{event.causationId}</code></Link>}</dd>
      {traceId !== undefined && <><dt>Trace id</dt><dd><code>{traceId}</code> <CopyButton text={traceId} /></dd></>}
    </dl>
  );
}

const WORDS: Readonly<Record<Heard['state'], readonly [string, Tone]>> = {
  done: ['nothing open', 'good'], ignored: ['ignored', 'plain'], failed: ['failed', 'warn'], ready: ['tried again', 'busy'], waiting: ['waits', 'busy'], behind: ['held behind a dead one', 'warn'], dead: ['given up', 'bad'],
};

function HeardTable({ heard, eventId, named }: { readonly heard: readonly Heard[]; readonly eventId: string; readonly named: (type: string) => string }): ReactNode {
  if (heard.length === 0) return <p className="soft">No handler of this service hears it.</p>;
  return (
    <div className="plain-table" tabIndex={0} role="region" aria-label="Handlers">
      <table>
        <thead><tr><th scope="col">Handler</th><th scope="col">State</th><th scope="col">What happened</th></tr></thead>
        <tbody>
          {heard.map(({ handler, state, runs, made }) => (
            <tr key={handler}>
              <th scope="row"><code>{handler}</code></th>
              <td><Status word={WORDS[state][0]} tone={WORDS[state][1]} /></td>
              <td>
                {runs.map((run, index) => <RunText key={`${index} ${run.state}`} run={run} />)}
                {made.length > 0 && <div>made {made.map((one, index) => <span key={one.eventId}>{index > 0 && ', '}<Link href={`/events/${one.eventId}`}>{named(one.eventType)}</Link></span>)}</div>}
                {state === 'dead' && <Link href={`/dead-letters?letter=${encodeURIComponent(letterIdOf(handler, eventId))}`} className="button small">Redrive or discard</Link>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunText({ run: { state, attempt, at, retryAt, error, rule } }: { readonly run: Heard['runs'][number] }): ReactNode {
  return (
    <div className="run-text">
      {state === 'ignored' && <>ignored{rule !== null && <> by the rule <code>{rule}</code></>}</>}
      {state === 'failed' && <>attempt {attempt} failed</>}
      {state === 'ready' && <>runs again <Moment at={retryAt} as="ago" /></>}
      {state === 'waiting' && <>waits for a change of what it is about</>}
      {state === 'behind' && <>waits behind an earlier one that was given up</>}
      {state === 'dead' && <>given up{attempt !== null && ` after ${attempt} attempts`}</>}
      {error !== null && <>: <code>{error.code}</code> {error.message}</>}
      {at !== null && <span className="soft"> <Moment at={at} as="clock" /></span>}
    </div>
  );
}
