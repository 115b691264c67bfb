/** A process that carries out replays of the tally extension, for a test that kills it. Its argument is the database URL. */
import { registerMap } from '../src/readers.ts';
import { passed, startRunner } from './replaying.ts';
import { MAP, openTally, tallyExtension } from './tally.ts';

const [url = ''] = process.argv.slice(2);
const { log, pool } = await openTally(url, { fresh: false, max: 4 });
const map = await registerMap({ log, extensions: [tallyExtension(async () => undefined)], map: MAP, streams: [] });
// No live readers are at work here, and a replay never goes before them.
await passed(pool);
startRunner(log, map, { holdMs: 600 });
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
