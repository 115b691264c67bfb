/** The flow: everything that takes part, what passes between them as it passes, and what needs a person. */
import { useEffect, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { useQueryText } from '../../address.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { Details } from './details.tsx';
import type { Flow } from './flow-data.ts';
import { Headline } from './headline.tsx';
import { Legend } from './legend.tsx';
import { FlowList } from './list.tsx';
import { FlowMap } from './map.tsx';
import { useFlow } from './use-flow.ts';
import './flow.css';

const NARROW = matchMedia('(width < 60rem)');

function useIsNarrow(): boolean {
  return useSyncExternalStore((changed) => {
    NARROW.addEventListener('change', changed);
    return () => NARROW.removeEventListener('change', changed);
  }, () => NARROW.matches);
}

export function FlowView(): ReactNode {
  const { data, error, refetch } = useFlow();
  const isNarrow = useIsNarrow();
  const [as, showAs] = useQueryText('as', isNarrow ? 'list' : 'map');
  const [focus, setFocus] = useQueryText('focus');
  useEscape(() => setFocus(''), focus !== '');
  return (
    <>
      <div className="spread">
        <h1>Flow</h1>
        <div className="row" role="group" aria-label="How it is shown">
          <button type="button" className="button small" aria-pressed={as !== 'list'} onClick={() => showAs('map')}>Map</button>
          <button type="button" className="button small" aria-pressed={as === 'list'} onClick={() => showAs('list')}>List</button>
        </div>
      </div>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <Waiting /> : <Shown flow={data} isOld={error !== null} isList={as === 'list'} focus={focus} setFocus={setFocus} />}
    </>
  );
}

function Shown({ flow, isOld, isList, focus, setFocus }: { readonly flow: Flow; readonly isOld: boolean; readonly isList: boolean; readonly focus: string; readonly setFocus: (id: string) => void }): ReactNode {
  const details = focus !== '' && <Details flow={flow} focus={focus} choose={setFocus} close={() => setFocus('')} />;
  return (
    <>
      <Headline flow={flow} isOld={isOld} />
      {flow.missing.map((text) => <p key={text} className="soft" role="status"><span aria-hidden="true">?</span> {text}</p>)}
      {isList
        ? <>{details}<FlowList flow={flow} choose={setFocus} /></>
        : <div className="flow-stage"><FlowMap flow={flow} focus={focus} choose={setFocus} />{details}</div>}
      {!isList && <Legend />}
      <p className="soft flow-since">
        Rates, times and errors are of the last {flow.windowSeconds} s. {flow.since === null ? 'The log is empty: place an order to see something move.' : <>What is said to be never used was not used since <Moment at={flow.since} />, when the log begins.</>}
        {!isList && ' Choose a place or a line to see what leads there; requests and signals of the log are drawn then, too.'}
      </p>
    </>
  );
}

/** Escape leaves, but for who writes or has a dialogue open. */
function useEscape(leave: () => void, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('dialog[open]') === null) leave();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  });
}
