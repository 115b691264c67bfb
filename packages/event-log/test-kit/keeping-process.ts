/**
 * A process that seals a log and removes what is past its retention, again and again, for tests that kill it. Arguments are the
 * database URL, its present time in Unix ms, the folder of its archive, and a fault point with how often it is passed before the
 * process ends itself (0 for a process that is killed from outside).
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { folderArchive } from '../src/retention-archive.file.ts';
import { retain } from '../src/retention.pg.ts';
import { sealKey } from '../src/seal-head.ts';
import { sealLog, sealNext } from '../src/seals.pg.ts';

const [url = '', now = '0', folder = '', point = '', after = '0'] = process.argv.slice(2);
// Not the whole log: that makes months for the time of the machine, of which this process drops one as past.
const pool = new pg.Pool({ connectionString: url, max: 2 });
pool.on('error', () => undefined);
const nowMs = (): number => Number(now);
const key = sealKey(createHash('sha256').update('key').digest('base64'));
const signal = new AbortController().signal;
let left = Number(after);
const faults = {
  hit: (name: string): void => {
    if (name !== point || left === 0) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
};
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
for (;;) {
  for (let seals = 0; seals < 5; seals += 1) await sealNext(pool, 20);
  await sealLog({ pool, log: 'test', key, nowMs, monotonicMs: () => 0, sleep: async () => undefined }, signal);
  await retain({ pool, nowMs, faults, archive: folderArchive(folder, 'test') }, signal);
}
