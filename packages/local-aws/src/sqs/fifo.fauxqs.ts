/**
 * FIFO queues as AWS fills a receive: as many messages as are asked for, group after group, each group in its order; a group of which a
 * message is hidden gives no other until it is deleted or seen again. fauxqs gives one message of a group, and turns round the order of
 * several that are seen again.
 */
import { SqsQueue, type SqsMessage } from './fauxqs.ts';

type Dequeue = SqsQueue['dequeue'];

/** Makes the receives of this FIFO queue full. `arrivalOf`: numbers messages as they were put on the queue. */
export function fillReceives(queue: SqsQueue, arrivalOf: (message: SqsMessage) => number): void {
  queue.dequeue = (maxCount, ...more) => {
    queue.processTimers();
    for (const group of queue.fifoMessages.values()) group.sort((a, b) => arrivalOf(a) - arrivalOf(b));
    // What this receive takes is not seen again in it, though it may be hidden for no time at all.
    queue.processTimers = () => undefined;
    try {
      return takeAll(queue, maxCount, more);
    } finally {
      queue.processTimers = SqsQueue.prototype.processTimers;
    }
  };
}

/** One by one: the group of the last one is open to this receive alone. */
function takeAll(queue: SqsQueue, maxCount: number, more: Parameters<Dequeue> extends [number, ...infer More] ? More : never): ReturnType<Dequeue> {
  const taken: ReturnType<Dequeue> = [];
  const locks = new Map<string, number>();
  while (taken.length < maxCount) {
    const [one] = SqsQueue.prototype.dequeue.call(queue, 1, ...more);
    if (one === undefined) break;
    taken.push(one);
    const group = queue.inflightMessages.get(one.ReceiptHandle)?.message.messageGroupId;
    if (group === undefined) continue;
    queue.fifoLockedGroups.delete(group);
    locks.set(group, (locks.get(group) ?? 0) + 1);
  }
  for (const [group, count] of locks) queue.fifoLockedGroups.set(group, count);
  return taken;
}
