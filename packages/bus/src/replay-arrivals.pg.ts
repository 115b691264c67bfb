/**
 * What the replay of an archive has brought to this service: what had been missing, and what was here already. An event of a
 * replay goes the same way as any other, so that the log decides; here stands only what came of it.
 *
 * Promise: what was applied is named event by event; what was ignored stands in the ledger with the replay's name (duplicates.ts).
 * The sums are written after the events: a process that is killed in between has its last batch counted as duplicates when it comes again.
 */
import type { Pool } from 'pg';

/** An event that came with the name of a replay. */
export interface ReplayedEvent {
  readonly replayName: string;
  readonly outcome: 'applied' | 'duplicate' | 'refused';
  /** As it stands in the log; null where it could not be told. */
  readonly eventId: string | null;
}

/** What a replay has brought so far. */
export interface ReplayArrivals {
  readonly applied: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly lastSeen: Date;
}

/** Writes down a batch in one statement. */
export async function storeReplayed(pool: Pool, events: readonly ReplayedEvent[]): Promise<void> {
  await pool.query(
    `WITH arrived AS (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[]) AS a(replay_name, outcome, event_id)),
     counted AS (
       INSERT INTO replay_arrivals (replay_name, applied, duplicates, refused)
       SELECT replay_name, count(*) FILTER (WHERE outcome = 'applied'), count(*) FILTER (WHERE outcome = 'duplicate'), count(*) FILTER (WHERE outcome = 'refused')
       FROM arrived GROUP BY replay_name ORDER BY replay_name
       ON CONFLICT (replay_name) DO UPDATE SET applied = replay_arrivals.applied + EXCLUDED.applied, duplicates = replay_arrivals.duplicates + EXCLUDED.duplicates,
         refused = replay_arrivals.refused + EXCLUDED.refused, last_seen = clock_timestamp())
     INSERT INTO replayed_events (event_id, replay_name) SELECT event_id, replay_name FROM arrived WHERE outcome = 'applied' AND event_id IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [events.map(({ replayName }) => replayName), events.map(({ outcome }) => outcome), events.map(({ eventId }) => eventId)],
  );
}

/** What these replays have brought, by name; one of which nothing has arrived is left out. */
export async function readReplayArrivals(pool: Pool, names: readonly string[]): Promise<Map<string, ReplayArrivals>> {
  const { rows } = await pool.query('SELECT replay_name, applied, duplicates, refused, last_seen FROM replay_arrivals WHERE replay_name = ANY ($1::text[])', [names]);
  return new Map(rows.map((row) => [row.replay_name, { applied: Number(row.applied), duplicates: Number(row.duplicates), refused: Number(row.refused), lastSeen: row.last_seen }]));
}
