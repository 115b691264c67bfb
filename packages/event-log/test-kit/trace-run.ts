/** Plays traces in memory and on a database, several beside each other over one log, with real readers. */
import { expect } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { registerMap, startReaders } from '../src/readers.ts';
import { MIGRATIONS } from '../src/schema.pg.ts';
import { TABLES, tallyExtension } from './tally.ts';
import { databaseEngine, drawTrace, memoryEngine, openTraces, playTrace, TRACE_MAP, traceExtension } from './traces.ts';

/** Twenty failures of a decision take a while on a busy machine. */
const WAIT_MS = 60_000;

export async function playTraces(seeds: readonly number[], events: number, isLong: boolean): Promise<void> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 12, pipeline: true } as pg.PoolConfig);
  try {
    await pool.query([...MIGRATIONS.map(({ sql }) => sql), TABLES].join('\n'));
    const log = await openTraces(pool);
    const { extension, calls } = traceExtension(tallyExtension(async () => undefined).store);
    const map = await registerMap({ log, extensions: [extension], map: TRACE_MAP, streams: [] });
    const readers = await startReaders({
      log, databaseUrl: database.url, map, streams: [], workerId: randomUUID(), random: () => 0, monotonicMs: () => performance.now(),
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    try {
      await Promise.all(seeds.map((seed) => playTrace(drawTrace(seed, events, isLong), `t${seed}-`, [memoryEngine(seed), databaseEngine(log, calls, WAIT_MS)], (inMemory, inDatabase) => {
        expect({ seed, outcome: inDatabase }).toEqual({ seed, outcome: inMemory });
      })));
    } finally {
      await readers.stop();
      await log.close();
    }
  } finally {
    await pool.end();
    await database.drop();
  }
}
