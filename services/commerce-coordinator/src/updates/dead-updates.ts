/**
 * The dead-letter topic of a topic of updates. What lies there is processed as the consumer does it, under the provider's event id, which
 * counts once: the verdict is known at once, and what still cannot be used stays where it is, with the reason of now.
 */
import type { LyingMessage, LyingQueue } from '@commerce/bus/operated-queue';
import { KEY_ATTRIBUTE } from '@commerce/bus/kafka-records';
import type { BroughtBack, DeadQueue, Judgeable, Refused } from '@commerce/dead-letters/dead-queue';
import type { TopicQueueName } from '@commerce/dead-letters/selection';
import { isItsOwn, ownCode, readUpdate } from './record.ts';
import type { NoUpdate, Process } from './record.ts';
import type { RecordKeys } from './record-signature.ts';
import type { Updates } from './update.ts';

export interface DeadUpdatesOptions {
  readonly name: Extract<TopicQueueName, 'order-updates' | 'dispute-updates'>;
  /** The topic that the ingest writes, with its prefix: that is what is signed. */
  readonly writtenTo: string;
  readonly topic: LyingQueue;
  readonly keys: RecordKeys;
  readonly updates: Updates;
}

const WHY: Readonly<Record<NoUpdate | 'too_many_waiting', string>> = {
  unsigned: 'The ingest has not signed it.',
  wrong_signature: 'None of the keys has made its signature.',
  invalid: 'It has not the agreed form.',
  too_many_waiting: 'Its order is not known, or its time has not come, and too many wait already.',
};

export function deadUpdates({ name, writtenTo, topic, keys, updates }: DeadUpdatesOptions): DeadQueue {
  const kind = name === 'order-updates' ? 'order' : 'dispute';
  const read = ({ body, attributes }: Judgeable): NoUpdate | Process => readUpdate(keys, kind, { topic: writtenTo, key: attributes[KEY_ATTRIBUTE] ?? '', value: Buffer.from(body), headers: new Map(Object.entries(attributes)) });
  return {
    name, hasEvents: false, place: async () => topic, close: () => topic.close(),
    judge(message) {
      const said = read(message);
      return { eventId: null, eventType: null, ...(typeof said === 'string' ? { isAccepted: false, reason: said, detail: WHY[said] } : { isAccepted: true }) };
    },
    async bringBack(messages) {
      const outcomes = await eachInOrder(messages, async (message) => {
        const said = read(message);
        return typeof said === 'string' ? refused(message, said, WHY[said]) : processed(message, () => said(updates));
      });
      return sorted(outcomes);
    },
  };
}

/** `isKnown`: it had its effect before. */
type Outcome = { readonly messageId: string; readonly isKnown: boolean } | { readonly refusal: Refused };

/** Rejects at a fault that does not lie in the update: nothing is known of it then. */
async function processed(message: LyingMessage, process: () => ReturnType<Process>): Promise<Outcome> {
  try {
    const { verdict, isUnkept } = await process();
    return isUnkept === true ? refused(message, 'too_many_waiting', WHY.too_many_waiting) : { messageId: message.messageId, isKnown: verdict === 'duplicate' };
  } catch (error) {
    if (isItsOwn(error)) return refused(message, 'failed', ownCode(error));
    throw error;
  }
}

function refused({ messageId }: LyingMessage, reason: string, detail: string): Outcome {
  return { refusal: { messageId, reason, detail } };
}

/** Orders side by side, the updates of each one after the other. */
async function eachInOrder(messages: readonly LyingMessage[], act: (message: LyingMessage) => Promise<Outcome>): Promise<Outcome[]> {
  const byOrder = Map.groupBy(messages, ({ attributes }) => attributes[KEY_ATTRIBUTE]);
  const outcomes = await Promise.all([...byOrder.values()].map(async (own) => {
    const its: Outcome[] = [];
    for (const message of own) its.push(await act(message));
    return its;
  }));
  return outcomes.flat();
}

function sorted(outcomes: readonly Outcome[]): BroughtBack {
  const done = outcomes.flatMap((outcome) => ('messageId' in outcome ? [outcome] : []));
  return { done: done.map(({ messageId }) => messageId), known: done.filter(({ isKnown }) => isKnown).length, refused: outcomes.flatMap((outcome) => ('refusal' in outcome ? [outcome.refusal] : [])) };
}
