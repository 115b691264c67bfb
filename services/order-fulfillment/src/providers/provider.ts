/**
 * The port of a provider: whoever carries out a line.
 *
 * Every provider is asked about a line, under one key that never changes. The first ask begins the work, any later one tells
 * how it stands, and asking again never does the work twice. A local provider's work is a row in this service's own database:
 * its answer is computed by a pure function, and what it means is written in the transaction that keeps the answer. A remote
 * one is asked over the network.
 *
 * Every provider may be told to take a line back, whatever had become of it. Then too a repetition does nothing twice, and what
 * was taken back is never begun again under its key. A provider may refuse for good: then the line stays as it is.
 */
import type { Tx } from '@commerce/event-log/extension';

export interface Tracking {
  readonly carrier: string;
  readonly trackingNumber: string;
}

/** `code` is a short constant such as `course_unknown`; `message` is safe to show to the client. */
export interface Reason {
  readonly code: string;
  readonly message?: string;
}

/** What a provider says of one line. */
export type Answer =
  | { readonly kind: 'fulfilled'; readonly reference?: string; readonly tracking?: Tracking }
  /** A definite refusal: nothing was done, and asking again would not help. */
  | { readonly kind: 'failed'; readonly reason: Reason }
  /** Under way. `askAgainInMs` is given by local providers; remote ones are asked again by the service's own backoff. */
  | { readonly kind: 'pending'; readonly askAgainInMs?: number; readonly reference?: string }
  /**
   * No answer, or none that says what became of the ask: the same key is asked again. Remote providers only.
   * `nothingDone`: it is certain that this ask began nothing (it was not sent, or turned away at the door).
   */
  | { readonly kind: 'unknown'; readonly why: string; readonly retryAfterMs?: number; readonly nothingDone?: boolean };

/** What a provider says when a line is to be taken back. */
export type Returned =
  /** Nothing of the line is in effect any more, or ever was. */
  | { readonly kind: 'revoked' }
  /** A definite refusal: it stays as it is, and asking again would not help. */
  | { readonly kind: 'refused'; readonly reason: Reason }
  /** It is not known what became of the wish: it is sent again under the same key. Remote providers only. */
  | { readonly kind: 'unknown'; readonly why: string; readonly retryAfterMs?: number };

/** What a provider may know of the fulfillment that a line belongs to. */
export interface FulfillmentOfLine {
  readonly fulfillmentId: string;
  readonly clientId: string;
  readonly orderId: string;
  readonly customer: { readonly id: string };
}

/** What a provider may know of a line. `startedAtMs`: when it was first asked for it, Unix milliseconds; null before. */
export interface LineToCarryOut {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly startedAtMs: number | null;
}

/** The key of a line at its provider: of the line alone, the same in every attempt. */
export function lineKey(fulfillmentId: string, lineId: string): string {
  return `${fulfillmentId}:${lineId}`;
}

/** The parts of a line's key, or undefined when the text is none. */
export function parseLineKey(key: string): { fulfillmentId: string; lineId: string } | undefined {
  const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(.{1,200})$/s.exec(key);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { fulfillmentId: match[1], lineId: match[2] };
}

/** A line whose answer was kept: written by its provider in the same transaction. */
export interface KeptAnswer {
  readonly fulfillment: FulfillmentOfLine;
  readonly line: LineToCarryOut & { readonly provider: string; readonly tracking?: Tracking; readonly reference?: string };
  /** `withdrawn`: it had begun and is not wanted any more. `revoked`: it had been fulfilled, and was taken back. */
  readonly step: 'started' | 'fulfilled' | 'withdrawn' | 'revoked';
}

export interface LocalProvider {
  readonly name: string;
  readonly place: 'local';
  /** True when the first ask settles the line: it is asked while the request is accepted. */
  readonly atOnce: boolean;
  /** Pure. */
  readonly ask: (fulfillment: FulfillmentOfLine, line: LineToCarryOut, nowMs: number) => Answer;
  /** Takes a line back that it has fulfilled; one that it has not is withdrawn without asking. Pure. */
  readonly revoke: (fulfillment: FulfillmentOfLine, line: LineToCarryOut) => Exclude<Returned, { kind: 'unknown' }>;
  /**
   * Writes into the provider's own tables beside the ledger of effects, which is written for every local provider: sends a bounded number of statements
   * and gives them; the caller waits for all, and sends COMMIT behind them: what must not be committed the server has to refuse. One that settles at once has no such tables.
   */
  readonly record?: (tx: Tx, kept: readonly KeptAnswer[]) => readonly Promise<unknown>[];
}

export interface RemoteProvider {
  readonly name: string;
  readonly place: 'remote';
  /** One sentence: what makes a second ask harmless at the other side. */
  readonly idempotency: string;
  /** Asks about lines of one fulfillment; the answer of each stands at its index. Never rejects for what the other side did. */
  readonly ask: (fulfillment: FulfillmentOfLine, lines: readonly LineToCarryOut[], signal: AbortSignal) => Promise<Answer[]>;
  /**
   * Takes lines of one fulfillment back, fulfilled or not; the answer of each stands at its index. Never while an `ask` for
   * the fulfillment is under way. Never rejects for what the other side did.
   */
  readonly revoke: (fulfillment: FulfillmentOfLine, lines: readonly LineToCarryOut[], signal: AbortSignal) => Promise<Returned[]>;
}

export type Provider = LocalProvider | RemoteProvider;

/** The providers of this service, by name. */
export type Providers = ReadonlyMap<string, Provider>;

/** Throws when two claim one name. */
export function createProviders(list: readonly Provider[]): Providers {
  const providers = new Map(list.map((provider) => [provider.name, provider]));
  if (providers.size !== list.length) throw new Error(`Two providers have the same name: ${list.map((provider) => provider.name).join(', ')}.`);
  return providers;
}
