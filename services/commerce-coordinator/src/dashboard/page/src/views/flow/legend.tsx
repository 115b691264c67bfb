/** What signs and lines mean. */
import type { ReactNode } from 'react';
import type { EdgeKind, NodeState } from './flow-data.ts';
import { STATES, WAYS } from './words.ts';

const LINES: readonly EdgeKind[] = ['request', 'signal', 'call', 'bus', 'all', 'dead'];

export function Legend(): ReactNode {
  return (
    <div className="flow-legend soft" aria-label="Legend" role="group">
      {(Object.keys(STATES) as NodeState[]).map((state) => <span key={state}><span className={`legend-sign ${STATES[state].tone}`} aria-hidden="true">{STATES[state].sign}</span> {STATES[state].word}</span>)}
      {LINES.map((kind) => <span key={kind}><svg width="26" height="8" aria-hidden="true"><path className={`way ${kind}`} d="M1,4 H25" /></svg> {WAYS[kind]}</span>)}
    </div>
  );
}
