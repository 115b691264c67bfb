/** One step of an order, opened: what it was, what was asked and answered as far as it is kept, and where more is to be found. */
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { $api } from '../../api.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Json } from '../../parts/json.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useMay } from '../../session.tsx';
import { OrderActs } from './acts.tsx';
import { LogLines, StepCalls } from './calls.tsx';
import { runOf } from './calls-of.ts';
import type { Act } from './acts.ts';
import { useEvent } from './reading.ts';
import { traceOf } from './trace.ts';
import type { Item, Mark, Sent, Story } from './story.ts';

interface StepProps {
  readonly mark: Mark;
  readonly story: Story;
  readonly order: { readonly orderId: string; readonly orderNumber: number };
  readonly acts: readonly Act[];
  readonly onChoose: (id: string) => void;
}

export function Step({ mark, story, order, acts, onChoose }: StepProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [mark.id]);
  const causes = story.arrows.filter(({ to }) => to === mark.id).map(({ from }) => from);
  const effects = story.arrows.filter(({ from }) => from === mark.id).map(({ to }) => to);
  const index = story.marks.indexOf(mark);
  const run = mark.note === undefined ? runOf(mark) : undefined;
  return (
    <section className="card step" aria-labelledby="step-name">
      <div className="spread">
        <h2 id="step-name" tabIndex={-1} ref={heading}>{mark.name}</h2>
        <p className="row step-ways">
          <button type="button" className="button small" disabled={index <= 0} onClick={() => onChoose(story.marks[index - 1]?.id ?? '')}>‹ Before</button>
          <button type="button" className="button small" disabled={index >= story.marks.length - 1} onClick={() => onChoose(story.marks[index + 1]?.id ?? '')}>Next ›</button>
          <button type="button" className="button small" onClick={() => onChoose('')}>Close</button>
        </p>
      </div>
      <p>{mark.text}</p>
      {mark.run !== undefined && <RunFacts run={mark.run} order={order} acts={acts} />}
      {run !== undefined && <StepCalls orderId={order.orderId} run={run} />}
      {mark.note !== undefined && <NoteFacts note={mark.note} />}
      {mark.sent !== undefined && <SentFacts sent={mark.sent} />}
      <Ways title="Because of" ids={causes} story={story} onChoose={onChoose} />
      <Ways title="Led to" ids={effects} story={story} onChoose={onChoose} />
      {mark.item !== undefined && <EventFacts key={mark.item.eventId} item={mark.item} isAsked={mark.kind === 'asked'} />}
    </section>
  );
}

function Ways({ title, ids, story, onChoose }: { readonly title: string; readonly ids: readonly string[]; readonly story: Story; readonly onChoose: (id: string) => void }): ReactNode {
  const marks = story.marks.filter(({ id }) => ids.includes(id));
  if (marks.length === 0) return null;
  return <p className="row ways"><span className="soft">{title}</span>{marks.map(({ id, name }) => <button key={id} type="button" className="button small" onClick={() => onChoose(id)}>{name}</button>)}</p>;
}

function RunFacts({ run, order, acts }: { readonly run: NonNullable<Mark['run']>; readonly order: StepProps['order']; readonly acts: readonly Act[] }): ReactNode {
  return (
    <dl className="facts">
      <dt>Handler</dt><dd><code>{run.handler}</code>, attempt {run.attempt}</dd>
      <dt>Failed</dt><dd><Moment at={run.failedAt} as="clock" /></dd>
      <dt>Error</dt><dd><code>{run.error.code}</code> {run.error.message}</dd>
      <dt>Then</dt><dd>{run.retryAt === null ? 'It was given up: it stands among the dead letters.' : <>to run again at <Moment at={run.retryAt} as="clock" /></>}</dd>
      {acts.includes('retry') && <><dt>Now</dt><dd className="row"><OrderActs {...order} acts={['retry']} isSmall /><span className="soft">from here, if it is still open</span></dd></>}
    </dl>
  );
}

function NoteFacts({ note }: { readonly note: NonNullable<Mark['note']> }): ReactNode {
  return (
    <>
      <dl className="facts"><dt>Handler</dt><dd><code>{note.handler}</code></dd><dt>Rule</dt><dd><code>{note.rule}</code></dd></dl>
      {Object.keys(note.evidence).length > 0 && <Json value={note.evidence} label="What it was judged by" />}
    </>
  );
}

function SentFacts({ sent }: { readonly sent: Sent }): ReactNode {
  const { data, error, isPending } = $api.useQuery('get', '/api/webhooks/{id}/deliveries/{deliveryId}', { params: { path: { id: sent.webhookId, deliveryId: sent.deliveryId } } });
  return (
    <>
      <p className="row"><Status word={sent.state} /><Link href={`/webhooks/${sent.webhookId}`}>The webhook</Link></p>
      {error !== null && <ProblemNote problem={error} />}
      {isPending && <Waiting />}
      {data !== undefined && (
        <>
          <h3>Request</h3>
          <p><code>{data.request.method} {data.request.url}</code></p>
          <dl className="facts">{Object.entries(data.request.headers).map(([name, value]) => <div key={name}><dt>{name}</dt><dd><code>{value}</code></dd></div>)}</dl>
          <p className="soft">Time and signature are made anew for each attempt, and are not kept.</p>
          {data.request.body === null ? <p className="soft">Its body is no longer kept.</p> : <Json value={parsed(data.request.body)} label="Body" />}
          <h3>Attempts and answers</h3>
          {data.attemptsMade.length === 0 && <p className="soft">None yet.</p>}
          <ol className="attempts">
            {data.attemptsMade.map(({ attempt, startedAt, durationMs, status, error: fault, answer }) => (
              <li key={attempt}>Attempt {attempt}, <Moment at={startedAt} as="clock" />, {durationMs} ms: {status === null ? 'no answer' : <b>{status}</b>} {fault !== null && <span className="fault">{fault}</span>}{answer !== null && answer !== '' && <pre tabIndex={0} className="answer" aria-label={`Answer to attempt ${attempt}`}>{answer}</pre>}</li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function EventFacts({ item, isAsked }: { readonly item: Item; readonly isAsked: boolean }): ReactNode {
  const maySee = useMay('events:read');
  const { eventId } = item;
  const { data: event, error } = useEvent(eventId, maySee);
  const metadata: Readonly<Record<string, unknown>> = event?.metadata ?? {};
  const trace = traceOf(metadata['traceparent']);
  return (
    <>
      <h3>Event</h3>
      <dl className="facts">
        <dt>Type</dt><dd><Link href={`/catalogue?type=${encodeURIComponent(item.eventType)}`}><code>{item.eventType}</code></Link> version {item.eventVersion}</dd>
        <dt>Told</dt><dd><Moment at={item.timestamp} as="clock" /> by {item.source}</dd>
        <dt>Recorded</dt><dd><Moment at={item.recordedAt} as="clock" /></dd>
        <dt>By</dt><dd>{item.handler === null ? (item.origin === 'foreign' ? item.source : 'a request') : <code>{item.handler}</code>}{item.attempt !== null && `, attempt ${item.attempt}`}</dd>
        {typeof metadata['userId'] === 'string' && <><dt>For</dt><dd>{metadata['userId']}</dd></>}
        <dt>Trace</dt><dd>{trace === undefined ? <span className="soft">{maySee ? 'not traced' : 'needs the scope events:read'}</span> : <><code>{trace}</code> <CopyButton text={trace} label="Copy" /></>}</dd>
        <dt>Correlation</dt><dd><code>{item.correlationId}</code> <CopyButton text={item.correlationId} label="Copy" /></dd>
      </dl>
      {item.handlers.length > 0 && <p className="soft">Heard by {item.handlers.join(', ')}.</p>}
      {error !== null && <ProblemNote problem={error} />}
      {event !== undefined && event.runs.length > 0 && (
        <>
          <h3>What became of it</h3>
          <ul className="runs">{event.runs.map((run, index) => <li key={index}><code>{run.handler}</code> <Status word={run.state} tone={run.state === 'dead' ? 'bad' : run.state === 'failed' ? 'warn' : run.state === 'ignored' ? 'plain' : 'busy'} /> {run.attempt !== null && `attempt ${run.attempt}`} {run.rule !== null && <code>{run.rule}</code>} {run.error !== null && <span>{run.error.message}</span>} {run.retryAt !== null && <>, again <Moment at={run.retryAt} as="ago" /></>}</li>)}</ul>
        </>
      )}
      {isAsked && item.eventType.startsWith('Order') && <p className="soft">It was asked by a request; what was asked stands in the data of the event.</p>}
      <Json value={event ?? { ...item, attempts: undefined, ignored: undefined, text: undefined, handlers: undefined, offsetMs: undefined }} label="The event as JSON" />
      <LogLines correlationId={item.correlationId} />
      {maySee && <p><Link href={`/events/${eventId}`}>Its tree of causes</Link></p>}
    </>
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
