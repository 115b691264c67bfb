/** Live tail: events as they are committed, by whatever process, with a filter that a link shares. */
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { quoted } from '../../call-log.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { useEventNames } from '../events/names.ts';
import { compileFilter, FIELD_NAMES } from './filter.ts';
import type { Filter } from './filter.ts';
import { TailList } from './tail-list.tsx';
import { MOST, useTail } from './use-tail.ts';
import type { TailControl } from './use-tail.ts';
import './tail.css';

export function TailView(): ReactNode {
  const [text, setText] = useQueryText('filter');
  const filter = useMemo(() => compileFilter(text), [text]);
  const tail = useTail(filter, text, useEventNames());
  const { mode, rows, letGo, problem, clear } = tail;
  return (
    <>
      <div className="spread">
        <h1>Live tail</h1>
        <div className="row">
          <Pace tail={tail} />
          <PauseButton tail={tail} />
          <button type="button" className="button" onClick={clear} disabled={rows.length === 0}>Clear</button>
        </div>
      </div>
      <div className="tail-filter">
        <FilterField label="Filter" value={text} onChange={setText} placeholder='type:order.* status:failed   or   {"data":{"currency":["USD"]}}' fault={filter.fault} />
        <CopyButton text={location.href} label="Copy link" />
        {text !== '' && <button type="button" className="button small" onClick={() => setText('')}>All events</button>}
      </div>
      <div className="tail-helps"><FilterHelp onChoose={setText} /><Forwarding filter={filter} /></div>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {mode === 'filling' && <p role="status">Reading from history what came in the pause …</p>}
      {rows.length === 0 ? <Nothing text={text} filter={filter} onClear={() => setText('')} /> : <TailList rows={rows} letGo={letGo} />}
      {letGo > 0 && <p className="soft">The newest {MOST.toLocaleString()} are kept here; {letGo.toLocaleString()} older ones were let go. They stand in <Link href={searchOf(filter)}>history</Link>.</p>}
    </>
  );
}

function Pace({ tail: { mode, perSecond, rows, waiting } }: { readonly tail: TailControl }): ReactNode {
  if (mode === 'paused') return <span className="tail-pace held" role="status">❙❙ paused, <b>{waiting.toLocaleString()}</b> waiting</span>;
  return <span className="tail-pace soft"><b>{perSecond.toLocaleString()}</b> a second, {rows.length.toLocaleString()} shown</span>;
}

function PauseButton({ tail: { mode, pause, resume, waiting } }: { readonly tail: TailControl }): ReactNode {
  if (mode === 'paused') return <button type="button" className="button primary" onClick={resume}>▶ Resume{waiting > 0 && ` with ${waiting.toLocaleString()}`}</button>;
  return <button type="button" className="button" onClick={pause} disabled={mode === 'filling'}>❙❙ Pause</button>;
}

const EXAMPLES = ['type:order.*', 'status:failed', 'type:payment.*,shipping.*', 'origin:foreign', '{"data":{"total":[{"exists":true}]}}'];

function FilterHelp({ onChoose }: { readonly onChoose: (text: string) => void }): ReactNode {
  return (
    <details className="tail-help">
      <summary>How to filter</summary>
      <p>Words: all must hold. Fields are {FIELD_NAMES.map((name) => <code key={name}>{name}: </code>)}with <code>*</code> for anything, commas between alternatives, and <code>-</code> in front for “not”. Text without a field is looked for everywhere. What begins with <code>{'{'}</code> is an event pattern of EventBridge.</p>
      <p className="row">{EXAMPLES.map((example) => <button type="button" key={example} className="button small" onClick={() => onChoose(example)}><code>{example}</code></button>)}</p>
    </details>
  );
}

/** A pattern goes along; words are judged by this page alone. */
function Forwarding({ filter: { pattern } }: { readonly filter: Filter }): ReactNode {
  const command = `npx --yes pnpm@12.21.0 cli listen --to http://127.0.0.1:4000/hook${pattern === undefined ? '' : ` --filter ${quoted(pattern)}`}`;
  return (
    <details className="tail-help">
      <summary>Have them sent to a port of yours</summary>
      <p className="row"><code>{command}</code> <CopyButton text={command} /></p>
      <p>They come as signed webhooks, from whatever your machine reaches. {pattern === undefined && 'A filter that is an event pattern goes along; words do not.'}</p>
    </details>
  );
}

function Nothing({ text, filter, onClear }: { readonly text: string; readonly filter: Filter; readonly onClear: () => void }): ReactNode {
  if (text === '') return <Empty title="Nothing has happened yet"><p>Events show here as they are committed. <Link href="/shop">Place an order in the storefront</Link> to see some.</p></Empty>;
  return (
    <Empty title="Nothing like this has come lately">
      <p>It shows as soon as it comes. <Link href={searchOf(filter)}>Look further back in history</Link>, or <button type="button" className="button small" onClick={onClear}>show all events</button>.</p>
    </Empty>
  );
}

function searchOf({ pattern }: Filter): string {
  return pattern === undefined ? '/events' : `/events?filter=${encodeURIComponent(pattern)}`;
}
