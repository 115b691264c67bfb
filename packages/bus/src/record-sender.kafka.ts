/**
 * Sends single records to Kafka, many in one call.
 *
 * Promise: `send` resolves when all replicas have acknowledged the record, and one call is under way at a time, so that each
 * stands in the log once and records of one key in the order of their coming. A record that nobody waits for any more is not
 * sent if its call has not begun. What waits is bounded. A send that failed may still have arrived.
 */
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import type { MessageToProduce } from '@platformatic/kafka';
import type { KafkaConnection } from './kafka-connection.kafka.ts';
import { faultCode, idempotentProducer } from './kafka-connection.kafka.ts';

export interface RecordSender {
  /** Rejects with the client's fault (see `faultCode`), with `Overloaded`, or with the reason of the signal. */
  readonly send: (message: MessageToProduce, signal?: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RecordSenderOptions {
  readonly connection: KafkaConnection;
  /** Records in one call. Default 500. */
  readonly maxRecords?: number;
  /** Records that may wait. Default 4,096. */
  readonly maxWaiting?: number;
}

/** Faults that lie in one of the records: each of the call is tried alone. */
const RECORD_FAULTS = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP', 'CORRUPT_MESSAGE']);

interface Waiting {
  readonly message: MessageToProduce;
  readonly signal: AbortSignal | undefined;
}

export function createRecordSender({ connection, maxRecords = 500, maxWaiting = 4_096 }: RecordSenderOptions): RecordSender {
  const producer = idempotentProducer(connection);
  const batches = createMicroBatcher<Waiting, void>({
    maxRows: maxRecords, maxWaiting, inFlight: 1, isSystemic: (error) => !RECORD_FAULTS.has(faultCode(error)),
    async run(waiting) {
      const messages = waiting.filter(({ signal }) => signal?.aborted !== true).map(({ message }) => message);
      if (messages.length > 0) await producer.send({ messages });
      return waiting.map(() => undefined);
    },
  });
  return {
    async send(message, signal) {
      await batches.submit({ message, signal });
      // It may not have been sent: only one that waited is told so.
      signal?.throwIfAborted();
    },
    close: () => producer.close(),
  };
}

