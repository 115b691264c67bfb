/**
 * A real PostgreSQL 18 as a child process, from binaries that npm brings.
 * Promise: data survive a crash (unless `durable: false`), only loopback and only with a password, one database and one
 * role per service, runs as root too (the server itself as an unprivileged user).
 * Refuses: a directory that a living server holds, one of another major version, one that is no data directory.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { locateBinaries, serverUser } from './embedded-postgres-binaries.ts';
import type { Binaries, ServerUser } from './embedded-postgres-binaries.ts';
import { clearStaleLock } from './embedded-postgres-lock.ts';
import { errorMessage } from './thrown.ts';

export { DirectoryHeld } from './embedded-postgres-lock.ts';

export interface PostgresOptions {
  /** The data directory; made when it does not exist. The superuser's password is kept beside it, in `<dataDir>.password`. */
  dataDir: string;
  /** A free one when left out or 0. */
  port?: number;
  /** Server settings over those of this launcher. */
  settings?: Record<string, string>;
  /** False gives up every promise about crashes, for tests that throw the data away. */
  durable?: boolean;
  /** Receives the server's own log lines. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  port: number;
  pid: number;
  process: ChildProcess;
  /** For set-up and tests; services get URLs from `ensureDatabase`. */
  superuserUrl: string;
  /** Makes the role and its database unless they exist, sets the password, and gives the URL for this role. */
  ensureDatabase(wanted: { name: string; role: string; password: string }): Promise<string>;
  /** Fast shutdown: sessions are ended, data are written. Resolves when the process has gone. */
  stop(): Promise<void>;
}

const SUPERUSER = 'postgres';
const MAJOR_VERSION = '18';
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

/** Starts the server and resolves when it takes connections. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const user = serverUser();
  const binaries = await locateBinaries(user);
  const password = await prepareCluster(dataDir, binaries, user, options.durable ?? true);
  await clearStaleLock(dataDir);
  const { child, port } = await launch(dataDir, binaries, user, options);
  const superuserUrl = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  return {
    port,
    pid: child.pid ?? 0,
    process: child,
    superuserUrl,
    ensureDatabase: (wanted) => ensureDatabase(superuserUrl, wanted),
    stop: () => stop(child),
  };
}

/** Makes the cluster unless it is there, and gives the superuser's password. */
async function prepareCluster(dataDir: string, binaries: Binaries, user: ServerUser, durable: boolean): Promise<string> {
  const passwordFile = `${dataDir}.password`;
  const content = await readdir(dataDir).catch(() => []);
  if (content.length > 0) {
    await refuseForeignDirectory(dataDir, content);
    return readPassword(passwordFile, dataDir);
  }
  await mkdir(dirname(dataDir), { recursive: true });
  const password = randomBytes(24).toString('base64url');
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  await initialise(dataDir, binaries, user, password, durable);
  return password;
}

async function refuseForeignDirectory(dataDir: string, content: string[]): Promise<void> {
  if (!content.includes('PG_VERSION')) throw new Error(`${dataDir} is not empty and holds no database: choose another directory.`);
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (version === MAJOR_VERSION) return;
  throw new Error(`${dataDir} was made by PostgreSQL ${version}; this is ${MAJOR_VERSION}. Dump it with the old version, or use another directory.`);
}

async function readPassword(passwordFile: string, dataDir: string): Promise<string> {
  const password = await readFile(passwordFile, 'utf8').catch(() => undefined);
  if (password !== undefined) return password.trim();
  throw new Error(`${passwordFile} is missing, so nobody can log in to ${dataDir}. Put it back, or delete the directory to start anew.`);
}

/** Runs initdb beside the final place and moves the result there, so that a crash never leaves half a cluster behind. */
async function initialise(dataDir: string, binaries: Binaries, user: ServerUser, password: string, durable: boolean): Promise<void> {
  const unfinished = `${dataDir}.initdb`;
  const handover = await mkdtemp(join(tmpdir(), 'postgres-password-'));
  const passwordFile = join(handover, 'password');
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(user, unfinished, handover, passwordFile);
    await runInitdb(binaries, unfinished, user, [
      '--username', SUPERUSER, '--auth', 'scram-sha-256', '--pwfile', passwordFile,
      '--encoding', 'UTF8', '--locale', 'C', ...(durable ? [] : ['--no-sync']),
    ]);
    await rename(unfinished, dataDir);
  } finally {
    await rm(handover, { recursive: true, force: true });
  }
}

async function giveTo(user: ServerUser, ...paths: string[]): Promise<void> {
  if (user === undefined) return;
  for (const path of paths) await chown(path, user.uid, user.gid);
}

async function runInitdb(binaries: Binaries, directory: string, user: ServerUser, args: string[]): Promise<void> {
  const child = spawn(binaries.initdb, ['-D', pathSeenBy(user, directory), ...args], {
    ...spawnOptions(directory, user),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const code = await exitOf(child);
  if (code !== 0) throw new Error(`The database could not be initialised (initdb: ${String(code)}): ${complaints.slice(-5).join(' ')}`);
}

/**
 * How the server names its data directory. As another user it may be unable to walk there (a checkout under /root), so
 * it starts inside and is told to stay where it is.
 */
function pathSeenBy(user: ServerUser, directory: string): string {
  return user !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : directory;
}

function spawnOptions(cwd: string, user: ServerUser) {
  return { cwd, ...user, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' } };
}

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? signal;
}

const PORT_ATTEMPTS = 3;
const SHARED_MEMORY_ATTEMPTS = 20;

/** Starts the server; tries again when a free port was taken meanwhile, or the last one's sessions are still ending. */
async function launch(
  dataDir: string,
  binaries: Binaries,
  user: ServerUser,
  options: PostgresOptions,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort());
    const child = spawn(binaries.postgres, ['-D', pathSeenBy(user, dataDir), ...serverArguments(port, options)], {
      ...spawnOptions(dataDir, user),
      stdio: ['ignore', 'ignore', 'pipe'],
      // A process group of its own: Ctrl-C in the terminal must not end the database before the services have stopped.
      detached: true,
    });
    try {
      await ready(child, options.log ?? (() => {}));
      stopWithParent(child);
      return { child, port };
    } catch (error) {
      const text = errorMessage(error);
      const portTaken = !options.port && /could not bind|could not create any TCP/.test(text) && attempt < PORT_ATTEMPTS;
      const stillEnding = /shared memory block/.test(text) && attempt < SHARED_MEMORY_ATTEMPTS;
      if (!portTaken && !stillEnding) throw error;
      if (stillEnding) await wait(250);
    }
  }
}

function serverArguments(port: number, options: PostgresOptions): string[] {
  const crashSafety = options.durable ?? true ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    max_locks_per_transaction: '256',
    shared_buffers: '128MB',
    jit: 'off',
    ...crashSafety,
    ...options.settings,
  };
  return ['-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no free port.');
  return address.port;
}

/** Resolves when the server says so. Rejects with its last lines when it ends or takes too long. */
async function ready(child: ChildProcess, log: (line: string) => void): Promise<void> {
  const { promise, resolve: becomeReady, reject } = Promise.withResolvers<void>();
  const lastLines: string[] = [];
  const fail = (why: string) => reject(new Error(`PostgreSQL ${why}. Its last words: ${lastLines.join(' ') || 'none'}`));
  const timer = setTimeout(() => {
    fail(`was not ready within ${START_LIMIT_MS} ms`);
    child.kill('SIGQUIT');
  }, START_LIMIT_MS);
  child.once('error', (error) => fail(`could not be started: ${error.message}`));
  // "close" comes after the last line was read, "exit" may come before.
  child.once('close', (code) => fail(`ended with code ${String(code)}`));
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > 8) lastLines.shift();
      log(line);
      if (line.includes('database system is ready to accept connections')) becomeReady();
    });
  }
  await promise.finally(() => clearTimeout(timer));
}

/** A watcher that ends the server should this process die without stopping it; it reads a pipe that closes with us. */
function stopWithParent(child: ChildProcess): void {
  const watcher = spawn('/bin/sh', ['-c', `read line; kill -INT ${child.pid}`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.on('error', () => {});
  watcher.unref();
  child.once('exit', () => watcher.kill('SIGKILL'));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  const immediate = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
  child.kill('SIGINT');
  await gone;
  clearTimeout(immediate);
}

async function ensureDatabase(superuserUrl: string, wanted: { name: string; role: string; password: string }): Promise<string> {
  const role = pg.escapeIdentifier(wanted.role);
  const database = pg.escapeIdentifier(wanted.name);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    // A failing statement must not put the password into the server's log.
    await client.query('set log_min_error_statement = panic');
    const { rows: roles } = await client.query('select 1 from pg_roles where rolname = $1', [wanted.role]);
    await client.query(`${roles.length === 0 ? 'create' : 'alter'} role ${role} login password ${pg.escapeLiteral(wanted.password)}`);
    await client.query(`alter role ${role} set idle_in_transaction_session_timeout = '5s'`);
    const { rows: databases } = await client.query('select 1 from pg_database where datname = $1', [wanted.name]);
    if (databases.length === 0) await client.query(`create database ${database} owner ${role}`);
    await client.query(`revoke connect, temporary on database ${database}, postgres, template1 from public`);
  } finally {
    await client.end();
  }
  const url = new URL(superuserUrl);
  url.username = encodeURIComponent(wanted.role);
  url.password = encodeURIComponent(wanted.password);
  url.pathname = `/${encodeURIComponent(wanted.name)}`;
  return url.href;
}
