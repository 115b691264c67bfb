/**
 * A replay: events of the log that are given once more to one target, or a projection that is built anew from them.
 */
import type { Cursor } from './event.ts';

/** Whom the events are given to. */
export type ReplayTarget =
  /** `orders.confirm`: the live handler decides on the live state. An effect runs outside, under its own key, when that is allowed. */
  | { readonly handler: string }
  /** All transactional handlers of an extension that the map connects to the event. */
  | { readonly extension: string }
  /** One webhook endpoint, by its id. */
  | { readonly endpoint: string }
  /** The bus, once more. */
  | { readonly bus: true }
  /** `orders`: built from nothing beside the live rows, and put in their place. */
  | { readonly projection: string };

/** Which events; all that is given must hold. Kept as JSON. */
export interface ReplaySelection {
  readonly types?: readonly string[] | undefined;
  /** Subject of the events. */
  readonly orderId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Recorded then or later, and before; ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** An EventBridge event pattern as JSON text. */
  readonly filter?: string | undefined;
}

export type ReplayMode = 'dry' | 'run';
export type ReplayState = 'waiting' | 'running' | 'stopped' | 'done' | 'failed';

/** What somebody has asked for. */
export interface AskedReplay {
  readonly replayId: string;
  readonly target: ReplayTarget;
  readonly selection: ReplaySelection;
  readonly mode: ReplayMode;
  /** `suppressed`: nothing outside of this database is done, not by what follows either. */
  readonly effects: 'suppressed' | 'allowed';
  /** Of a rebuild: it takes the place of the live rows although some differ. */
  readonly accept: boolean;
  /** The dry run that it carries out: it ends where that one ended. */
  readonly dryRunId: string | null;
  /** Events in a second at most; null for as many as the live readers leave room for. */
  readonly rate: number | null;
  readonly requestedBy: { readonly subject: string; readonly clientId: string };
  readonly reason: string;
  readonly state: ReplayState;
  /** Of a rebuild: the table from before, until it is dropped. */
  readonly kept?: string | null;
}

/**
 * scanned: events that were looked at. matched: of these, the ones that are meant. applied, ignored, skipped, failed: decisions, or
 * events where nothing is decided (skipped: their time has not come, or nobody can read them). appended: events that were decided.
 * outside: effects, messages or deliveries that were made, or would be. changed: rows.
 */
export const REPLAY_COUNTS = ['scanned', 'matched', 'applied', 'ignored', 'skipped', 'failed', 'appended', 'outside', 'changed'] as const;
export type ReplayCounts = Readonly<Record<(typeof REPLAY_COUNTS)[number], number>>;

/** A replay as it stands. */
export interface Replay extends AskedReplay {
  /** Only events before this place; null before it has started. */
  readonly until: Cursor | null;
  readonly isPrepared: boolean;
  /** Everything up to here was replayed. */
  readonly cursor: Cursor;
  readonly counts: ReplayCounts;
  /** 0 to 1, by the place in the log; null before it has started. */
  readonly progress: number | null;
  /** Of a rebuild: the name of the table that was live before. */
  readonly kept: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** One thing that a replay changes, or would change. */
export interface ReplayDifference {
  /** Once in a replay; what comes later under the same key takes the place of `after`. */
  readonly key: string;
  /** row: of an extension. event: appended. effect: run outside, or held back. waiting: for an effect that was held back. fault: a decision that failed. */
  readonly kind: 'row' | 'event' | 'effect' | 'waiting' | 'fault';
  /** Of the extension, the type of the event, the handler. */
  readonly name: string;
  readonly subject: string;
  /** The event of the log that it comes of. */
  readonly eventId: string | null;
  /** JSON text; null for what is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** How many differences of one replay are kept. */
export const DIFFERENCES_KEPT = 10_000;

/** What the target of a replay is for its table: a rebuild has its own order of steps. */
export function isRebuild(target: ReplayTarget): target is { readonly projection: string } {
  return 'projection' in target;
}

/** JSON text of a state: whole numbers beyond 2^53 as texts. */
export function stateJson(state: unknown): string | null {
  return state === undefined || state === null ? null : JSON.stringify(state, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
