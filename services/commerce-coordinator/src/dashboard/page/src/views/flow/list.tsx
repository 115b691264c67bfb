/** The flow as tables, for who does not see the map and for small screens: the same places, ways, handlers and types. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryText } from '../../address.ts';
import { Moment } from '../../parts/moment.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import type { Flow, FlowEdge, FlowHandler, FlowNode, FlowSignal } from './flow-data.ts';
import { KINDS, rateText, shareText, STATES, WAYS } from './words.ts';

const SHOWN = { places: 'Places', ways: 'Ways', handlers: 'Handlers', types: 'Types' } as const;
type Shown = keyof typeof SHOWN;

export function FlowList({ flow, choose }: { readonly flow: Flow; readonly choose: (id: string) => void }): ReactNode {
  const [given, show] = useQueryText('show', 'places');
  const [unused, setUnused] = useQueryText('unused');
  const shown: Shown = given in SHOWN ? (given as Shown) : 'places';
  const only = unused === 'only';
  return (
    <>
      <div className="row" role="group" aria-label="What is listed">
        {(Object.keys(SHOWN) as Shown[]).map((one) => <button key={one} type="button" className="button small" aria-pressed={one === shown} onClick={() => show(one)}>{SHOWN[one]}</button>)}
        <label className="row"><input type="checkbox" checked={only} onChange={({ target }) => setUnused(target.checked ? 'only' : '')} /> only what was never used</label>
      </div>
      {shown === 'places' && <Table label="Places" rows={flow.nodes.filter(({ state }) => !only || state === 'unused')} rowKey={({ id }) => id} columns={placeColumns(choose)} />}
      {shown === 'ways' && <Table label="Ways" rows={flow.edges.filter(({ isUsed }) => !only || isUsed === false)} rowKey={({ id }) => id} columns={wayColumns(flow, choose)} />}
      {shown === 'handlers' && <Table label="Handlers" rows={flow.handlers.filter(({ lastAt }) => !only || lastAt === null)} rowKey={({ handler }) => handler} columns={HANDLER_COLUMNS} />}
      {shown === 'types' && <Table label="Types of events" rows={flow.signals.filter(({ lastAt }) => !only || lastAt === null)} rowKey={({ signal }) => signal} columns={TYPE_COLUMNS} />}
    </>
  );
}

const dash = <span className="soft">–</span>;
const rate = (perSecond: number | null): ReactNode => (perSecond === null ? dash : rateText(perSecond));
const span = (ms: number | null): ReactNode => (ms === null ? dash : spanText(ms));
const errors = (share: number | null): ReactNode => (share === null ? dash : <span className={share >= 0.05 ? 'fault' : ''}>{shareText(share)}</span>);
const lastTold = (at: string | null): ReactNode => (at === null ? <Status word="never used" tone="plain" /> : <Moment at={at} as="ago" />);

function placeColumns(choose: (id: string) => void): Column<FlowNode>[] {
  return [
    { name: 'Place', width: 'minmax(8rem, 2fr)', cell: ({ id, title }) => <button type="button" className="linklike" onClick={() => choose(id)}>{title}</button> },
    { name: 'What', width: '7rem', isExtra: true, cell: ({ kind }) => KINDS[kind] },
    { name: 'State', width: '7rem', cell: ({ state }) => <Status word={STATES[state].word} tone={STATES[state].tone} /> },
    { name: 'Rate', width: '4rem', isNumber: true, cell: ({ perSecond }) => rate(perSecond) },
    { name: 'Waiting', width: '5rem', isNumber: true, isExtra: true, cell: ({ depth }) => depth?.toLocaleString() ?? dash },
    { name: 'Dead', width: '4rem', isNumber: true, isExtra: true, cell: ({ dead }) => dead?.toLocaleString() ?? dash },
    { name: 'Why', width: 'minmax(10rem, 3fr)', isExtra: true, cell: ({ why }) => <span title={why ?? ''}>{why}</span> },
  ];
}

function wayColumns({ nodes }: Flow, choose: (id: string) => void): Column<FlowEdge>[] {
  const titles = new Map(nodes.map(({ id, title }) => [id, title]));
  return [
    { name: 'Way', width: 'minmax(11rem, 3fr)', cell: ({ id, from, to }) => <button type="button" className="linklike" onClick={() => choose(id)}>{titles.get(from)} → {titles.get(to)}</button> },
    { name: 'What', width: 'minmax(7rem, 1fr)', isExtra: true, cell: ({ kind }) => WAYS[kind] },
    { name: 'Types', width: '4rem', isNumber: true, isExtra: true, cell: ({ types }) => types.length || dash },
    { name: 'Rate', width: '5rem', narrow: '4.2rem', isNumber: true, cell: ({ perSecond, isUsed }) => (isUsed === false ? 'never' : rate(perSecond)) },
    { name: 'p95', width: '5rem', narrow: '4.2rem', isNumber: true, cell: ({ p95Ms }) => span(p95Ms) },
    { name: 'Errors', width: '5rem', isNumber: true, isExtra: true, cell: ({ errorShare }) => errors(errorShare) },
  ];
}

const HANDLER_COLUMNS: readonly Column<FlowHandler>[] = [
  { name: 'Handler', width: 'minmax(9rem, 2fr)', cell: ({ handler, hears }) => <span title={`hears ${hears.join(', ') || 'nothing'}`}><code>{handler}</code></span> },
  { name: 'Kind', width: '7rem', isExtra: true, cell: ({ kind }) => kind },
  { name: 'Rate', width: '5rem', narrow: '4.2rem', isNumber: true, cell: ({ perSecond }) => rate(perSecond) },
  { name: 'p95', width: '5rem', narrow: '4.2rem', isNumber: true, isExtra: true, cell: ({ p95Ms }) => span(p95Ms) },
  { name: 'Errors', width: '5rem', isNumber: true, isExtra: true, cell: ({ errorShare }) => errors(errorShare) },
  { name: 'Waiting', width: '5rem', isNumber: true, isExtra: true, cell: ({ waiting }) => waiting.toLocaleString() },
  { name: 'Dead', width: '4rem', isNumber: true, isExtra: true, cell: ({ dead }) => dead.toLocaleString() },
  { name: 'Last used', width: '8rem', narrow: '6.6rem', cell: ({ lastAt }) => lastTold(lastAt) },
];

const TYPE_COLUMNS: readonly Column<FlowSignal>[] = [
  { name: 'Type', width: 'minmax(9rem, 2fr)', cell: ({ signal }) => <Link href={`/events?type=${encodeURIComponent(signal)}`}>{signal}</Link> },
  { name: 'Told by', width: 'minmax(7rem, 1fr)', isExtra: true, cell: ({ from, fromOutside }) => [...from, ...fromOutside.map(({ source }) => source)].join(', ') },
  { name: 'Heard by', width: 'minmax(10rem, 3fr)', isExtra: true, cell: ({ heardBy, unheard }) => (heardBy.length === 0 ? <span className="soft" title={unheard ?? ''}>nobody{unheard === null ? '' : `: ${unheard}`}</span> : <span title={heardBy.join(', ')}>{heardBy.join(', ')}</span>) },
  { name: 'Rate', width: '5rem', narrow: '4.2rem', isNumber: true, cell: ({ perSecond }) => rate(perSecond) },
  { name: 'Last sent', width: '8rem', narrow: '6.6rem', cell: ({ lastAt }) => lastTold(lastAt) },
];
