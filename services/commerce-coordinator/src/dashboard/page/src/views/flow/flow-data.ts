/** The flow as `GET /api/flow` answers it: the types of the contract, under the names that the map uses. */
import type { operations } from '../../openapi.ts';

export type Flow = operations['readFlow']['responses'][200]['content']['application/json'];
export type FlowNode = Flow['nodes'][number];
export type FlowEdge = Flow['edges'][number];
export type FlowSignal = Flow['signals'][number];
export type FlowHandler = Flow['handlers'][number];
export type NodeKind = FlowNode['kind'];
export type NodeState = FlowNode['state'];
export type EdgeKind = FlowEdge['kind'];
