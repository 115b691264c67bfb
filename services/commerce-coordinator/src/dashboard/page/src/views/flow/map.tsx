/** The map: places and ways where they belong, what passes as it passes, and around a chosen place only what leads there and from there. */
import { Controls, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, ViewportPortal } from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import '@xyflow/react/dist/base.css';
import { around, isImplied } from './around.ts';
import type { Around } from './around.ts';
import { useDots } from './dots.ts';
import type { Flow } from './flow-data.ts';
import { keeper } from './kept.ts';
import { waysByType } from './lights.ts';
import { PLACE_TYPES } from './place.tsx';
import type { PlaceNode } from './place.tsx';
import { placesOf } from './places.ts';
import type { Box } from './places.ts';
import { WAY_TYPES } from './way.tsx';
import type { WayData, WayEdge } from './way.tsx';
import { waysOf } from './ways.ts';
import type { Way } from './ways.ts';
import { isFailing, labelText, standingText, WAYS } from './words.ts';

export interface FlowMapProps {
  readonly flow: Flow;
  readonly focus: string;
  readonly choose: (id: string) => void;
}

export function FlowMap(props: FlowMapProps): ReactNode {
  return <ReactFlowProvider><Drawn {...props} /></ReactFlowProvider>;
}

interface Laid {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly ways: ReadonlyMap<string, Way>;
  readonly implied: ReadonlySet<string>;
}

function laidOut(flow: Flow): Laid {
  const boxes = placesOf(flow);
  const firstX = Math.min(...flow.nodes.filter(({ kind }) => kind === 'extension').map(({ id }) => boxes.get(id)?.x ?? Infinity));
  const firstColumn = new Set([...boxes.values()].filter(({ x }) => x === firstX).map(({ id }) => id));
  const implied = new Set(flow.edges.filter((edge) => isImplied(edge, firstColumn)).map(({ id }) => id));
  const drawn = waysOf(flow.edges.filter(({ id }) => !implied.has(id)), boxes);
  return { boxes, implied, ways: new Map([...waysOf(flow.edges.filter(({ id }) => implied.has(id)), boxes), ...drawn]) };
}

/** What decides where everything stands and which way it takes; figures do not. */
function shapeOf({ nodes, edges, handlers }: Flow): string {
  return JSON.stringify([nodes.map(({ id, kind }) => [id, kind]), edges.map(({ id, from, to, kind }) => [id, from, to, kind]), handlers.map(({ handler, extension, watches }) => [handler, extension, watches])]);
}

/** The flow as it was when its shape changed last. */
function useShaped(flow: Flow): Flow {
  const shape = shapeOf(flow);
  const [shaped, setShaped] = useState({ flow, shape });
  if (shaped.shape === shape) return shaped.flow;
  setShaped({ flow, shape });
  return flow;
}

function Drawn({ flow, focus, choose }: FlowMapProps): ReactNode {
  const shaped = useShaped(flow);
  const laid = useMemo(() => laidOut(shaped), [shaped]);
  const near = useMemo(() => (focus === '' ? undefined : around(flow, focus)), [flow, focus]);
  const layer = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useDots(useMemo(() => waysByType(flow.edges), [flow.edges]), box, layer);
  useFitted(box, laid, near, focus);
  const [keepNodes] = useState(() => keeper<PlaceNode>());
  const [keepEdges] = useState(() => keeper<WayEdge>());
  const nodes = useMemo(() => keepNodes(placeNodes(flow, laid, near, focus, choose)), [keepNodes, flow, laid, near, focus, choose]);
  const edges = useMemo(() => keepEdges(wayEdges(flow, laid, near, focus, choose)), [keepEdges, flow, laid, near, focus, choose]);
  return (
    <div className="flow-map" ref={box}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={PLACE_TYPES} edgeTypes={WAY_TYPES} minZoom={0.2} maxZoom={1.6} nodesDraggable={false} nodesConnectable={false} elementsSelectable={false}
        nodesFocusable={false} edgesFocusable={false} zoomOnScroll={false} preventScrolling={false} zoomOnDoubleClick={false} disableKeyboardA11y proOptions={{ hideAttribution: true }} aria-label="The flow of events"
      >
        <ViewportPortal><div className="flow-dots" ref={layer} aria-hidden="true" /></ViewportPortal>
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  );
}

/** On a small screen not all of it is seen at once: it is dragged. */
const READABLE = 0.6;
/** On the right there is a line that passes the column. */
const MARGINS = { top: '16px', bottom: '16px', left: '16px', right: '40px' } as const;
const MOVE_MS = 350;

/** Shows all of it, or what stands around the chosen place, beside the details; again when the window changes. */
function useFitted(box: RefObject<HTMLDivElement | null>, laid: Laid, near: Around | undefined, focus: string): void {
  const { fitView } = useReactFlow();
  const count = laid.boxes.size;
  const nearIds = near === undefined ? '' : [...near.nodes].join('|');
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const fit = (duration: number): void => {
      const isWide = element.clientWidth > 900;
      void fitView({
        duration, maxZoom: 1.1, minZoom: isWide ? 0.2 : READABLE, ...(nearIds !== '' && { nodes: nearIds.split('|').map((id) => ({ id })) }),
        padding: nearIds !== '' && isWide ? { top: '40px', bottom: '40px', left: '40px', right: '380px' } : MARGINS,
      });
    };
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const first = requestAnimationFrame(() => fit(still ? 0 : MOVE_MS));
    const resized = new ResizeObserver(() => fit(0));
    resized.observe(element);
    return () => {
      cancelAnimationFrame(first);
      resized.disconnect();
    };
  }, [box, fitView, count, nearIds, focus]);
}

function placeNodes({ nodes }: Flow, { boxes }: Laid, near: Around | undefined, focus: string, choose: (id: string) => void): PlaceNode[] {
  return nodes.flatMap((node) => {
    const at = boxes.get(node.id);
    if (at === undefined) return [];
    return [{
      id: node.id, type: 'place' as const, position: { x: at.x, y: at.y }, width: at.width, height: at.height, ariaRole: 'group' as const,
      data: { kind: node.kind, title: node.title, state: node.state, text: standingText(node), why: node.why, about: node.text, isChosen: node.id === focus, isFaint: near !== undefined && !near.nodes.has(node.id), isBar: node.kind === 'log', choose },
    }];
  });
}

/** What is drawn of the figures of a way, and nothing that changes unseen. */
function shownOf(edge: Flow['edges'][number], isNear: boolean, isFaint: boolean, isShort: boolean): Pick<WayData, 'isBusy' | 'isUnused' | 'isFailing' | 'isFaint' | 'label'> {
  const isBusy = edge.perSecond !== null && edge.perSecond > 0;
  const shows = !isFaint && (isNear || isFailing(edge) || isBusy) && edge.kind !== 'dead';
  return { isBusy, isUnused: edge.isUsed === false, isFailing: isFailing(edge), isFaint, label: shows ? labelText(edge, isNear, isShort) : '' };
}

function wayEdges({ nodes, edges }: Flow, { ways, implied }: Laid, near: Around | undefined, focus: string, choose: (id: string) => void): WayEdge[] {
  const titles = new Map(nodes.map(({ id, title }) => [id, title]));
  return edges.flatMap((edge) => {
    const way = ways.get(edge.id);
    const isNear = near?.edges.has(edge.id) === true;
    if (way === undefined || (implied.has(edge.id) && !isNear)) return [];
    return [{
      id: edge.id, type: 'way' as const, source: edge.from, target: edge.to, markerEnd: { type: MarkerType.ArrowClosed, markerUnits: 'userSpaceOnUse', width: 15, height: 15, color: 'var(--way)' },
      data: { ...shownOf(edge, isNear, near !== undefined && !isNear, way.isShort), way, kind: edge.kind, title: `${titles.get(edge.from)} to ${titles.get(edge.to)}, ${WAYS[edge.kind]}`, isChosen: edge.id === focus, choose },
    }];
  });
}
