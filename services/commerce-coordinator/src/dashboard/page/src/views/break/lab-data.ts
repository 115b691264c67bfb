/** The lab as it answers, under /development/lab: what can be broken, what is, and what came of it. */
import type { GivenReason } from '../../parts/reason.ts';

export type Kind = 'down' | 'slow' | 'duplicate' | 'reorder' | 'partial' | 'drop' | 'stalled' | 'unknown';

export interface Breakable {
  readonly kind: Kind;
  readonly title: string;
  readonly maxSeconds: number;
  readonly latencyMs: number | null;
  readonly share: number | null;
}

export interface Active {
  readonly kind: Kind;
  readonly seed: number;
  readonly beganAt: string;
  readonly endsAt: string;
  readonly latencyMs: number | null;
  readonly share: number | null;
}

export interface Dependency {
  readonly dependency: string;
  readonly title: string;
  readonly unavailable: string | null;
  readonly kinds: readonly Breakable[];
  readonly active: Active | null;
}

export interface Faults {
  readonly now: string;
  readonly dependencies: readonly Dependency[];
}

export interface Outcome {
  readonly state: 'never' | 'broken' | 'recovering' | 'settled';
  readonly since: string | null;
  readonly until: string | null;
  readonly breaks: readonly { readonly dependency: string; readonly kind: Kind; readonly seed: number; readonly beganAt: string; readonly endedAt: string | null }[];
  readonly orders: { readonly touched: number; readonly waited: number; readonly recovered: number; readonly waiting: number; readonly lost: number; readonly doubled: number };
  readonly waiting: readonly { readonly orderId: string; readonly orderNumber: number; readonly status: string; readonly waitsFor: string | null; readonly nextStep: string | null }[];
  readonly lost: readonly { readonly orderId: string; readonly orderNumber: number | null; readonly why: string }[];
  readonly doubled: readonly { readonly orderId: string; readonly orderNumber: number; readonly what: string }[];
  readonly unread: readonly string[];
  readonly isCut: boolean;
  readonly judgedAt: string | null;
  readonly text: string;
}

export interface Wish {
  readonly kind: Kind;
  readonly seconds: number;
  readonly seed?: number;
  readonly latencyMs?: number;
  readonly share?: number;
  readonly reason?: GivenReason;
}
