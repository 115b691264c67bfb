/**
 * A process that reads, for tests that kill or stop it: arguments are the database URL and a JSON of its settings. It prints
 * `ready` when it reads, and ends on SIGTERM or with its parent.
 */
import { LATE_MAP, lateExtension, openTally, outsideTable, RetryLater } from './tally.ts';
import type { Outside } from './tally.ts';
import { startTally } from './start.ts';

const [url = '', settings = '{}'] = process.argv.slice(2);
const { leaseMs = 15_000, pauseMs = 0, timeBudgetMs = 2_000, late = false, againMs } = JSON.parse(settings) as { leaseMs?: number; pauseMs?: number; timeBudgetMs?: number; late?: boolean; againMs?: number };
const { pool, log } = await openTally(url, { fresh: false, max: 6 });
const table = outsideTable(pool, pauseMs);
/** With `againMs` every call fails after it was made, to come again so much later. */
const outside: Outside = async (call) => {
  await table(call);
  if (againMs !== undefined) throw new RetryLater('not now', { afterMs: againMs });
};
const given = late ? { extensions: [lateExtension(outside, { timeBudgetMs })], map: LATE_MAP, fromBeginning: ['tally.late', 'tally.late-send'] } : {};
const readers = await startTally(log, url, outside, { leaseMs, timeBudgetMs, given });
process.on('SIGTERM', () => void readers.stop().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
