/** Kinds of dead letters, how each one is named, and which of them somebody means. */

/**
 * queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to the queue; work: a handler
 * gave up; publish: an own event that the bus refused.
 */
export const KINDS = ['work', 'publish', 'rule-target', 'queue'] as const;
export type Kind = (typeof KINDS)[number];
/** Those that lie in a queue of SQS. */
export type QueueKind = Extract<Kind, 'rule-target' | 'queue'>;
export const QUEUE_KINDS: readonly QueueKind[] = ['rule-target', 'queue'];

/** Which dead letters. What is left out does not matter; without anything it is all of them. */
export interface Selection {
  readonly kinds?: readonly Kind[] | undefined;
  /** Names of single ones; each only if the rest fits too. */
  readonly ids?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  /** Type of the event. */
  readonly type?: string | undefined;
  readonly handler?: string | undefined;
  /** Dead before, or at this time or later; ISO 8601. */
  readonly before?: string | undefined;
  readonly since?: string | undefined;
  /** Of messages: only those that the present catalogue and map accept. */
  readonly mended?: boolean | undefined;
}

/** Of `work` it is the handler and the event's id, of `publish` the event's id, else the message's id at SQS. */
export interface LetterId {
  readonly kind: Kind;
  readonly key: string;
}

/** `queue:0193…`, `work:orders.fulfill:0193…`; undefined for what is no name of a dead letter. */
export function parseId(text: string): LetterId | undefined {
  const [, kind, key] = /^([a-z-]+):(.+)$/s.exec(text) ?? [];
  if (key === undefined || !KINDS.includes(kind as Kind)) return undefined;
  const fits = kind === 'work' ? WORK_KEY : kind === 'publish' ? UUID : MESSAGE_ID;
  return fits.test(key) ? { kind: kind as Kind, key } : undefined;
}

export function idText({ kind, key }: LetterId): string {
  return `${kind}:${key}`;
}

/** Handler and event of a dead row of `work`. */
export function workPlace(key: string): { readonly handler: string; readonly eventId: string } {
  const at = key.lastIndexOf(':');
  return { handler: key.slice(0, at), eventId: key.slice(at + 1) };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const WORK_KEY = new RegExp(`^[A-Za-z0-9_.-]{1,200}:${UUID.source.slice(1)}`);
const MESSAGE_ID = /^[A-Za-z0-9_-]{1,100}$/;

/** Keys of this kind among the ids; undefined when no ids are given. */
export function keysOf({ ids }: Selection, kind: Kind): string[] | undefined {
  return ids?.flatMap((text) => {
    const id = parseId(text);
    return id?.kind === kind ? [id.key] : [];
  });
}

/** Kinds in which something can be meant. A handler is known of `work` alone. */
export function kindsOf(selection: Selection): Kind[] {
  const { kinds = KINDS, ids, handler } = selection;
  return KINDS.filter((kind) => kinds.includes(kind) && (handler === undefined || kind === 'work') && (ids === undefined || keysOf(selection, kind)?.length !== 0));
}

/** All of a kind, so that SQS itself may move it. */
export function isWhole({ ids, reason, type, handler, before, since, mended }: Selection): boolean {
  return [ids, reason, type, handler, before, since].every((one) => one === undefined) && mended !== true;
}

/** What a selection asks of a message. */
export interface MessageFacts {
  readonly messageId: string;
  readonly reason: string;
  readonly eventType: string | null;
  readonly sentAtMs: number;
}

/** Whether a message of this kind is meant, `mended` apart. */
export function means(selection: Selection, kind: QueueKind): (message: MessageFacts) => boolean {
  const keys = keysOf(selection, kind);
  const wanted = keys === undefined ? undefined : new Set(keys);
  const { reason, type, before, since } = selection;
  return (message) =>
    (wanted === undefined || wanted.has(message.messageId)) && (reason === undefined || message.reason === reason) && (type === undefined || message.eventType === type)
    && (before === undefined || message.sentAtMs < Date.parse(before)) && (since === undefined || message.sentAtMs >= Date.parse(since));
}
