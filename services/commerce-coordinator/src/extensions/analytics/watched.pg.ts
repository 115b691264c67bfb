/**
 * The rows of what is remembered, by subject; and what a batch has counted, as one row. Only what has changed is written: most
 * events are counted and leave nothing to remember.
 */
import type { StateChange, StateStore } from '@commerce/event-log/extension';
import { jsonArray, jsonElements, plainArray } from '@commerce/event-log/arrays';
import { run } from '@commerce/event-log/statement';
import { tallyOf, tallyToJson } from './tally.ts';
import { dueMsOf, isForgotten, UNSEEN } from './watch.ts';
import type { Watched } from './watch.ts';

export const watchedStore: StateStore<Watched> = {
  async load(tx, subjects) {
    const { rows } = await run(tx, 'SELECT subject, times, waits, hits FROM analytics_subjects WHERE subject = ANY ($1::text[])', [subjects]);
    return new Map(rows.map(({ subject, times, waits, hits }): [string, Watched] => [subject, { ...UNSEEN, times, waits, hits }]));
  },

  async save(tx, changes) {
    const readings = changes.flatMap(({ after }) => after.readings);
    const changed = changes.filter(isRemembered);
    const kept = changed.filter(({ after }) => !isForgotten(after));
    const gone = changed.filter(({ before, after }) => before !== undefined && isForgotten(after));
    const statements: Promise<unknown>[] = [];
    if (kept.length > 0) {
      const after = kept.map((change) => change.after);
      statements.push(run(tx,
        `INSERT INTO analytics_subjects AS s (subject, times, waits, hits, due_at)
         SELECT n.subject, n.times, n.waits, n.hits, to_timestamp(n.due_ms / 1000.0)
         FROM unnest($1::text[], ${jsonElements('$2')}, ${jsonElements('$3')}, ${jsonElements('$4')}, $5::float8[]) AS n(subject, times, waits, hits, due_ms)
         ON CONFLICT (subject) DO UPDATE SET times = excluded.times, waits = excluded.waits, hits = excluded.hits, due_at = excluded.due_at`,
        [
          kept.map(({ subject }) => subject), jsonArray(after.map(({ times }) => JSON.stringify(times))), jsonArray(after.map(({ waits }) => JSON.stringify(waits))),
          jsonArray(after.map(({ hits }) => JSON.stringify(hits))), plainArray(after.map(dueMsOf)),
        ],
      ));
    }
    if (gone.length > 0) statements.push(run(tx, 'DELETE FROM analytics_subjects WHERE subject = ANY ($1::text[])', [gone.map(({ subject }) => subject)]));
    if (readings.length > 0) statements.push(run(tx, 'INSERT INTO analytics_batches (tally) VALUES ($1)', [tallyToJson(tallyOf(readings))]));
    await Promise.all(statements);
  },
  isSentAtOnce: true,
};

function isRemembered({ before = UNSEEN, after }: StateChange<Watched>): boolean {
  return before.times !== after.times || before.waits !== after.waits || before.hits !== after.hits;
}
