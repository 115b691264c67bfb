/** What a message of a dead-letter queue says of itself. */
import type { LyingMessage } from '@commerce/bus/operated-queue';
import type { DeadQueue } from './dead-queue.ts';
import type { SeenMessage } from './messages.pg.ts';
import { kindOf } from './selection.ts';

const NOT_TAKEN = { reason: 'received_too_often', detail: 'It was received as often as the queue allows, and nobody has recorded why it was not taken.' };
const MAX_DETAIL = 500;

/** Why: the consumer's own record tells more than the message, where there is one. EventBridge writes what it met beside the event. */
export function seenOf({ name, judge }: Pick<DeadQueue, 'name' | 'judge'>, { messageId, body, attributes, sentAtMs }: LyingMessage): SeenMessage {
  const judged = judge(body);
  const { eventId, eventType } = judged.kind === 'event' ? { eventId: uuidOrNull(judged.envelope.eventId), eventType: judged.envelope.eventType } : judged;
  const why = kindOf(name) === 'queue' ? NOT_TAKEN : { reason: attributes['ERROR_CODE'] ?? 'unknown', detail: (attributes['ERROR_MESSAGE'] ?? '').slice(0, MAX_DETAIL) };
  return { messageId, body, attributes, sentAtMs, ...why, eventId, eventType };
}

function uuidOrNull(id: string): string | null {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : null;
}
