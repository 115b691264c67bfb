/**
 * The dead-letter topic of a topic of events on Kafka. What lies there goes straight into the log, by the consumer's own judgement: the
 * verdict is known at once, and what is still refused stays where it is.
 */
import type { LyingQueue } from '@commerce/bus/operated-queue';
import type { TakeIn } from '@commerce/bus/take-in';
import type { DeadQueue } from './dead-queue.ts';
import { judgedBy } from './dead-queue.ts';
import { broughtBackInto } from './into-log.ts';
import type { TopicQueueName } from './selection.ts';

export function eventTopic({ name, topic, takeIn }: { readonly name: TopicQueueName; readonly topic: LyingQueue; readonly takeIn: TakeIn }): DeadQueue {
  return {
    name, hasEvents: true, place: async () => topic, judge: judgedBy((body, attributes) => takeIn.judge(body, attributes)),
    bringBack: (messages) => broughtBackInto(takeIn, messages), close: () => topic.close(),
  };
}
