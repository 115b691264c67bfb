/**
 * The queues in which EventBridge leaves events of this service's own bus: what did not reach the copy of the bus in a second region, and
 * what the bus or its copy could not encrypt or decrypt. They go on the bus on which they were to be, from the log: as the publisher
 * would say them today, under the id by which whoever keeps a log knows a repetition, and without the personal data of who was erased since.
 *
 * Refuses, with the reason: what this service does not publish, and what its log does not have.
 */
import type { LyingMessage } from '@commerce/bus/operated-queue';
import type { BusPublisher } from '@commerce/bus/publisher';
import type { TakeIn } from '@commerce/bus/take-in';
import type { StoredEvent } from '@commerce/event-log/event';
import type { BroughtBack, DeadQueue, Refused } from './dead-queue.ts';
import { judgedBy } from './dead-queue.ts';
import type { QueueName } from './selection.ts';

export type BusQueueName = Extract<QueueName, 'uncopied' | 'undecrypted' | 'replica-undecrypted'>;

export interface BusQueueOptions {
  readonly name: BusQueueName;
  readonly queueUrl: string;
  /** The bus on which its events belong. */
  readonly bus: Pick<BusPublisher, 'republish' | 'close'>;
  /** Accepts what this service publishes. */
  readonly judge: TakeIn['judge'];
  /** These events of the own log, in clear. */
  readonly load: (eventIds: readonly string[]) => Promise<readonly StoredEvent[]>;
}

export function busQueue({ name, queueUrl, bus, judge, load }: BusQueueOptions): DeadQueue {
  return {
    name, hasEvents: true, judge: judgedBy((body, attributes) => judge(body, attributes)), place: async () => queueUrl, close: () => bus.close(),
    async bringBack(messages, signal) {
      const named = messages.map((message) => ({ message, said: judge(message.body, message.attributes) }));
      const ids = [...new Set(named.flatMap(({ said }) => (said.kind === 'event' ? [said.envelope.eventId] : [])))];
      const events = new Map((await load(ids)).map((event) => [event.eventId, event]));
      const unfit = new Map([...events].filter(([, event]) => event.origin !== 'own' || event.isUnreadable === true));
      const refusals = await bus.republish([...events.values()].filter(({ eventId }) => !unfit.has(eventId)), signal);
      const gone = new Map(refusals.map(({ event, code, message }) => [event.eventId, { reason: code, detail: message }]));
      return sorted(named.map(({ message, said }) => {
        if (said.kind !== 'event') return { message, refusal: { reason: said.reason, detail: said.detail } };
        const { eventId } = said.envelope;
        return { message, refusal: events.has(eventId) ? (unfit.has(eventId) ? UNREADABLE : gone.get(eventId)) : NOT_IN_LOG };
      }));
    },
  };
}

type Refusal = Required<Omit<Refused, 'messageId'>>;

const NOT_IN_LOG: Refusal = { reason: 'not_in_log', detail: 'The log of this service does not have this event: replay the archive, or discard it.' };
const UNREADABLE: Refusal = { reason: 'unreadable', detail: 'The log has it as an event of somebody else, or its personal data were changed in the database.' };

function sorted(all: readonly { readonly message: LyingMessage; readonly refusal: Refusal | undefined }[]): BroughtBack {
  return {
    done: all.filter(({ refusal }) => refusal === undefined).map(({ message: { messageId } }) => messageId),
    refused: all.flatMap(({ message: { messageId }, refusal }) => (refusal === undefined ? [] : [{ messageId, ...refusal }])),
  };
}
