/** The event as rules see it and as targets receive it. */
import type { Account } from '../account.ts';

export interface AcceptedEvent {
  /** The id that the bus gives, the same on every queue; it has nothing to do with an id in the detail. */
  readonly id: string;
  readonly busName: string;
  readonly acceptedAtMs: number;
  /** What patterns are matched against. */
  readonly document: EventDocument;
  /** The detail as the publisher wrote it: its numbers keep their spelling. */
  readonly detailText: string;
}

export interface EventDocument {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds, as in 2026-01-31T12:00:00Z. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export interface EventParts {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly timeMs: number;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** The document of an event, its members in EventBridge's order. */
export function eventDocument({ accountId, region }: Account, parts: EventParts): EventDocument {
  return {
    version: '0',
    id: parts.id,
    'detail-type': parts.detailType,
    source: parts.source,
    account: accountId,
    time: `${new Date(parts.timeMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: parts.resources,
    detail: parts.detail,
  };
}

/** The text that a target receives. */
export function deliveredText({ document, detailText }: AcceptedEvent): string {
  const { detail: _, ...head } = document;
  return `${JSON.stringify(head).slice(0, -1)},"detail":${detailText}}`;
}
