/** A real Redis on a free port for tests: it can be killed and started again. Needs `redis-server` (Debian: apt-get install redis-server). */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SERVER = 'redis-server';

/** Why tests with Redis cannot run here; undefined when they can. */
export const NO_REDIS: string | undefined = spawnSync(SERVER, ['--version']).status === 0 ? undefined : 'redis-server is not installed';

export interface TestRedis {
  readonly port: number;
  /** With SIGKILL. */
  kill(): Promise<void>;
  /** On the same port; with what it had, if it was started durable. */
  start(): Promise<void>;
  /** Kills it, and removes what it wrote. */
  close(): Promise<void>;
}

/** `durable`: every write is on the disk before it is answered. */
export async function startRedis({ durable }: { readonly durable: boolean }): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'test-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const redis: TestRedis = {
    port,
    async start() {
      const aof = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
      const started = spawn(SERVER, ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...aof], { stdio: ['ignore', 'pipe', 'ignore'] });
      server = started;
      await new Promise<void>((resolve, reject) => {
        let said = '';
        const late = setTimeout(() => reject(new Error(`redis-server is not ready: ${said}`)), 10_000);
        started.once('exit', () => reject(new Error(`redis-server has ended: ${said}`)));
        started.stdout.on('data', (part: Buffer) => {
          said += String(part);
          if (!said.includes('Ready to accept connections')) return;
          clearTimeout(late);
          resolve();
        });
      });
    },
    async kill() {
      const ending = server;
      server = undefined;
      if (ending === undefined || ending.exitCode !== null) return;
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill('SIGKILL');
      await ended;
    },
    async close() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
