/** Plays traces in memory and on a database, several beside each other over one log, with real readers that die and lose commits between their sections. */
import { expect } from '@jest/globals';
import { createTestDatabase } from '@commerce/service-kit/test-database';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { EventLog } from '../src/log.pg.ts';
import type { StateStore } from '../src/extension.ts';
import { registerMap, startReaders } from '../src/readers.ts';
import { MIGRATIONS } from '../src/schema.pg.ts';
import { loseCommits } from './lost-commits.ts';
import { mortalPool } from './mortal-pool.ts';
import { TABLES, tallyExtension } from './tally.ts';
import type { Tally } from './tally.ts';
import type { Between, Calls, Step } from './traces.ts';
import { BETWEEN, databaseEngine, drawTrace, LEASE_MS, lostEvent, memoryEngine, openTraces, playTrace, TRACE_MAP, traceExtension } from './traces.ts';

/** Twenty failures of a decision take a while on a busy machine. */
const WAIT_MS = 60_000;
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Readers in processes that die, one after another, over one database; what fails and what is called is counted for all of them. */
class ReadingProcesses {
  readonly calls: Calls;
  readonly #url: string;
  readonly #looking: pg.Pool;
  readonly #extension: ReturnType<typeof traceExtension>['extension'];
  /** Of this subject the so-manieth transaction loses the answer to its commit. */
  #losing: { readonly subject: string; left: number } | undefined;
  readonly #lost = new WeakSet<object>();
  lostCommits = 0;
  #log: EventLog | undefined;
  #end: ((isDeath: boolean) => Promise<void>) | undefined;
  #dead = Promise.withResolvers<never>();
  #hasDied = false;

  constructor(url: string, looking: pg.Pool) {
    this.#url = url;
    this.#looking = looking;
    const { extension, calls } = traceExtension(this.#losingStore(tallyExtension(async () => undefined).store), () => (this.#hasDied ? undefined : this.#dead.promise));
    this.#extension = extension;
    this.calls = calls;
  }

  get log(): EventLog {
    if (this.#log === undefined) throw new Error('No process reads.');
    return this.#log;
  }

  #losingStore(store: StateStore<Tally>): StateStore<Tally> {
    return {
      ...store,
      load: (tx, subjects) => {
        const losing = this.#losing;
        if (losing !== undefined && subjects.includes(losing.subject) && (losing.left -= 1) === 0) this.#lost.add(tx);
        return store.load(tx, subjects);
      },
    };
  }

  async start(): Promise<void> {
    const dead = (this.#dead = Promise.withResolvers<never>());
    dead.promise.catch(() => undefined);
    const { pool, kill } = mortalPool({ connectionString: this.#url, max: 12, pipeline: true } as pg.PoolConfig);
    loseCommits(pool, (_count, client) => {
      const isLost = this.#lost.delete(client);
      if (isLost) this.lostCommits += 1;
      return isLost;
    });
    const log = await openTraces(pool);
    const map = await registerMap({ log, extensions: [this.#extension], map: TRACE_MAP, streams: [] });
    const workerId = randomUUID();
    const readers = await startReaders({
      log, databaseUrl: this.#url, map, streams: [], workerId, random: () => 0, monotonicMs: () => performance.now(), leaseMs: LEASE_MS,
      sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), logger: SILENT,
    });
    this.#log = log;
    this.#end = async (isDeath) => {
      if (isDeath) kill();
      dead.reject(new Error('The process is dead.'));
      await readers.stop();
      await log.close();
      await pool.end().catch(() => undefined);
      // The lease of a dead process ends: nobody waits for that here.
      if (isDeath) await this.#looking.query('DELETE FROM workers WHERE worker_id = $1', [workerId]);
    };
  }

  async die(): Promise<void> {
    this.#hasDied = true;
    await this.#end?.(true);
    await this.start();
  }

  /** The first transaction of this subject handles its event, the second one writes the outcome of its effect. */
  loseCommit(subject: string, what: Exclude<Between, 'death'>): void {
    this.#losing = { subject, left: what === 'handled' ? 1 : 2 };
  }

  async stop(): Promise<void> {
    await this.#end?.(false);
  }
}

export async function playTraces(seeds: readonly number[], events: number, isLong: boolean): Promise<void> {
  const database = await createTestDatabase();
  const looking = new pg.Pool({ connectionString: database.url, max: 6, pipeline: true } as pg.PoolConfig);
  const processes = new ReadingProcesses(database.url, looking);
  try {
    await looking.query([...MIGRATIONS.map(({ sql }) => sql), TABLES].join('\n'));
    await processes.start();
    const inDatabase = databaseEngine(() => processes.log, processes.calls, looking, WAIT_MS);
    const traces = seeds.map((seed) => ({ seed, memory: memoryEngine(seed), sections: drawTrace(seed, events, isLong, BETWEEN) }));
    const play = ({ seed, memory }: (typeof traces)[number], steps: readonly Step[]): Promise<void> => (
      playTrace(steps, `t${seed}-`, [memory, inDatabase], (wanted, seen) => expect({ seed, outcome: seen }).toEqual({ seed, outcome: wanted }))
    );
    for (const [index, what] of [...BETWEEN, undefined].entries()) {
      await Promise.all(traces.map((trace) => play(trace, trace.sections[index] ?? [])));
      const [first] = traces;
      if (what === undefined || first === undefined) continue;
      if (what === 'death') await processes.die();
      else {
        // Of one trace; what the reader has in memory begins anew for all of them.
        const event = lostEvent(first.seed, what);
        processes.loseCommit(event.subject, what);
        await Promise.all([first.memory.loseCommit(event, what), inDatabase.append([event])]);
        await play(first, [{ kind: 'rest' }]);
      }
      for (const { memory } of traces) memory.die();
    }
    expect(processes.lostCommits).toBe(BETWEEN.length - 1);
  } finally {
    await processes.stop();
    await looking.end();
    await database.drop();
  }
}
