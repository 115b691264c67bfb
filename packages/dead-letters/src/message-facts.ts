/** What a message of a dead-letter queue says of itself. */
import type { LyingMessage } from '@commerce/bus/operated-queue';
import type { DeadQueue } from './dead-queue.ts';
import type { SeenMessage } from './messages.pg.ts';
import { isTopic } from './selection.ts';
import type { QueueName } from './selection.ts';

interface Why {
  readonly reason: string;
  readonly detail: string;
}

const NOT_TAKEN: Why = { reason: 'received_too_often', detail: 'It was received as often as the queue allows, and nobody has recorded why it was not taken.' };
const MAX_DETAIL = 500;
/** A reason of ours; whoever may write to a topic may write another one. */
const WORD = /^[\x20-\x7e]{1,200}$/;

export function seenOf({ name, judge }: Pick<DeadQueue, 'name' | 'judge'>, message: LyingMessage): SeenMessage {
  const { messageId, body, attributes, sentAtMs } = message;
  const { eventId, eventType } = judge(message);
  return { messageId, body, attributes, sentAtMs, ...whyOf(name, attributes), eventId, eventType };
}

/** At SQS the consumer's own record tells more than the message, where there is one; EventBridge and Kafka's consumer write what they met beside it. */
function whyOf(queue: QueueName, attributes: Readonly<Record<string, string>>): Why {
  if (queue === 'dead') return NOT_TAKEN;
  const [reason = '', detail = ''] = isTopic(queue) ? [attributes['dead-letter-reason'], attributes['dead-letter-detail']] : [attributes['ERROR_CODE'], attributes['ERROR_MESSAGE']];
  return { reason: WORD.test(reason) ? reason : 'unknown', detail: detail.slice(0, MAX_DETAIL) };
}
