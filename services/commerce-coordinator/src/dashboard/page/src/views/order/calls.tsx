/** Calls that a step made to other services: what was asked, what was answered, how long it took. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Json } from '../../parts/json.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { useMay } from '../../session.tsx';
import type { Run } from './calls-of.ts';
import { callsOf } from './calls-of.ts';
import { useCalls } from './reading.ts';
import type { ServiceCall } from './reading.ts';

export function StepCalls({ orderId, run }: { readonly orderId: string; readonly run: Run }): ReactNode {
  const mayRead = useMay('events:read');
  const { data, error, refetch } = useCalls(orderId, mayRead);
  if (!mayRead) return null;
  const calls = callsOf(data?.items ?? [], run);
  return (
    <>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {calls.map((call) => <Call key={call.callId} call={call} />)}
    </>
  );
}

function Call({ call: { service, method, path, status, error, tookMs, calledAt, requestHeaders, requestBody, answerHeaders, answerBody } }: { readonly call: ServiceCall }): ReactNode {
  return (
    <section className="step-call" aria-label={`Call to ${service}`}>
      <h3>Call to {service}</h3>
      <p className="row"><code>{method} {path}</code> <Status word={status === null ? 'no answer' : String(status)} tone={status !== null && status < 400 ? 'good' : 'bad'} /> <span className="soft">{spanText(tookMs)}, at <Moment at={calledAt} as="clock" /></span></p>
      {error !== null && <p className="fault">{error}</p>}
      <Part title="Request" headers={requestHeaders} body={requestBody} />
      {status !== null && <Part title="Answer" headers={answerHeaders} body={answerBody} />}
      <p className="soft">Kept for a week, without secrets and without what tells of a person: … stands for what is left out.</p>
    </section>
  );
}

function Part({ title, headers, body }: { readonly title: string; readonly headers: Readonly<Record<string, string>>; readonly body: string | null }): ReactNode {
  return (
    <>
      {Object.keys(headers).length > 0 && <dl className="facts">{Object.entries(headers).map(([name, value]) => <div key={name}><dt>{name}</dt><dd><code>{value}</code></dd></div>)}</dl>}
      {body === null ? <p className="soft">{title}: no body.</p> : <Json value={parsed(body)} label={title} />}
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

/** Where log lines of the step are found: they are kept by whoever runs the services, not here. */
export function LogLines({ correlationId }: { readonly correlationId: string }): ReactNode {
  const command = `grep -h '"correlationId":"${correlationId}"' .data/logs/*.log`;
  return (
    <p className="soft">
      Log lines are not kept here: the services log what fails, not every step, each line with this correlation id. Locally: <code>{command}</code> <CopyButton text={command} label="Copy the command" />; elsewhere look for the id in the logs of both services. <Link href={`/events?correlationId=${correlationId}`}>All events of it</Link>
    </p>
  );
}
