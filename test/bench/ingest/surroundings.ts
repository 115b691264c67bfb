/** One mode as it runs: the local stack, its Commerce Coordinator as the API side alone, and the ingest as a process beside it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { StackDescription } from '@commerce/local-stack/stack';
import pg from 'pg';
import { treeCpuMs } from '../cpu.ts';

export type Mode = 'http' | 'grpc' | 'kafka';

/** CPU in ms, by the process that used it. */
export type Cpu = Readonly<Record<'ingest' | 'api' | 'database' | 'broker', number>>;

export interface Surroundings {
  /** Of the ingest. */
  readonly url: string;
  readonly secret: string;
  readonly pool: pg.Pool;
  cpu(): Cpu;
  /** Kills the API side; it is started again after `DOWN_MS`. */
  stopApi(): void;
  /** Every transaction of the API side that takes webhooks waits so long, in ms; 0 ends it. */
  slowApi(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export const DOWN_MS = 10_000;
const MAIN = fileURLToPath(new URL('../../../services/commerce-coordinator/src/main.ts', import.meta.url));
const NOWHERE = 'http://127.0.0.1:1';

/** `brokers`: of Kafka, for the mode kafka. */
export async function surround(mode: Mode, brokers = ''): Promise<Surroundings> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'commerce-bench-ingest-'));
  const grpcPort = String(await freePort());
  const ofMode = { WEBHOOK_MODE: mode, ...(mode === 'kafka' && { KAFKA_BROKERS: brokers, UPDATES_KEY: Buffer.alloc(32, 2).toString('base64') }), ...(mode === 'grpc' && { CC_GRPC_PORT: grpcPort }) };
  const stack = await startStack({
    dataDirectory, ports: FREE_PORTS, bySku: {}, environment: { ...process.env, LOG_LEVEL: 'error' }, serviceRestartDelayMs: DOWN_MS,
    serviceEnvironment: { cc: { ...ofMode, ROLES: 'api', DATABASE_CONNECTIONS: '12' } },
  });
  const { description, supervisor } = stack;
  const pool = new pg.Pool({ connectionString: description.inside.ccDatabaseUrl, max: 2 });
  pool.on('error', () => undefined);
  const pidOf = (name: string): number => supervisor.statuses().find((status) => status.name === name)?.pid ?? 0;
  const cpuOf = (name: string): number => (pidOf(name) === 0 ? 0 : treeCpuMs(pidOf(name)));
  const stop = async (): Promise<void> => {
    await pool.end();
    await stack.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
  try {
    const environment = { ...inherited(), ...environmentOf(description), ...ofMode, API_GRPC_ADDRESS: `127.0.0.1:${grpcPort}` };
    const { url } = await supervisor.start({ name: 'ingest', entry: MAIN, environment, stopTimeoutMs: 28_000 });
    return {
      url: String(url), secret: description.ingest.secrets.standard, pool, stop,
      cpu: () => ({ ingest: cpuOf('ingest'), api: cpuOf('commerce-coordinator'), database: cpuOf('postgres'), broker: cpuBesides(supervisor.statuses().map(({ name }) => cpuOf(name))) }),
      stopApi: () => void process.kill(pidOf('commerce-coordinator'), 'SIGKILL'),
      slowApi: (ms) => slow(pool, ms),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('AWS_')));
}

/** What the ingest needs, and for the rest of the service's variables something that is never used in this role. */
function environmentOf({ cc, issuer, clients, ingest, inside, buses, queueUrl }: StackDescription): Record<string, string> {
  const secret = Buffer.alloc(32, 1).toString('base64');
  return {
    ROLES: 'ingest', LOG_LEVEL: 'error', CC_PORT: '0', CC_URL: cc, API_BASE_URL: cc, ISSUER_URL: issuer, DATABASE_URL: inside.ccDatabaseUrl, DATABASE_CONNECTIONS: '4',
    INGEST_CLIENT_SECRET: clients['ingest']?.secret ?? '', PAYMENTS_WEBHOOK_SECRET: ingest.secrets.standard, OF_CLIENT_SECRET: 'unused', PAYMENTS_URL: NOWHERE, PAYMENTS_API_KEY: 'unused',
    EVENT_BUS_NAME: buses.cc, FULFILLMENT_QUEUE_URL: queueUrl, WEBHOOK_SECRETS_KEY: secret, OUTBOX_DIR: tmpdir(),
  };
}

/** Of what this process has started beside the stack: the broker. */
function cpuBesides(stack: readonly number[]): number {
  const { user, system } = process.cpuUsage();
  return Math.max(0, treeCpuMs(process.pid) - (user + system) / 1_000 - stack.reduce((sum, one) => sum + one, 0));
}

async function slow(pool: pg.Pool, ms: number): Promise<void> {
  await pool.query('DROP TRIGGER IF EXISTS bench_slow ON payment_webhooks');
  if (ms === 0) return;
  await pool.query(`CREATE OR REPLACE FUNCTION bench_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(${ms / 1_000}); RETURN NULL; END'`);
  await pool.query('CREATE TRIGGER bench_slow BEFORE INSERT ON payment_webhooks FOR EACH STATEMENT EXECUTE FUNCTION bench_slow()');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
