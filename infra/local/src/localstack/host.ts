/**
 * LocalStack as a process of this machine, without Docker and without an account: installed from PyPI by a lock with hashes, into
 * one folder, and started on 127.0.0.1. It needs Python 3.11 to 3.13 with venv and pip.
 *
 * Promise: nothing is written outside the folder, and the process ends with the one that started it.
 * Told of itself, LocalStack would do otherwise: inside a container it takes the machine for its own image, empties
 * `/tmp/localstack`, writes below `/var/lib/localstack` and listens on every address.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SERVICES } from './services.ts';

const HERE = join(import.meta.dirname, 'host');
const REQUIREMENTS = join(HERE, 'requirements.txt');
const INSTALLER = join(HERE, 'installer.txt');
const LAUNCH = join(HERE, 'launch.py');

const PYTHONS = ['python3.11', 'python3.12', 'python3.13', 'python3'];
const PYTHON_VERSIONS = /^3\.1[123]$/;
const INSTALL_TIMEOUT_MS = 150_000;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LOOK_INTERVAL_MS = 200;
const LOG_TAIL_CHARACTERS = 2_000;

const run = promisify(execFile);

export interface LocalStackHost {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  readonly pid: number;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Installs into `folder` what the lock names, unless it is there. Gives whether it had to. */
export async function installLocalStack(folder: string, signal: AbortSignal): Promise<boolean> {
  const mark = join(folder, 'installed');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return false;
  const python = await findPython(signal);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const limits = { signal, timeout: INSTALL_TIMEOUT_MS, env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' } };
  await tried('Python cannot make a folder for packages (Debian: apt-get install python3-venv).', run(python, ['-m', 'venv', environment(folder)], limits));
  const pip = (requirements: string) => run(inside(folder, 'python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', requirements], limits);
  await tried('pip cannot install the installer.', pip(INSTALLER));
  const installer = run(inside(folder, 'uv'), ['pip', 'install', '--quiet', '--no-cache', '--no-deps', '--require-hashes', '--python', inside(folder, 'python'), '-r', REQUIREMENTS], limits);
  // pip may be set up for another index than the installer can reach; it is slower.
  await installer.catch(() => tried('Neither uv nor pip can install LocalStack.', pip(REQUIREMENTS)));
  writeFileSync(mark, wanted);
  return true;
}

/** Starts what `installLocalStack` has installed; throws with the end of its log when it does not become ready. */
export async function startLocalStack(folder: string, port: number, signal: AbortSignal): Promise<LocalStackHost> {
  const url = `http://127.0.0.1:${port}`;
  const logPath = join(folder, 'localstack.log');
  const log = openSync(logPath, 'w', 0o600);
  const child = spawn(inside(folder, 'python'), [LAUNCH], { cwd: folder, env: launchEnvironment(folder, port), stdio: ['pipe', log, log], detached: true });
  child.on('error', () => {});
  closeSync(log);
  const stop = (): Promise<void> => end(child);
  try {
    await untilHealthy(child, url, AbortSignal.any([signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
    return { url, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw new Error(`LocalStack did not start. The end of ${logPath}:\n${readFileSync(logPath, 'utf8').slice(-LOG_TAIL_CHARACTERS)}`, { cause: error });
  }
}

function launchEnvironment(folder: string, port: number): Record<string, string> {
  return {
    PATH: `${join(environment(folder), 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    FILESYSTEM_ROOT: join(folder, 'files'),
    TMPDIR: makeFolder(join(folder, 'tmp')),
    OVERRIDE_IN_DOCKER: '0',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `127.0.0.1:${port}`,
    SQS_ENDPOINT_STRATEGY: 'path',
    SERVICES: SERVICES.join(','),
    STRICT_SERVICE_LOADING: '1',
    EAGER_SERVICE_LOADING: '0',
    // Nothing goes out: no certificate is fetched, no name server opened, no usage told.
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    DISABLE_EVENTS: '1',
  };
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

async function untilHealthy(child: ChildProcess, url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) throw new Error(`it has ended: ${child.signalCode ?? child.exitCode ?? 'it could not be run'}`);
    const answer = await fetch(`${url}/_localstack/health`, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(cut);
}

async function findPython(signal: AbortSignal): Promise<string> {
  for (const name of PYTHONS) {
    const told = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { signal }).catch(() => undefined);
    if (told !== undefined && PYTHON_VERSIONS.test(told.stdout.trim())) return name;
  }
  signal.throwIfAborted();
  throw new Error(`LocalStack needs Python 3.11, 3.12 or 3.13; none of ${PYTHONS.join(', ')} is one. With Docker: docs/localstack.md.`);
}

async function tried(what: string, work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error & { stderr?: string }) => {
    throw new Error(`${what}\n${error.stderr?.trim() || error.message}`, { cause: error });
  });
}

function environment(folder: string): string {
  return join(folder, 'venv');
}

function inside(folder: string, program: string): string {
  return join(environment(folder), 'bin', program);
}
