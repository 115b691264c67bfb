/**
 * What faults are done to: the whole local stack as processes, on a real PostgreSQL behind a proxy, with a front between both services, a
 * witness, and an eye on every end of a process. Services are armed at a fault point while they run.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '@commerce/local-stack/api';
import type { Api } from '@commerce/local-stack/api';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack, StackOptions } from '@commerce/local-stack/stack';
import { startPostgres } from '@commerce/service-kit/embedded-postgres';
import type { EmbeddedPostgres } from '@commerce/service-kit/embedded-postgres';
import pg from 'pg';
import { z } from 'zod';
import { eventually } from '../kit/eventually.ts';
import { freePort, startFront } from '../kit/front.http.ts';
import type { Front } from '../kit/front.http.ts';
import { openQueue } from '../kit/queue.sqs.ts';
import type { FulfillmentQueue } from '../kit/queue.sqs.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import type { DatabaseProxy } from './database-proxy.ts';
import { startWitness } from './witness-process.ts';
import type { Witness } from './witness-process.ts';

export type Service = 'cc' | 'of';
export type Part = Service | 'issuer' | 'lms' | 'payments' | 'local-aws';
const PROCESS = { cc: 'commerce-coordinator', of: 'order-fulfillment' } as const;

/** An end of a process that nobody asked its supervisor for. */
export interface Ended {
  readonly part: Part;
  readonly pid: number;
  /** The signal, or `exit code n`. */
  readonly how: string;
  readonly atMs: number;
}

/** Where an armed point was hit. */
export interface Hit {
  readonly point: string;
  readonly pid: number;
}

export interface World {
  readonly stack: Stack;
  readonly directory: string;
  readonly front: Front;
  readonly queue: FulfillmentQueue;
  /** Its dead-letter queue, to be emptied. */
  readonly deadQueue: Pick<FulfillmentQueue, 'purge'>;
  readonly database: {
    readonly proxy: DatabaseProxy;
    readonly server: () => EmbeddedPostgres;
    /** Statements that failed for want of space, as the server's own log says. */
    readonly withoutSpace: () => number;
    /** How often it has ended itself because it had no space for its log of writes. */
    readonly ended: () => number;
    kill(): Promise<void>;
    start(): Promise<void>;
    /** Starts it if it has gone, and waits until it takes statements. */
    whenBack(): Promise<void>;
  };
  readonly witness: Witness;
  readonly ended: readonly Ended[];
  readonly operator: Api;
  /** Id of the witness's own webhook. */
  readonly endpointId: string;
  /** Queues lose nothing by it: visibility and receives are smaller than in production, so that what comes again comes soon. */
  readonly maxReceives: number;
  process(part: Part): ReturnType<Stack['supervisor']['process']>;
  /** The process that runs gets SIGKILL, or `signal`, at the nth hit of this point from now on. */
  arm(service: Service, point: string, nth?: number, signal?: 'SIGKILL' | 'SIGSTOP'): void;
  disarm(service: Service): void;
  /** Where the armed point was hit; undefined before. */
  hit(service: Service): Hit | undefined;
  /** Rows of a service's database, past the proxy. */
  rows<Row extends object>(service: Service, sql: string, values?: readonly unknown[]): Promise<Row[]>;
  setAwsFaults(faults?: object): Promise<void>;
  setStandIn(part: 'lms' | 'payments', faults?: object): Promise<void>;
  /** Done at the end, when nothing runs any more. */
  atEnd(run: () => Promise<unknown>): void;
  stop(isKept?: boolean): Promise<void>;
}

/** Short, so that what died with a process is looked for within seconds; and a limit that an overload reaches. */
const SOON = { FULFILLMENT_CHECK_AFTER_MS: '1500', RECONCILE_EVERY_MS: '700', ORDERS_BACKLOG_LIMIT: '400' } as const;
const VISIBILITY_SECONDS = 5;
const MAX_RECEIVES = 3;
const RESTART_DELAY_MS = 50;
const READY_LIMIT_MS = 60_000;

export async function startWorld(report: (line: string) => void): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  const points = { cc: join(directory, 'cc.point'), of: join(directory, 'of.point') };
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = async (isKept = false): Promise<void> => {
    for (const act of undo.toReversed()) await act();
    if (isKept) report(`kept: ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  };
  try {
    return await open();
  } catch (error) {
    await stop(true);
    throw error;
  }

  async function open(): Promise<World> {
    const dataDir = join(directory, 'postgres');
    const said = { withoutSpace: 0, ended: 0 };
    const log = (line: string): void => {
      if (/ERROR: .*No space left on device/.test(line)) said.withoutSpace += 1;
      if (/PANIC: .*No space left on device/.test(line)) said.ended += 1;
    };
    let server = await startPostgres({ dataDir, log });
    undo.push(() => server.stop());
    const { port } = server;
    const proxy = await startDatabaseProxy(() => port);
    undo.push(() => proxy.close());
    const databaseUrl = Object.assign(new URL(server.superuserUrl), { port: String(proxy.port) }).href;
    const ofPort = await freePort();
    const front = await startFront(`http://127.0.0.1:${ofPort}`);
    undo.push(() => front.close());
    const ended: Ended[] = [];
    mkdirSync(join(directory, 'stack'));
    const options: StackOptions = {
      dataDirectory: join(directory, 'stack'), ports: { ...FREE_PORTS, OF_PORT: ofPort }, environment: process.env, databaseUrl,
      bySku: { A: 'instant', B: 'warehouse', C: 'lms' }, defaultProvider: null, ofFrontUrl: front.url, serviceRestartDelayMs: RESTART_DELAY_MS,
      serviceEnvironment: { cc: { ...SOON, READINESS_DELAY_MS: '2000', FAULT_POINTS_FILE: points.cc }, of: { FAULT_POINTS_FILE: points.of } },
      report: (event) => {
        if (event.kind === 'ended') ended.push({ part: partOf(event.name), pid: event.pid, how: event.how, atMs: Date.now() });
      },
    };
    const stack = await startStack(options);
    const { description, supervisor } = stack;
    undo.push(() => endStack(stack));
    const queue = openQueue(description);
    undo.push(() => queue.close());
    const deadQueue = openQueue({ ...description, queueUrl: `${description.queueUrl}-dead` });
    undo.push(() => deadQueue.close());
    await queue.setVisibility(VISIBILITY_SECONDS);
    await queue.setMaxReceives(MAX_RECEIVES);
    const pools = { cc: poolOf(description.inside.ccDatabaseUrl, port), of: poolOf(description.inside.ofDatabaseUrl, port) };
    undo.push(() => Promise.all(Object.values(pools).map((pool) => pool.end())));
    const over = new AbortController();
    undo.push(() => over.abort());
    const operator = createApi({ issuer: description.issuer, clientId: 'operator', secret: description.clients['operator']?.secret ?? '', service: description.cc, signal: over.signal });
    const witness = await startWitness({
      file: join(directory, 'witness.jsonl'), tokenUrl: `${description.issuer}/token`, audience: description.cc, clientId: 'storefront', secret: description.clients['storefront']?.secret ?? '', bases: [description.cc],
    });
    undo.push(() => witness.stop());
    const { webhookId: endpointId } = await operator.call(z.object({ webhookId: z.string() }), 'POST', '/api/webhooks/register', {
      body: { url: witness.receiver, events: ['*'], retryAttempts: 5, retryDelay: 200, timeout: 5_000, description: 'The witness' }, idempotencyKey: 'witness',
    });
    const world: World = {
      stack, directory, front, queue, deadQueue, witness, ended, operator, endpointId, stop, maxReceives: MAX_RECEIVES,
      database: {
        proxy, server: () => server, withoutSpace: () => said.withoutSpace, ended: () => said.ended,
        async kill() {
          const gone = new Promise((resolve) => server.process.once('exit', resolve));
          process.kill(server.pid, 'SIGKILL');
          await gone;
        },
        async start() {
          server = await startPostgres({ dataDir, port, log });
        },
        async whenBack() {
          const { process: child } = server;
          if (child.exitCode !== null || child.signalCode !== null) await world.database.start();
          await eventually('the database', async () => (await pools.cc.query('SELECT 1').then(() => true, () => undefined)), READY_LIMIT_MS);
        },
      },
      process: (part) => supervisor.process(part === 'cc' || part === 'of' ? PROCESS[part] : part),
      arm(service, point, nth = 1, signal = 'SIGKILL') {
        world.disarm(service);
        // Moved into its place, so that half a line is never read.
        writeFileSync(`${points[service]}.new`, `${point}:${nth}${signal === 'SIGKILL' ? '' : ` ${signal}`}`);
        renameSync(`${points[service]}.new`, points[service]);
      },
      disarm(service) {
        for (const file of [points[service], `${points[service]}.hit`]) rmSync(file, { force: true });
      },
      hit: (service) => (existsSync(`${points[service]}.hit`) ? (JSON.parse(readFileSync(`${points[service]}.hit`, 'utf8')) as Hit) : undefined),
      atEnd: (run) => void undo.unshift(run),
      rows: async (service, sql, values = []) => (await pools[service].query(sql, [...values])).rows,
      setAwsFaults: (faults = {}) => put(`${description.aws}/_local/faults`, faults),
      setStandIn: (part, faults = {}) => put(`${description[part]}/_stand-in/faults`, faults, { authorization: `Bearer ${part === 'lms' ? description.inside.lmsApiKey : description.inside.paymentsApiKey}` }),
    };
    return world;
  }
}

function partOf(name: string): Part {
  return ((Object.keys(PROCESS) as Service[]).find((service) => PROCESS[service] === name) ?? name) as Part;
}

/** Waits until a service stands again. */
export function whenReady(world: World, part: Part): Promise<unknown> {
  return world.process(part).whenReady(AbortSignal.timeout(READY_LIMIT_MS));
}

/** Kills a service and waits until its end was seen. */
export async function kill(world: World, part: Part): Promise<void> {
  const victim = world.process(part);
  const { pid } = victim;
  victim.signal('SIGKILL');
  await eventually(`the end of ${part}`, () => (victim.pid === pid ? undefined : true));
}

/** The data are thrown away: the services need no orderly end. */
async function endStack(stack: Stack): Promise<void> {
  await Promise.all(Object.values(PROCESS).map(async (name) => {
    const process = stack.supervisor.process(name);
    const stopped = process.stop();
    process.signal('SIGCONT');
    process.signal('SIGKILL');
    await stopped;
  }));
  await stack.stop();
}

function poolOf(url: string, port: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: Object.assign(new URL(url), { port: String(port) }).href, max: 4, application_name: 'judge' });
  pool.on('error', () => undefined);
  return pool;
}

async function put(url: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
