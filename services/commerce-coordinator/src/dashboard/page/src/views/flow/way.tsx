/** A way on the map, with its figures where something passes or where one has asked for it. */
import { EdgeLabelRenderer } from '@xyflow/react';
import type { Edge, EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import type { FlowEdge } from './flow-data.ts';
import type { Way } from './ways.ts';

export interface WayData extends Record<string, unknown> {
  readonly kind: FlowEdge['kind'];
  readonly way: Way;
  readonly title: string;
  /** Beside it; empty: nothing. */
  readonly label: string;
  readonly isBusy: boolean;
  readonly isUnused: boolean;
  readonly isFailing: boolean;
  readonly isChosen: boolean;
  readonly isFaint: boolean;
  readonly choose: (id: string) => void;
}

export type WayEdge = Edge<WayData, 'way'>;

function WayLine({ id, markerEnd, data }: EdgeProps<WayEdge>): ReactNode {
  if (data === undefined) return null;
  const { kind, way: { path, label: at }, title, label, isBusy, isUnused, isFailing, isChosen, isFaint, choose } = data;
  return (
    <>
      <path className="way-hit" d={path} onClick={() => choose(id)} />
      <path
        data-way={id} d={path} markerEnd={markerEnd}
        className={`way ${kind} ${isBusy ? 'busy' : ''} ${isUnused ? 'unused' : ''} ${isFailing ? 'failing' : ''} ${isChosen ? 'chosen' : ''} ${isFaint ? 'faint' : ''}`}
      />
      {label !== '' && (
        <EdgeLabelRenderer>
          <button
            type="button" className={`way-label ${isFailing ? 'failing' : ''} nopan nodrag`} style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
            aria-label={`${title}: ${label}`} title={title} onClick={() => choose(id)}
          >{isFailing && <span aria-hidden="true">✕ </span>}{label}</button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

export const WAY_TYPES = { way: memo(WayLine) };
