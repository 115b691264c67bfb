/**
 * A standard queue whose calls cost the same however much it holds and however much of it is in flight. fauxqs takes the first message out
 * of an array, for which all behind it are copied, and looks at every message in flight whenever one is received.
 */
import { SqsQueue, type SqsMessage } from './fauxqs.ts';

/** Makes a standard queue so, before anything is sent to it. */
export function serveDeep(queue: SqsQueue): void {
  const line = new Line();
  // A purge puts an empty array in its place.
  Object.defineProperty(queue, 'messages', {
    get: () => line,
    set() {
      line.clear();
    },
  });
  /** Nothing that is hidden or delayed is to be seen before this, Unix milliseconds. */
  let nextMs = Number.POSITIVE_INFINITY;
  const enqueue = queue.enqueue.bind(queue);
  queue.enqueue = (message) => {
    nextMs = Math.min(nextMs, message.delayUntil ?? nextMs);
    enqueue(message);
  };
  queue.dequeue = (count, hiddenSeconds, ...more) => {
    const atMs = Date.now() + (hiddenSeconds ?? Number(queue.attributes['VisibilityTimeout'])) * 1_000;
    const taken = SqsQueue.prototype.dequeue.call(queue, count, hiddenSeconds, ...more);
    if (taken.length > 0) nextMs = Math.min(nextMs, atMs);
    return taken;
  };
  queue.changeVisibility = (handle, seconds) => {
    nextMs = Math.min(nextMs, Date.now() + seconds * 1_000);
    SqsQueue.prototype.changeVisibility.call(queue, handle, seconds);
  };
  queue.processTimers = () => {
    const isAnybodyKept = queue.pollWaiters.length > 0 && line.length > 0;
    if (Date.now() < nextMs && !isAnybodyKept) return;
    SqsQueue.prototype.processTimers.call(queue);
    nextMs = firstDueMs(queue);
  };
}

function firstDueMs({ inflightMessages, delayedMessages }: SqsQueue): number {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { visibilityDeadline } of inflightMessages.values()) firstMs = Math.min(firstMs, visibilityDeadline);
  for (const { delayUntil = 0 } of delayedMessages) firstMs = Math.min(firstMs, delayUntil);
  return firstMs;
}

/** Taken places at the start of the array after which it is cut. */
const MOST_TAKEN = 1_024;

/** What fauxqs does with the messages that are to be received: an array of which the first is taken without moving the others. */
class Line {
  #messages: SqsMessage[] = [];
  #taken = 0;

  get length(): number {
    return this.#messages.length - this.#taken;
  }

  push(message: SqsMessage): number {
    this.#messages.push(message);
    return this.length;
  }

  shift(): SqsMessage | undefined {
    const first = this.#messages[this.#taken];
    if (first === undefined) return undefined;
    this.#taken += 1;
    if (this.#taken > MOST_TAKEN && this.#taken * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#taken);
      this.#taken = 0;
    }
    return first;
  }

  clear(): void {
    this.#messages = [];
    this.#taken = 0;
  }

  [Symbol.iterator](): IterableIterator<SqsMessage> {
    return this.#messages.slice(this.#taken).values();
  }
}
