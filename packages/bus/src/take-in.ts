/**
 * Takes messages into the log as the consumer does, by whoever holds them: the same judgement, the same append under the event's own
 * id, the same record of what is refused. Running it again on the same messages changes nothing.
 */
import type { EventLog } from '@commerce/event-log/log';
import type { Pool } from 'pg';
import { appendBatch } from './append-batch.ts';
import type { Verdict } from './append-batch.ts';
import type { AcceptedEvent, Decoded } from './message.ts';
import { createDecoder } from './message.ts';
import { storeRefusals } from './refusals.pg.ts';

export interface TakeInOptions {
  readonly log: Pick<EventLog, 'appendForeign' | 'catalogue'>;
  readonly accepts: readonly AcceptedEvent[];
  readonly pool: Pool;
  /** Under whose name refusals are kept. */
  readonly queue: string;
  /** Reads what lies there; as EventBridge delivers it when left out. */
  readonly decode?: TakeIn['judge'];
}

export interface TakeIn {
  /** What the catalogue and the map say of a body now; the log is not asked. */
  judge(body: string, attributes: Readonly<Record<string, string>>): Decoded;
  /** Verdicts in the order of the messages; refusals are stored. Throws when the database as a whole is at fault. */
  take(messages: readonly { readonly messageId: string; readonly body: string; readonly attributes: Readonly<Record<string, string>>; readonly receiveCount: number }[]): Promise<Verdict[]>;
}

/** Throws when `accepts` names types that the catalogue does not have. */
export function createTakeIn({ log, accepts, pool, queue, decode: judge = createDecoder(log.catalogue, accepts) }: TakeInOptions): TakeIn {
  return {
    judge,
    async take(messages) {
      const decoded = messages.map(({ body, attributes }) => judge(body, attributes));
      const appended = await appendBatch(log, decoded.flatMap((one) => (one.kind === 'event' ? [one.envelope] : [])));
      let next = 0;
      const verdicts = decoded.map((one) => (one.kind === 'event' ? (appended[next++] as Verdict) : one));
      const refused = messages.flatMap(({ messageId, receiveCount }, index) => {
        const verdict = verdicts[index];
        return verdict?.kind === 'refused' ? [{ messageId, receiveCount, refusal: verdict }] : [];
      });
      if (refused.length > 0) await storeRefusals(pool, queue, refused);
      return verdicts;
    },
  };
}
