/** One dead letter: why it lies there, every recorded attempt, the event, and where it does not fit the catalogue. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { $api, ApiProblem } from '../../api.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Status } from '../../parts/status.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { markedLines } from './marked-lines.ts';
import { RunButton } from './run-button.tsx';
import { KIND_TEXTS } from './selection.ts';
import type { Filters, WholeLetter } from './selection.ts';

interface LetterProps {
  readonly letterId: string;
  readonly onClose: () => void;
  readonly onBegun: (runId: string) => void;
}

const ANY: Filters = { kind: '', queue: '', reason: '', type: '', handler: '' };

export function LetterCard({ letterId, onClose, onBegun }: LetterProps): ReactNode {
  const { data: letter, error, refetch } = $api.useQuery('get', '/dead-letters/{letterId}', { params: { path: { letterId } } });
  const isGone = error instanceof ApiProblem && error.status === 404;
  const isMessage = letter?.kind === 'queue' || letter?.kind === 'rule-target';
  return (
    <section className="card stack letter" aria-labelledby="letter-title">
      <div className="spread">
        <h2 id="letter-title">{letter?.eventType ?? 'Dead letter'} {letter !== undefined && <Status word={letter.reason} tone="bad" />}</h2>
        <div className="row">
          {letter !== undefined && <RunButton act="redrive" name="Redrive it" ids={[letterId]} filters={ANY} count={1} hasMessages={isMessage} onBegun={onBegun} tone="primary" />}
          {letter !== undefined && <RunButton act="discard" name="Discard it" ids={[letterId]} filters={ANY} count={1} hasMessages={isMessage} onBegun={onBegun} />}
          <button type="button" className="button" onClick={onClose}>Close</button>
        </div>
      </div>
      {isGone && <p>It is not among the dead letters any more: it was redriven or discarded, or died again under another name.</p>}
      {error !== null && !isGone && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {letter === undefined ? error === null && <Waiting /> : <Parts letter={letter} />}
    </section>
  );
}

function Parts({ letter }: { readonly letter: WholeLetter }): ReactNode {
  const { detail, kind, queue, at, attempts, handler, subject, eventId, now, attemptsRecorded, attributes } = letter;
  return (
    <>
      <p className="letter-why">{detail}</p>
      {now !== null && <p>{now.isAccepted ? <Status word="catalogue and map accept it now: redrive it" tone="good" /> : <><Status word={`still refused: ${now.reason ?? ''}`} tone="bad" /> {now.detail !== detail && now.detail}</>}</p>}
      <dl className="facts">
        <dt>Why it lies here</dt><dd>{KIND_TEXTS[kind]}{queue !== null && <> <span className="soft">queue {queue}</span></>}</dd>
        <dt>Since</dt><dd><Moment at={at} /> <span className="soft">(<Moment at={at} as="ago" />)</span></dd>
        <dt>Attempts</dt><dd>{attempts}</dd>
        {handler !== null && <><dt>Handler</dt><dd><code>{handler}</code></dd></>}
        {subject !== null && <><dt>About</dt><dd><Link href={`/orders/${subject}`}><code>{subject}</code></Link></dd></>}
        {eventId !== null && <><dt>Event</dt><dd><Link href={`/events/${eventId}`}><code>{eventId}</code></Link></dd></>}
      </dl>
      <Diff letter={letter} />
      {attemptsRecorded.length > 0 && <details><summary>{attemptsRecorded.length} recorded attempts</summary><ol className="attempts">{attemptsRecorded.map((one) => <li key={`${one.attempt} ${one.at}`}><b>{one.attempt}</b> <Moment at={one.at} /> <code>{one.code}</code> {one.message}</li>)}</ol></details>}
      {Object.keys(attributes).length > 0 && <details><summary>What AWS wrote</summary><dl className="facts">{Object.entries(attributes).map(([name, value]) => <div key={name} className="letter-attribute"><dt>{name}</dt><dd>{value}</dd></div>)}</dl></details>}
    </>
  );
}

const MARKS = { missing: '+ missing', unknown: '− unknown', invalid: '≠ invalid' } as const;

function Diff({ letter: { text, diff } }: { readonly letter: WholeLetter }): ReactNode {
  if (text === null) return <p className="soft">The event is gone.</p>;
  const differences = diff?.differences ?? [];
  return (
    <>
      <div className="row"><h3>The event{diff !== null && <span className="soft"> {diff.version ?? ''}{diff.currentVersion !== null && diff.version !== diff.currentVersion && `, the catalogue has ${diff.currentVersion}`}</span>}</h3>{differences.length === 0 && diff !== null && <Status word="it fits the catalogue" tone="good" />}{diff?.eventType !== null && diff?.eventType !== undefined && <Link href={`/catalogue?type=${diff.eventType}`}>its schema</Link>}</div>
      {differences.length > 0 && (
        <ul className="differences">{differences.map(({ path, problem, message }) => <li key={`${path} ${message}`}><span className={`difference ${problem}`}>{MARKS[problem]}</span> <code>{path === '' ? '(the whole)' : path}</code> {message}</li>)}</ul>
      )}
      <div className="json">
        <div className="json-head"><span className="soft">As it came</span><CopyButton text={text} /></div>
        <pre tabIndex={0} aria-label="The event">{markedLines(text, differences).map(({ line, problem }, index) => <span key={index} className={problem === undefined ? 'line' : `line marked ${problem}`}>{line}{problem !== undefined && <b>  ← {MARKS[problem]}</b>}{'\n'}</span>)}</pre>
      </div>
    </>
  );
}
