/**
 * graphile-worker used as a webhook queue, as one would write it: a job for each message and endpoint, which signs, posts, and throws
 * on anything but 2xx so that it is tried again. On embedded PostgreSQL of its own; jobs are added by the same process, 500 at a time,
 * and count with it. No log, registrations, address guard, attempts or counts, which ours writes in the same run.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { Pool } from 'undici';
import { UNDER_WAY } from './raw.ts';

export interface Graphile {
  /** Of its PostgreSQL. */
  readonly databasePid: number;
  /** Adds so many messages, each as a job for each of these paths. Gives their ids. */
  add(paths: readonly string[], count: number): Promise<string[]>;
  /** Resolves when no job is left. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

interface Payload {
  readonly path: string;
  readonly id: string;
  readonly body: string;
}

const ADDED = 500;
const KEY = Buffer.alloc(32, 3);

/** `batched`: jobs are fetched and completed in batches, which its documentation advises for throughput; otherwise as it comes, which is best for latency. */
export async function startGraphile(url: string, body: string, batched: boolean): Promise<Graphile> {
  const directory = await mkdtemp(join(tmpdir(), 'commerce-graphile-'));
  const server = await startPostgres({ dataDir: join(directory, 'data') });
  const pgPool = new pg.Pool({ connectionString: server.superuserUrl, max: 12 });
  pgPool.on('error', () => undefined);
  pgPool.on('connect', (client) => client.on('error', () => undefined));
  const receiver = new Pool(url, { connections: UNDER_WAY, pipelining: 1 });
  const logger = new Logger(() => () => undefined);
  const worker = { concurrentJobs: UNDER_WAY, ...(batched && { localQueue: { size: ADDED }, completeJobBatchDelay: 5, failJobBatchDelay: 5 }) };
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  const runner = await run({
    pgPool, logger, noHandleSignals: true, preset: { worker },
    taskList: {
      deliver: async (payload) => {
        const { path, id, body: text } = payload as Payload;
        const bytes = Buffer.from(text);
        const timestamp = String(Math.floor(Date.now() / 1_000));
        const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.`).update(bytes).digest('base64');
        const { statusCode, body: answer } = await receiver.request({
          path, method: 'POST', body: bytes, headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
        });
        await answer.dump();
        if (statusCode < 200 || statusCode > 299) throw new Error(String(statusCode));
      },
    },
  });
  return {
    databasePid: server.pid,
    async add(paths, count) {
      const ids = Array.from({ length: count }, () => randomUUID());
      const jobs = ids.flatMap((id) => paths.map((path) => ({ identifier: 'deliver', payload: { path, id, body } satisfies Payload })));
      for (let at = 0; at < jobs.length; at += ADDED) await utils.addJobs(jobs.slice(at, at + ADDED));
      return ids;
    },
    async settled() {
      while ((await pgPool.query('SELECT FROM graphile_worker.jobs LIMIT 1')).rows.length > 0) await delay(20);
    },
    async stop() {
      await runner.stop();
      await utils.release();
      await receiver.close();
      await pgPool.end();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
