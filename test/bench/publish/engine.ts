/**
 * What each contender of publishing and enqueueing gives: our log with its publisher, or a queue of jobs on PostgreSQL. Each runs in a
 * process of its own, on a database of its own in the same server.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { answer } from '../harness/child.ts';

export interface Engine {
  /** Makes so many jobs, or events, in batches; none of them runs before `drain` or `listen`. */
  fill(count: number): Promise<void>;
  /** Runs what waits, and stops. Gives Unix milliseconds of the first and the last; null where the bus says it. */
  drain(count: number): Promise<readonly [number, number] | null>;
  /** One transaction: an order and its job, or event. Gives its id. */
  enqueue(): Promise<string>;
  /** Runs what comes, as it comes; `seen` is told of each by its id. */
  listen(seen: (id: string) => void): Promise<{ stop(): Promise<void> }>;
}

export interface EngineOptions {
  readonly databaseUrl: string;
  readonly busUrl: string;
  /** The tables are there already, and readers are not to be told of what stands in them. */
  readonly isFilled?: boolean;
}

export const BUSINESS_TABLE = 'CREATE TABLE IF NOT EXISTS bench_orders (order_id uuid PRIMARY KEY, customer_id text NOT NULL, total numeric NOT NULL, status text NOT NULL, body jsonb NOT NULL)';
export const INSERT_ORDER = { name: 'order', text: "INSERT INTO bench_orders VALUES ($1, $2, $3, 'accepted', $4)" } as const;
export const ORDER_PARAMETERS = 4;

/** The row of an order, beside what says that it happened. */
export function orderRow(orderId: string): unknown[] {
  return [orderId, 'VINET', '472.48', JSON.stringify({ customerId: 'VINET', currency: 'USD', freight: '32.38', total: '472.48' })];
}

/** The pool of every contender: the same size, and statements go out behind each other without waiting. */
export function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 16, pipeline: true });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Answers for the process of an engine. */
export function serveEngine(open: (options: EngineOptions) => Promise<Engine>): void {
  let engine: Engine | undefined;
  const opened = (): Engine => {
    if (engine === undefined) throw new Error('It is not open yet.');
    return engine;
  };
  answer({
    async open(options: EngineOptions) {
      engine = await open(options);
    },
    fill: (count: number) => opened().fill(count),
    drain: (count: number) => opened().drain(count),
    /** So many writers, for so long. Gives how many transactions were committed, and the time. */
    async enqueue({ writers, ms }: { writers: number; ms: number }) {
      const startedAtMs = now();
      let count = 0;
      await Promise.all(Array.from({ length: writers }, async () => {
        while (now() - startedAtMs < ms) {
          await opened().enqueue();
          count += 1;
        }
      }));
      return { count, tookMs: now() - startedAtMs };
    },
    /** Transactions at a pace while all that comes runs at once. Gives when each was committed, and when it was seen here. */
    async pace({ perSecond, ms }: { perSecond: number; ms: number }) {
      const [committed, seen]: [[string, number][], [string, number][]] = [[], []];
      const listening = await opened().listen((id) => void seen.push([id, now()]));
      await delay(300);
      const [startedAtMs, all]: [number, Promise<void>[]] = [now(), []];
      for (let index = 0; index < (perSecond * ms) / 1_000; index += 1) {
        const waitMs = startedAtMs + (index * 1_000) / perSecond - now();
        if (waitMs > 0) await delay(waitMs);
        all.push(opened().enqueue().then((id) => void committed.push([id, now()])));
      }
      await Promise.all(all);
      await delay(500);
      await listening.stop();
      return { committed, seen };
    },
  });
}
