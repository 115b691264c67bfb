/** A place on the map: what it is, its name, and how it stands, as sign and word. It is a button: it shows what stands around it. */
import { Handle, Position } from '@xyflow/react';
import type { Node, NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import type { FlowNode } from './flow-data.ts';
import { KINDS, standingText, STATES } from './words.ts';

export interface PlaceData extends Record<string, unknown> {
  readonly node: FlowNode;
  readonly isChosen: boolean;
  readonly isFaint: boolean;
  readonly isBar: boolean;
  readonly choose: (id: string) => void;
}

export type PlaceNode = Node<PlaceData, 'place'>;

const LONG_TITLE = 16;

function Place({ data: { node, isChosen, isFaint, isBar, choose } }: NodeProps<PlaceNode>): ReactNode {
  const { sign, tone, word } = STATES[node.state];
  const text = standingText(node);
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button" className={`place ${tone} ${node.state} ${isBar ? 'bar' : ''} ${isFaint ? 'faint' : ''} nopan nodrag`} aria-pressed={isChosen} title={node.why ?? node.text}
        onClick={() => choose(node.id)}
      >
        <span className="place-kind">{KINDS[node.kind]}</span>
        <span className={node.title.length > LONG_TITLE ? 'place-title long' : 'place-title'}>{node.title}</span>
        <span className="place-state"><span aria-hidden="true">{sign}</span> {text}{text !== word && <span className="only-read">, {word}</span>}{node.why !== null && <span className="only-read">. {node.why}</span>}</span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}

export const PLACE_TYPES = { place: memo(Place) };
