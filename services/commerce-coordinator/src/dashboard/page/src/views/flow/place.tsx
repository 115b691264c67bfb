/** A place on the map: what it is, its name, and how it stands, as sign and word. It is a button: it shows what stands around it. */
import { Handle, Position } from '@xyflow/react';
import type { Node, NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import type { FlowNode } from './flow-data.ts';
import { EMPTY, KINDS, STATES } from './words.ts';

export interface PlaceData extends Record<string, unknown> {
  readonly kind: FlowNode['kind'];
  readonly title: string;
  readonly state: FlowNode['state'];
  /** How it stands, in words. */
  readonly text: string;
  readonly why: string | null;
  readonly about: string;
  readonly isChosen: boolean;
  readonly isFaint: boolean;
  readonly isBar: boolean;
  readonly choose: (id: string) => void;
}

export type PlaceNode = Node<PlaceData, 'place'>;

const LONG_TITLE = 16;

function Place({ id, data: { kind, title, state, text, why, about, isChosen, isFaint, isBar, choose } }: NodeProps<PlaceNode>): ReactNode {
  const { sign, tone, word } = STATES[state];
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button" className={`place ${tone} ${state} ${isBar ? 'is-log' : ''} ${isFaint ? 'faint' : ''} nopan nodrag`} aria-pressed={isChosen} title={why ?? about}
        onClick={() => choose(id)}
      >
        <span className="place-kind">{KINDS[kind]}</span>
        <span className={title.length > LONG_TITLE ? 'place-title long' : 'place-title'}>{title}</span>
        <span className="place-state"><span aria-hidden="true">{sign}</span> {text}{text !== word && text !== EMPTY && <span className="only-read">, {word}</span>}{why !== null && <span className="only-read">. {why}</span>}</span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

export const PLACE_TYPES = { place: memo(Place) };
