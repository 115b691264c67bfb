/** A queue in which dead letters of this service lie: where it is, what is said of a message now, and how one comes to where it belongs. */
import type { Decoded } from '@commerce/bus/message';
import type { LyingMessage, LyingQueue } from '@commerce/bus/operated-queue';
import type { QueueName } from './selection.ts';

export interface DeadQueue {
  readonly name: QueueName;
  /** Its address at SQS, or the queue itself where it is none of SQS. Throws when there is none. */
  readonly place: (signal: AbortSignal) => Promise<string | LyingQueue>;
  /** Events lie there: what does not fit the catalogue is told with the paths. */
  readonly hasEvents: boolean;
  /** What the service says of a message now. */
  readonly judge: (message: Judgeable) => Judged;
  /**
   * Brings messages to where they belong: again and again without harm, for a kill may come before it is noted. Throws when it cannot be
   * known of all of them.
   */
  readonly bringBack: (messages: readonly LyingMessage[], signal: AbortSignal) => Promise<BroughtBack>;
  readonly close: () => void | Promise<void>;
}

export type Judgeable = Pick<LyingMessage, 'body' | 'attributes'>;

/** `eventId`: only when it is a UUID. */
export type Judged = { readonly eventId: string | null; readonly eventType: string | null } & ({ readonly isAccepted: true } | { readonly isAccepted: false; readonly reason: string; readonly detail: string });

/** As the consumer judges events. */
export function judgedBy(decode: (body: string, attributes: Readonly<Record<string, string>>) => Decoded): DeadQueue['judge'] {
  return ({ body, attributes }) => {
    const decoded = decode(body, attributes);
    if (decoded.kind === 'event') return { isAccepted: true, eventId: uuidOrNull(decoded.envelope.eventId), eventType: decoded.envelope.eventType };
    const { reason, detail, eventId, eventType } = decoded;
    return { isAccepted: false, reason, detail, eventId, eventType };
  };
}

function uuidOrNull(id: string): string | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : null;
}

export interface BroughtBack {
  /** Ids of the messages that are where they belong. */
  readonly done: readonly string[];
  /** How many of these were there already. */
  readonly known?: number;
  /** The others. */
  readonly refused: readonly Refused[];
}

export interface Refused {
  readonly messageId: string;
  /** The new reason; undefined when it is kept elsewhere, or is the old one. */
  readonly reason?: string;
  readonly detail?: string;
}
