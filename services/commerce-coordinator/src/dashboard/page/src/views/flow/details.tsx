/** What one asks for by choosing a place or a way: how it stands, what leads there, and the last events of it. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../../parts/moment.tsx';
import { spanText } from '../../parts/moment-text.ts';
import { Status } from '../../parts/status.tsx';
import { around } from './around.ts';
import type { Flow, FlowEdge, FlowNode } from './flow-data.ts';
import { KINDS, rateText, shareText, STATES, WAYS, wayText } from './words.ts';

export interface DetailsProps {
  readonly flow: Flow;
  readonly focus: string;
  readonly choose: (id: string) => void;
  readonly close: () => void;
}

export function Details({ flow, focus, choose, close }: DetailsProps): ReactNode {
  const node = flow.nodes.find(({ id }) => id === focus);
  const edge = flow.edges.find(({ id }) => id === focus);
  if (node === undefined && edge === undefined) return null;
  return (
    <aside className="flow-details card" aria-label="What was chosen">
      <p className="row end"><button type="button" className="button small" onClick={close}>Show all <kbd>Esc</kbd></button></p>
      {node !== undefined && <OfNode flow={flow} node={node} choose={choose} />}
      {edge !== undefined && <OfEdge flow={flow} edge={edge} choose={choose} />}
    </aside>
  );
}

function OfNode({ flow, node, choose }: { readonly flow: Flow; readonly node: FlowNode; readonly choose: (id: string) => void }): ReactNode {
  const near = around(flow, node.id);
  const edges = flow.edges.filter(({ id, from, to }) => near?.edges.has(id) === true && (from === node.id || to === node.id));
  const { word, tone } = STATES[node.state];
  const handlers = flow.handlers.filter(({ extension }) => `extension:${extension}` === node.id);
  const link = LINKS[node.kind];
  return (
    <>
      <h2>{node.title} <span className="soft">{KINDS[node.kind]}</span></h2>
      <p><Status word={word} tone={tone} /> {node.why}</p>
      <p className="soft">{node.text}</p>
      <Figures of={node} />
      {node.dead !== null && node.dead > 0 && <p><Link href={node.kind === 'extension' ? '/dead-letters?kind=work' : '/dead-letters'}>See its dead letters</Link></p>}
      {link !== undefined && <p><Link href={link.href}>{link.text}</Link></p>}
      <Ways title="In" edges={edges.filter(({ to }) => to === node.id)} flow={flow} side="from" choose={choose} />
      <Ways title="Out" edges={edges.filter(({ from }) => from === node.id)} flow={flow} side="to" choose={choose} />
      {handlers.length > 0 && (
        <>
          <h3>Handlers</h3>
          <ul className="flow-lines">
            {handlers.map(({ handler, kind, perSecond, p95Ms, errorShare, waiting, dead, lastAt }) => (
              <li key={handler}>
                <code>{handler}</code> <span className="soft">{kind}</span>
                <span className="flow-figures">{lastAt === null ? '∅ never used' : [rateText(perSecond), p95Ms === null ? '' : `p95 ${spanText(p95Ms)}`, errorShare === null || errorShare === 0 ? '' : `${shareText(errorShare)} errors`, waiting > 0 ? `${waiting} wait` : '', dead > 0 ? `${dead} dead` : ''].filter((part) => part !== '').join(' · ')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Where more of a place is told. */
const LINKS: Partial<Record<FlowNode['kind'], { readonly href: string; readonly text: string }>> = {
  webhooks: { href: '/webhooks', text: 'See the endpoints and their deliveries' }, 'dead-letters': { href: '/dead-letters', text: 'See the dead letters' }, log: { href: '/events', text: 'See the events' },
};

function Figures({ of: { perSecond, depth, lagSeconds, dead } }: { readonly of: FlowNode }): ReactNode {
  const figures = [
    ['A second', perSecond === null ? undefined : rateText(perSecond)], ['Waiting', depth?.toLocaleString()], ['Behind', lagSeconds === null ? undefined : spanText(lagSeconds * 1_000)], ['Dead', dead?.toLocaleString()],
  ].filter(([, value]) => value !== undefined);
  return figures.length === 0 ? null : <dl className="flow-facts">{figures.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Ways({ title, edges, flow, side, choose }: { readonly title: string; readonly edges: readonly FlowEdge[]; readonly flow: Flow; readonly side: 'from' | 'to'; readonly choose: (id: string) => void }): ReactNode {
  if (edges.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="flow-lines">
        {edges.map((edge) => (
          <li key={edge.id}>
            <button type="button" className="linklike" onClick={() => choose(edge.id)}>{flow.nodes.find(({ id }) => id === edge[side])?.title} <span className="soft">{WAYS[edge.kind]}</span></button>
            <span className="flow-figures">{edge.isUsed === false && '∅ '}{wayText(edge)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function OfEdge({ flow, edge, choose }: { readonly flow: Flow; readonly edge: FlowEdge; readonly choose: (id: string) => void }): ReactNode {
  const [from, to] = [edge.from, edge.to].map((end) => flow.nodes.find(({ id }) => id === end));
  // What happened last comes first, what was never sent last.
  const signals = flow.signals.filter(({ signal }) => edge.types.includes(signal)).toSorted((one, other) => (other.lastAt ?? '').localeCompare(one.lastAt ?? ''));
  const end = (node: FlowNode | undefined): ReactNode => node !== undefined && <button type="button" className="linklike" onClick={() => choose(node.id)}>{node.title}</button>;
  return (
    <>
      <h2>{end(from)} → {end(to)}</h2>
      <p className="soft">{WAYS[edge.kind]}</p>
      <p>{edge.isUsed === false && '∅ '}{wayText(edge) || 'Nothing is measured here.'}</p>
      {signals.length > 0 && (
        <>
          <h3>Types of events</h3>
          <ul className="flow-lines">
            {signals.map(({ signal, perSecond, lastAt }) => (
              <li key={signal}>
                <Link href={`/events?type=${encodeURIComponent(signal)}`}>{signal}</Link>
                <span className="flow-figures">{lastAt === null ? '∅ never sent' : <>{rateText(perSecond)} · <Moment at={lastAt} as="ago" /></>}</span>
              </li>
            ))}
          </ul>
          <p><Link href={`/live?filter=${encodeURIComponent(signals.length === 1 ? `type:${signals[0]?.signal}` : JSON.stringify({ 'detail-type': signals.map(({ signal }) => signal) }))}`}>Watch them live</Link></p>
        </>
      )}
    </>
  );
}
