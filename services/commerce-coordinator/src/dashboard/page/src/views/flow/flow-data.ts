/** The flow as `GET /api/flow` answers it. */
export type NodeKind = 'clients' | 'provider' | 'ingest' | 'extension' | 'log' | 'bus' | 'rule' | 'queue' | 'dead-letters' | 'service' | 'webhooks' | 'mail';
export type NodeState = 'ok' | 'quiet' | 'unused' | 'warn' | 'bad' | 'unknown';
export type EdgeKind = 'request' | 'signal' | 'all' | 'call' | 'bus' | 'dead';

export interface FlowNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly title: string;
  readonly text: string;
  readonly state: NodeState;
  readonly why: string | null;
  readonly perSecond: number | null;
  readonly depth: number | null;
  readonly lagSeconds: number | null;
  readonly dead: number | null;
  readonly handlers: number | null;
}

export interface FlowEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly types: readonly string[];
  readonly perSecond: number | null;
  readonly p95Ms: number | null;
  readonly errorShare: number | null;
  readonly isUsed: boolean | null;
}

export interface FlowSignal {
  readonly signal: string;
  readonly name: string;
  readonly visibility: 'published' | 'internal';
  readonly from: readonly string[];
  readonly fromOutside: readonly { readonly source: string }[];
  readonly heardBy: readonly string[];
  readonly unheard: string | null;
  readonly perSecond: number;
  readonly lastAt: string | null;
}

export interface FlowHandler {
  readonly handler: string;
  readonly extension: string;
  readonly kind: string;
  readonly hears: readonly string[];
  readonly filtered: readonly string[];
  readonly watches: boolean;
  readonly perSecond: number;
  readonly p95Ms: number | null;
  readonly errorShare: number | null;
  readonly waiting: number;
  readonly dead: number;
  readonly oldestDueSeconds: number;
  readonly lastAt: string | null;
}

export interface Flow {
  readonly at: string;
  readonly windowSeconds: number;
  readonly since: string | null;
  readonly missing: readonly string[];
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  readonly signals: readonly FlowSignal[];
  readonly handlers: readonly FlowHandler[];
}
