/**
 * The dead-letter queues of a subscription.
 *
 * What the consumer did not take (`dead`) goes straight into the log, by the consumer's own judgement: the verdict is known at once, and
 * what is still refused stays where it is. What EventBridge could not deliver (`undelivered`) is put on the queue as the rule would have
 * put it there: published again on the bus of its owner it would reach every other subscriber a second time, and this service has no
 * right to speak there.
 */
import { AwsUnfit } from '@commerce/bus/operated-queue';
import type { QueueInOperation } from '@commerce/bus/operated-queue';
import type { TakeIn } from '@commerce/bus/take-in';
import type { DeadQueue } from './dead-queue.ts';
import { judgedBy } from './dead-queue.ts';
import { broughtBackInto } from './into-log.ts';

export interface Subscribed {
  readonly takeIn: TakeIn;
  /** The queue that the consumer reads. */
  readonly source: QueueInOperation;
  /** Address of the queue of the events that did not reach `source`. */
  readonly undeliveredUrl: string;
}

export function subscriptionQueues({ takeIn, source, undeliveredUrl }: Subscribed): DeadQueue[] {
  const judge = judgedBy((body, attributes) => takeIn.judge(body, attributes));
  return [
    {
      name: 'dead', hasEvents: true, judge,
      async place(signal) {
        const url = await source.deadLetterUrl(signal);
        if (url === undefined) throw new AwsUnfit(`The queue "${source.name}" has no dead-letter queue.`);
        return url;
      },
      bringBack: (messages) => broughtBackInto(takeIn, messages),
      close: () => source.close(),
    },
    {
      name: 'undelivered', hasEvents: true, judge, place: async () => undeliveredUrl,
      // Only what was to go to this very queue.
      async bringBack(messages, signal) {
        const arn = await source.arn(signal);
        const ours = messages.filter(({ attributes }) => attributes['TARGET_ARN'] === arn);
        const failed = await source.send(ours.map(({ body }) => body), signal);
        const done = ours.filter((_, index) => !failed.has(index)).map(({ messageId }) => messageId);
        const foreign = new Set(messages.filter((message) => !ours.includes(message)).map(({ messageId }) => messageId));
        return {
          done,
          refused: messages.filter(({ messageId }) => !done.includes(messageId)).map(({ messageId }) => (foreign.has(messageId) ? { messageId, reason: 'other_target', detail: `It was to go to another queue than ${arn}.` } : { messageId })),
        };
      },
      close: () => undefined,
    },
  ];
}
