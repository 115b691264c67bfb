/** A further process of Commerce Coordinator beside the one of the stack: the newer version, or the same program once more. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

export interface FurtherProcess {
  readonly pid: number;
  /** Where it listens. Rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Of which signal it ended, or `exit code n`. */
  readonly ended: Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** The end of its log. */
  log(): string;
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<string>;
}

export interface FurtherOptions {
  /** The fault point at which it is killed. */
  readonly diesAt?: string;
  /** Path of its program. */
  readonly program?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const NEXT_VERSION = fileURLToPath(new URL('./next-version.ts', import.meta.url));
export const SAME_VERSION = fileURLToPath(new URL('../../services/commerce-coordinator/src/main.ts', import.meta.url));
export const SKEWED = fileURLToPath(new URL('./skewed-coordinator.ts', import.meta.url));
const LOG_END = 2_000;
let count = 0;

/** Starts it with the environment of the stack's own, on a free port. */
export async function startNextVersion(world: World, { diesAt, program = NEXT_VERSION, environment = {} }: FurtherOptions): Promise<FurtherProcess> {
  const { FAULT_POINTS_FILE: _own, ...given } = world.process('cc').spec.environment;
  count += 1;
  const file = join(world.directory, `further-${count}.log`);
  const descriptor = openSync(file, 'a');
  const child = fork(program, { env: { ...given, CC_PORT: '0', ...(diesAt !== undefined && { FAULT_POINTS: diesAt }), ...environment }, execArgv: [], stdio: ['ignore', descriptor, descriptor, 'ipc'] });
  closeSync(descriptor);
  const ended = once(child, 'exit').then(([code, signal]) => (signal as string | null) ?? `exit code ${code}`);
  const ready = Promise.race([
    once(child, 'message').then(([message]) => (message as { url: string }).url),
    ended.then((how) => Promise.reject(new Error(`it ended of ${how} before it was ready: ${readFileSync(file, 'utf8').slice(-LOG_END)}`))),
  ]);
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? 0, ready, ended,
    signal: (name) => void child.kill(name),
    log: () => readFileSync(file, 'utf8').slice(-LOG_END),
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
