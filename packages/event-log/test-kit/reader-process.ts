/**
 * A process that reads, for tests that kill or stop it: arguments are the database URL and a JSON of its settings. It prints
 * `ready` when it reads, and ends on SIGTERM or with its parent.
 */
import { LATE_MAP, lateExtension, openTally, outsideTable } from './tally.ts';
import { startTally } from './start.ts';

const [url = '', settings = '{}'] = process.argv.slice(2);
const { leaseMs = 15_000, pauseMs = 0, timeBudgetMs = 2_000, late = false } = JSON.parse(settings) as { leaseMs?: number; pauseMs?: number; timeBudgetMs?: number; late?: boolean };
const { pool, log } = await openTally(url, { fresh: false, max: 6 });
const outside = outsideTable(pool, pauseMs);
const given = late ? { extensions: [lateExtension(outside, { timeBudgetMs })], map: LATE_MAP, fromBeginning: ['tally.late', 'tally.late-send'] } : {};
const readers = await startTally(log, url, outside, { leaseMs, timeBudgetMs, given });
process.on('SIGTERM', () => void readers.stop().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
