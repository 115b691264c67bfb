/** Kinds of dead letters, the queues in which some lie, how each one is named, and which of them somebody means. */

/**
 * queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a
 * handler gave up; publish: an own event that the bus refused.
 */
export const KINDS = ['work', 'publish', 'rule-target', 'queue'] as const;
export type Kind = (typeof KINDS)[number];

/** Of Kafka: the topics in whose `.dead-letters` lies what the consumer did not take. */
export const TOPIC_QUEUES = ['order-updates', 'dispute-updates', 'fulfillment-events'] as const;
export type TopicQueueName = (typeof TOPIC_QUEUES)[number];

/** Where what lies there is of the kind `queue`. */
const UNTAKEN = ['dead', ...TOPIC_QUEUES] as const;

/**
 * Queues in which dead letters lie; a service has some of them. At SQS: of its subscription `undelivered` (events that did not reach the
 * queue of the consumer) and `dead` (what the consumer did not take); of its own bus `uncopied` (events that did not reach the copy of
 * the bus in a second region), `undecrypted` (events that the bus could not encrypt or decrypt), and the same of the copy. At Kafka `TOPIC_QUEUES`.
 */
export const QUEUES = ['undelivered', 'uncopied', 'undecrypted', 'replica-undecrypted', ...UNTAKEN] as const;
export type QueueName = (typeof QUEUES)[number];

export function kindOf(queue: QueueName): Extract<Kind, 'queue' | 'rule-target'> {
  return (UNTAKEN as readonly string[]).includes(queue) ? 'queue' : 'rule-target';
}

export function isTopic(queue: QueueName): queue is TopicQueueName {
  return (TOPIC_QUEUES as readonly string[]).includes(queue);
}

/** What a run goes through, one after the other. */
export const PARTS = ['work', 'publish', ...QUEUES] as const;
export type Part = (typeof PARTS)[number];

export function isQueue(part: Part): part is QueueName {
  return (QUEUES as readonly string[]).includes(part);
}

/** Which dead letters. What is left out does not matter; without anything it is all of them. */
export interface Selection {
  readonly kinds?: readonly Kind[] | undefined;
  /** Names of single ones; each only if the rest fits too. */
  readonly ids?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  /** Type of the event. */
  readonly type?: string | undefined;
  readonly handler?: string | undefined;
  /** Of messages: those that lie in this one. */
  readonly queue?: QueueName | undefined;
  /** Dead before, or at this time or later; ISO 8601. */
  readonly before?: string | undefined;
  readonly since?: string | undefined;
  /** Of messages: only those that the present catalogue and map accept. */
  readonly mended?: boolean | undefined;
}

/** Of `work` it is the handler and the event's id, of `publish` the event's id, else the message's id in its queue. */
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

/** Where something can be meant. A handler is known of `work` alone. */
export function partsOf(selection: Selection): Part[] {
  const { kinds = KINDS, ids, handler, queue } = selection;
  return PARTS.filter((part) => {
    const kind = isQueue(part) ? kindOf(part) : part;
    return kinds.includes(kind) && (handler === undefined || part === 'work') && (queue === undefined || part === queue) && (ids === undefined || keysOf(selection, kind)?.length !== 0);
  });
}

/** All of a queue, so that SQS itself may move it. */
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

/** Whether a message of this queue is meant, `mended` apart. */
export function means(selection: Selection, queue: QueueName): (message: MessageFacts) => boolean {
  const keys = keysOf(selection, kindOf(queue));
  const wanted = keys === undefined ? undefined : new Set(keys);
  const { reason, type, before, since } = selection;
  return (message) =>
    (wanted === undefined || wanted.has(message.messageId)) && (reason === undefined || message.reason === reason) && (type === undefined || message.eventType === type)
    && (before === undefined || message.sentAtMs < Date.parse(before)) && (since === undefined || message.sentAtMs >= Date.parse(since));
}
