/** The event as rules see it and as targets receive it. */
import type { Account } from '../account.ts';

export interface AcceptedEvent {
  /** The id that the bus gives, the same on every queue; it has nothing to do with an id in the detail. */
  readonly id: string;
  readonly busName: string;
  readonly acceptedAtMs: number;
  /** The time that the event tells, to the millisecond. */
  readonly timeMs: number;
  /** The event without its detail. */
  readonly head: EventHead;
  /** The whole event: what patterns judge, and what a target receives. The detail in it is as the publisher wrote it. */
  readonly text: string;
  /** On a replayed event the ARNs of the rules it is for, if they are not all; on any other nothing. */
  readonly onlyRules?: ReadonlySet<string> | undefined;
}

export interface EventHead {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds, as in 2026-01-31T12:00:00Z. */
  readonly time: string;
  readonly region: string;
  readonly 'replay-name'?: string | undefined;
  readonly resources: readonly string[];
}

export interface EventParts {
  readonly id: string;
  readonly busName: string;
  readonly source: string;
  readonly detailType: string;
  readonly acceptedAtMs: number;
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** The text of a JSON object. */
  readonly detailText: string;
}

/** The event, its members in EventBridge's order. */
export function acceptedEvent({ accountId, region }: Account, parts: EventParts): AcceptedEvent {
  const { id, busName, acceptedAtMs, timeMs, detailText } = parts;
  const head: EventHead = {
    version: '0',
    id,
    'detail-type': parts.detailType,
    source: parts.source,
    account: accountId,
    time: `${new Date(timeMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: parts.resources,
  };
  return { id, busName, acceptedAtMs, timeMs, head, text: textOf(head, detailText) };
}

/** The same event once more, as a replay sends it: under its own id, with the name of the replay in it. */
export function replayed(event: AcceptedEvent, replayName: string, onlyRules: ReadonlySet<string> | undefined, nowMs: number): AcceptedEvent {
  const { resources, ...before } = event.head;
  const head: EventHead = { ...before, 'replay-name': replayName, resources };
  return { ...event, acceptedAtMs: nowMs, head, text: textOf(head, detailOf(event.text)), onlyRules };
}

const BEFORE_DETAIL = ',"detail":';

function textOf(head: EventHead, detailText: string): string {
  return `${JSON.stringify(head).slice(0, -1)}${BEFORE_DETAIL}${detailText}}`;
}

/** Before the detail, the words that announce it cannot stand: inside a string their quotes would be escaped. */
function detailOf(text: string): string {
  return text.slice(text.indexOf(BEFORE_DETAIL) + BEFORE_DETAIL.length, -1);
}
