/** A way on the map, with its figures where something passes or where one has asked for it. */
import { EdgeLabelRenderer } from '@xyflow/react';
import type { Edge, EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import type { FlowEdge } from './flow-data.ts';
import type { Way } from './ways.ts';
import { isFailing, labelText, wayText } from './words.ts';

export interface WayData extends Record<string, unknown> {
  readonly edge: FlowEdge;
  readonly way: Way;
  readonly title: string;
  readonly isChosen: boolean;
  readonly isNear: boolean;
  readonly isFaint: boolean;
  readonly choose: (id: string) => void;
}

export type WayEdge = Edge<WayData, 'way'>;

function WayLine({ id, markerEnd, data }: EdgeProps<WayEdge>): ReactNode {
  if (data === undefined) return null;
  const { edge, way: { path, label, isShort }, title, isChosen, isNear, isFaint, choose } = data;
  const failing = isFailing(edge);
  const isBusy = edge.perSecond !== null && edge.perSecond > 0;
  const shows = !isFaint && (isNear || failing || isBusy) && edge.kind !== 'dead';
  const text = labelText(edge, isNear, isShort);
  return (
    <>
      <path className="way-hit" d={path} onClick={() => choose(id)} />
      <path
        data-way={id} d={path} markerEnd={markerEnd}
        className={`way ${edge.kind} ${isBusy ? 'busy' : ''} ${edge.isUsed === false ? 'unused' : ''} ${failing ? 'failing' : ''} ${isChosen ? 'chosen' : ''} ${isFaint ? 'faint' : ''}`}
      />
      {shows && text !== '' && (
        <EdgeLabelRenderer>
          <button
            type="button" className={`way-label ${failing ? 'failing' : ''} nopan nodrag`} style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
            aria-label={`${title}: ${wayText(edge)}`} title={title} onClick={() => choose(id)}
          >{failing && <span aria-hidden="true">✕ </span>}{text}</button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

export const WAY_TYPES = { way: memo(WayLine) };
