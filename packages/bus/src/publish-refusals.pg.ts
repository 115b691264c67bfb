/**
 * Own events that the bus refused: kept with their reason while the stream flows on, and tried again until the bus takes
 * them. Promise: a row goes only when its event was published. The payload stays in the log.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import type { StoredEvent } from '@commerce/event-log/event';
import { loadEvents } from '@commerce/event-log/events';
import type { PersonalData } from '@commerce/event-log/personal';
import type { Pool } from 'pg';
import type { BusLogger } from './client.aws.ts';
import { errorCode } from './client.aws.ts';
import type { BusPublisher, PublishRefusal } from './publisher.ts';
import { safeText } from './safe-text.ts';

/** Rows tried again in one go. */
const BATCH = 100;

/** The `undeliverable` of a publisher: resolves when the refusals are durable. A row that is there already counts one more attempt. */
export function storePublishRefusals(pool: Pool): (refusals: readonly PublishRefusal[]) => Promise<void> {
  return async (refusals) => {
    const rows = refusals.toSorted((a, b) => (a.event.eventId < b.event.eventId ? -1 : 1));
    await pool.query(
      `INSERT INTO publish_refusals (event_id, event_type, source, code, message, due_at)
       SELECT r.event_id, r.event_type, r.source, r.code, r.message, clock_timestamp() + interval '1 minute'
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS r(event_id, event_type, source, code, message)
       ON CONFLICT (event_id) DO UPDATE SET code = EXCLUDED.code, message = EXCLUDED.message, last_seen = clock_timestamp(),
         attempts = publish_refusals.attempts + 1,
         due_at = clock_timestamp() + least(interval '1 minute' * 2 ^ least(publish_refusals.attempts, 10), interval '1 hour')`,
      [
        rows.map(({ event }) => event.eventId), rows.map(({ event }) => event.type), rows.map(({ event }) => event.source),
        rows.map(({ code }) => safeText(code)), rows.map(({ message }) => safeText(message)),
      ],
    );
  };
}

export interface PublishRetryOptions {
  readonly pool: Pool;
  /** Of the log: what leaves the service is in clear. */
  readonly personal?: PersonalData | undefined;
  readonly publisher: Pick<BusPublisher, 'republish'>;
  readonly sleep: Sleep;
  readonly logger: BusLogger;
  /** How often rows that are due are looked for. Default 30,000 ms, minimum 10. */
  readonly everyMs?: number;
}

/**
 * Tries refused events again: after a minute, then twice as long each time, at most an hour. Several processes may run it.
 * `stop` resolves when nothing is under way any more.
 */
export function startPublishRetries(options: PublishRetryOptions): { stop(): Promise<void> } {
  const { sleep, logger, everyMs = 30_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = (async () => {
    while (!signal.aborted) {
      const published = await retryDue(options, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ code: errorCode(error) }, 'refused events could not be tried again');
        return 0;
      });
      // A full batch that passed says that the reason is gone: go on at once.
      if (published < BATCH) await sleep(everyMs, signal).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Tries what is due once; resolves with the number of events that the bus took. */
async function retryDue({ pool, personal, publisher, logger }: PublishRetryOptions, signal: AbortSignal): Promise<number> {
  const eventIds = await claimDue(pool);
  if (eventIds.length === 0) return 0;
  const events = await loadEvents(pool, eventIds, personal);
  await forgetMissing(pool, eventIds, events, logger);
  const refusals = await publisher.republish(events, signal);
  if (refusals.length > 0) await storePublishRefusals(pool)(refusals);
  const refused = new Set(refusals.map(({ event }) => event.eventId));
  const published = events.map(({ eventId }) => eventId).filter((eventId) => !refused.has(eventId));
  await pool.query('DELETE FROM publish_refusals WHERE event_id = ANY ($1::uuid[])', [published]);
  if (published.length > 0) logger.info({ count: published.length }, 'events that the bus had refused are published now');
  return published.length;
}

/** Takes rows that are due and puts them off, so that no other process tries them meanwhile and a crash costs five minutes. */
async function claimDue(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(
    `UPDATE publish_refusals SET due_at = clock_timestamp() + interval '5 minutes' WHERE event_id IN (
       SELECT event_id FROM publish_refusals WHERE due_at <= clock_timestamp() ORDER BY due_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
     RETURNING event_id`,
  );
  return rows.map((row) => row['event_id'] as string);
}

/** An event that the log no longer holds can never be published: its row stays as a record and is not tried again. */
async function forgetMissing(pool: Pool, eventIds: readonly string[], events: readonly StoredEvent[], logger: BusLogger): Promise<void> {
  const found = new Set(events.map(({ eventId }) => eventId));
  const missing = eventIds.filter((eventId) => !found.has(eventId));
  if (missing.length === 0) return;
  await pool.query(`UPDATE publish_refusals SET code = 'NotInLog', due_at = 'infinity' WHERE event_id = ANY ($1::uuid[])`, [missing]);
  logger.error({ count: missing.length, eventId: missing[0] }, 'refused events are no longer in the log and were never published');
}
