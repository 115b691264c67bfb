/**
 * Three rows beside queues of jobs on PostgreSQL: what waits is drained; an order and what says that it happened are written in one
 * transaction; and how long it takes from that commit to the bus, or to the handler of the job.
 */
import pg from 'pg';
import { Child } from '../harness/child.ts';
import { openCluster } from '../harness/cluster.ts';
import type { Cluster } from '../harness/cluster.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Contender, Done } from '../harness/rounds.ts';
import { judged } from '../harness/row.ts';
import type { Row, RowResult, Settings } from '../harness/row.ts';

const OURS = 'ours';
const PEERS = ['graphile-worker', 'pg-boss'] as const;
const FILES: Readonly<Record<string, string>> = { [OURS]: 'ours', 'graphile-worker': 'graphile', 'pg-boss': 'pg-boss' };
const WRITERS = 16;
const PACE = 200;
/** Jobs a second for which is filled at first; afterwards what was measured says it. */
const GUESS = 20_000;

interface Arrivals {
  readonly count: number;
  readonly different: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

interface Bench {
  readonly bus: Child;
  readonly engines: ReadonlyMap<string, Child>;
  readonly cluster: Cluster;
  readonly urls: ReadonlyMap<string, string>;
}

async function withEngines(names: readonly string[], work: (bench: Bench) => Promise<Omit<RowResult, 'name' | 'title'>>): Promise<Omit<RowResult, 'name' | 'title'>> {
  const cluster = await openCluster();
  const bus = new Child(new URL('./bus.ts', import.meta.url));
  const engines = new Map(names.map((name) => [name, new Child(new URL(`./${FILES[name]}.ts`, import.meta.url))]));
  const urls = new Map<string, string>();
  try {
    const busUrl = await bus.ask<string>('start');
    for (const [name, engine] of engines) {
      urls.set(name, await cluster.database(name));
      await engine.ask('open', { databaseUrl: urls.get(name), busUrl });
    }
    return await work({ bus, engines, cluster, urls });
  } finally {
    for (const engine of engines.values()) await engine.end();
    await bus.end();
    await cluster.stop();
  }
}

function contender({ engines, cluster }: Bench, name: string, run: (engine: Child, window: Parameters<Contender['run']>[0]) => Promise<void>): Contender {
  const engine = engines.get(name);
  if (engine === undefined) throw new Error(`${name} does not run.`);
  return { name, role: name === OURS ? 'ours' : 'peer', pids: () => [engine.pid], databasePid: () => cluster.pid, run: (window) => run(engine, window) };
}

export const PUBLISH: Row = {
  name: 'publish', title: 'log → published over HTTP, beside jobs that do nothing, fetched and completed in batches',
  run: (settings) => withEngines([OURS, ...PEERS], async (bench) => {
    const { lines, ratio } = await inRounds([OURS, ...PEERS].map((name) => draining(bench, name, settings)), settings);
    const all = PEERS.flatMap((peer) => ratio(OURS, peer) ?? []);
    return { lines, judged: judged(
      { id: 'publish/graphile-worker', what: 'beside graphile-worker', unit: '×', value: ratio(OURS, 'graphile-worker') },
      { id: 'publish/pg-boss', what: 'beside pg-boss', unit: '×', value: ratio(OURS, 'pg-boss') },
      { id: 'publish/better', what: 'beside the better of both', unit: '×', value: all.length === 0 ? undefined : Math.min(...all) },
    ) };
  }),
};

function draining(bench: Bench, name: string, { seconds, warmSeconds, small }: Settings): Contender {
  let perSecond = small ? GUESS / 2 : GUESS;
  const drain = async (engine: Child, count: number): Promise<Done> => {
    await bench.bus.ask('take');
    const times = await engine.ask<readonly [number, number] | null>('drain', count);
    if (times !== null) return { count, tookMs: times[1] - times[0] };
    const { count: came, different, firstAtMs, lastAtMs } = await bench.bus.ask<Arrivals>('count');
    if (different < count) throw new Error(`Of ${count} events ${different} came to the bus (${came} with repetitions).`);
    return { count, tookMs: lastAtMs - firstAtMs };
  };
  return contender(bench, name, async (engine, window) => {
    const warm = Math.ceil((perSecond * warmSeconds) / 2);
    await engine.ask('fill', warm);
    await drain(engine, warm);
    const count = Math.ceil(perSecond * seconds);
    await engine.ask('fill', count);
    await analyze(bench, name);
    await window(async () => {
      const done = await drain(engine, count);
      perSecond = (done.count * 1_000) / done.tookMs;
      return done;
    });
  });
}

/** What was filled is known to the planner, as it is after a while in a service. */
async function analyze({ urls }: Bench, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: urls.get(name) ?? '' });
  await client.connect();
  await client.query('VACUUM ANALYZE');
  await client.end();
}

export const ENQUEUE: Row = {
  name: 'enqueue', title: 'an order and what says that it happened, in one transaction, 16 writers',
  run: (settings) => withEngines([OURS, ...PEERS], async (bench) => {
    const contenders = [OURS, ...PEERS].map((name) => contender(bench, name, async (engine, window) => {
      await engine.ask('enqueue', { writers: WRITERS, ms: settings.warmSeconds * 500 });
      await window(() => engine.ask<Done>('enqueue', { writers: WRITERS, ms: settings.seconds * 1_000 }));
    }));
    const { lines, ratio } = await inRounds(contenders, settings);
    return { lines, judged: judged(
      { id: 'enqueue/graphile-worker', what: 'beside graphile-worker add_job', unit: '×', value: ratio(OURS, 'graphile-worker') },
      { id: 'enqueue/pg-boss', what: 'beside pg-boss send', unit: '×', value: ratio(OURS, 'pg-boss') },
    ) };
  }),
};

const HELD = 'ours, beside a snapshot that is held';

export const COMMIT_TO_BUS: Row = {
  name: 'commit-to-bus', title: `commit → on the bus, or in the handler of the job, at ${PACE}/s`,
  run: (settings) => withEngines(settings.small ? [OURS] : [OURS, 'graphile-worker'], async (bench) => {
    const pacing = (name: string): Contender => contender(bench, name, async (engine, window) => {
      await pace(bench, engine, settings.warmSeconds);
      await window(() => pace(bench, engine, settings.seconds));
    });
    const held: Contender = {
      ...contender(bench, OURS, (engine, window) => holdingSnapshot(bench, async () => {
        await pace(bench, engine, Math.max(settings.warmSeconds, settings.heldSeconds));
        await window(() => pace(bench, engine, settings.seconds));
      })),
      name: HELD,
    };
    const { lines } = await inRounds(settings.small ? [pacing(OURS)] : [pacing(OURS), pacing('graphile-worker'), held], settings);
    const of = (name: string) => lines.find((line) => line.name === name);
    return { lines, judged: judged(
      { id: 'commit-to-bus/p50', what: 'p50', unit: 'ms', value: of(OURS)?.p50Ms },
      { id: 'commit-to-bus/p99', what: 'p99', unit: 'ms', value: of(OURS)?.p99Ms },
      { id: 'commit-to-bus/held-p50', what: `p50, a snapshot held for ${settings.heldSeconds + settings.seconds} s`, unit: 'ms', value: of(HELD)?.p50Ms },
      { id: 'commit-to-bus/held-p99', what: `p99, a snapshot held for ${settings.heldSeconds + settings.seconds} s`, unit: 'ms', value: of(HELD)?.p99Ms },
    ) };
  }),
};

async function pace({ bus }: Bench, engine: Child, seconds: number): Promise<Done> {
  await bus.ask('take');
  const { committed, seen } = await engine.ask<{ committed: [string, number][]; seen: [string, number][] }>('pace', { perSecond: PACE, ms: seconds * 1_000 });
  const came = new Map([...seen, ...(await bus.ask<[string, number][]>('take'))].reverse());
  const latenciesMs = committed.map(([id, committedAtMs]) => {
    const atMs = came.get(id);
    if (atMs === undefined) throw new Error(`The event ${id} was committed and did not come within half a second of the last one.`);
    // It may be seen before the answer to the commit has come back to whoever committed.
    return Math.max(0, atMs - committedAtMs);
  });
  return { count: committed.length, tookMs: seconds * 1_000, latenciesMs };
}

/** As a backup holds one: old versions of rows stay, and must not slow what reads the new ones. */
async function holdingSnapshot({ urls }: Bench, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: urls.get(OURS) ?? '' });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM events');
  try {
    await work();
  } finally {
    await client.end();
  }
}
