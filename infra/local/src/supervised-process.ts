// One process under supervision: a program started with this Node, ready when it says `{started: true}` over its channel, started
// again when it ends by itself. It has a session of its own, so that Ctrl-C reaches the supervisor alone, which then ends all in
// order; and a channel, whose closing tells it that the supervisor is gone (end-with-supervisor.ts ends it then).
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LogFile } from './log-file.ts';
import { countEnd, restartDelayMs } from './restart-policy.ts';

const END_WITH_SUPERVISOR = new URL('./end-with-supervisor.ts', import.meta.url).href;
const DEFAULT_START_TIMEOUT_MS = 30_000;
const DEFAULT_STOP_TIMEOUT_MS = 10_000;

export type ProcessSpec = {
  /** Also the name of its log file. */
  readonly name: string;
  /** Absolute path of its main module. */
  readonly entry: string;
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** From the start until it says that it is ready; 30,000 when left out. */
  readonly startTimeoutMs?: number;
  /** From SIGTERM until it is cut off with SIGKILL; 10,000 when left out. */
  readonly stopTimeoutMs?: number;
  /** How long to wait before it is started again, whatever came before; by restart-policy.ts when left out. */
  readonly restartDelayMs?: number;
};

export type ProcessEvent =
  | { readonly kind: 'ready'; readonly name: string; readonly pid: number; readonly afterMs: number }
  /** `restartInMs` is null for one that is held: it is not started again until it is released. */
  | { readonly kind: 'ended'; readonly name: string; readonly pid: number; readonly how: string; readonly restartInMs: number | null };

/** What the program said of itself when it was ready. */
export type Announcement = Readonly<Record<string, unknown>>;

/** The process ended, or stayed silent, before it was ready for the first time. */
class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

type Attempt = { readonly child: ChildProcess; readonly startedAtMs: number; readonly logStart: number; wasCutOff?: boolean };

export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #log: LogFile;
  readonly #report: (event: ProcessEvent) => void;
  readonly #stopping = new AbortController();
  #attempt: Attempt | undefined;
  #ready: PromiseWithResolvers<Announcement> = Promise.withResolvers();
  #isReady = false;
  #ends = 0;
  #restarts = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #isHeld = false;

  constructor(spec: ProcessSpec, log: LogFile, report: (event: ProcessEvent) => void) {
    this.spec = spec;
    this.#log = log;
    this.#report = report;
  }

  get pid(): number | undefined {
    return this.#attempt?.child.pid;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** How many times it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts it; throws StartFailure with the end of its log when it does not become ready. */
  async start(): Promise<Announcement> {
    const attempt = this.#spawn();
    const first = this.#watch(attempt);
    const timer = setTimeout(() => {
      attempt.wasCutOff = true;
      attempt.child.kill('SIGKILL');
    }, this.#startLimitMs());
    try {
      const announcement = await first;
      attempt.child.once('exit', () => this.#onExit(attempt));
      return announcement;
    } catch (error) {
      this.#attempt = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when it is ready, at once if it is. Rejects when `signal` is aborted. */
  async whenReady(signal: AbortSignal): Promise<Announcement> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#ready.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Sends a signal to the running process; it is started again if it ends of it. False when none runs. */
  signal(name: NodeJS.Signals): boolean {
    return this.#attempt?.child.kill(name) ?? false;
  }

  /** Kills it (SIGKILL) and does not start it again until `release`. Resolves when nothing of it runs. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    clearTimeout(this.#restartTimer);
    const child = this.#attempt?.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Lets one that is held be started again, at once. One that is not held is left alone. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#ends = 0;
    if (this.#attempt === undefined && !this.#stopping.signal.aborted) this.#restart();
  }

  /** Ends it for good: SIGTERM, then SIGKILL when the time is up. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#restartTimer);
    const child = this.#attempt?.child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGKILL'), this.spec.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS);
      await gone;
      clearTimeout(cut);
    }
    this.#attempt = undefined;
  }

  #spawn(): Attempt {
    const logStart = this.#log.size();
    const { descriptor } = this.#log;
    const child = fork(this.spec.entry, {
      detached: true,
      execArgv: ['--import', END_WITH_SUPERVISOR],
      env: this.spec.environment,
      stdio: ['ignore', descriptor, descriptor, 'ipc'],
    });
    child.on('error', () => {});
    this.#attempt = { child, startedAtMs: performance.now(), logStart };
    return this.#attempt;
  }

  /** Settles with the first word of this attempt: ready, or its end. */
  #watch(attempt: Attempt): Promise<Announcement> {
    const { child } = attempt;
    const first = Promise.withResolvers<Announcement>();
    child.on('message', (message) => {
      if (!isStartLine(message)) return;
      this.#isReady = true;
      this.#report({ kind: 'ready', name: this.spec.name, pid: child.pid ?? 0, afterMs: performance.now() - attempt.startedAtMs });
      this.#ready.resolve(message);
      first.resolve(message);
    });
    child.once('exit', () => first.reject(new StartFailure(this.#whyNotStarted(attempt))));
    child.once('error', (error) => first.reject(new StartFailure(`${this.spec.name} could not be started: ${error.message}`)));
    return first.promise;
  }

  #startLimitMs(): number {
    return this.spec.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  }

  #whyNotStarted({ child, logStart, wasCutOff = false }: Attempt): string {
    const said = this.#log.tail(logStart);
    const how = wasCutOff ? `it was cut off after ${this.#startLimitMs() / 1_000} s: the machine may be too busy` : howEnded(child);
    return `${this.spec.name} ended before it was ready (${how}); log: ${this.#log.path}${said === '' ? '' : `\n${said}`}`;
  }

  /** A process that was ready once has ended, or one that was started again did not come up. */
  #onExit(attempt: Attempt): void {
    if (this.#isReady) this.#ready = Promise.withResolvers();
    this.#isReady = false;
    this.#attempt = undefined;
    if (this.#stopping.signal.aborted) return;
    if (this.#isHeld) return this.#report({ kind: 'ended', name: this.spec.name, pid: attempt.child.pid ?? 0, how: howEnded(attempt.child), restartInMs: null });
    this.#ends = countEnd(this.#ends, performance.now() - attempt.startedAtMs);
    const restartInMs = this.spec.restartDelayMs ?? restartDelayMs(this.#ends);
    this.#report({ kind: 'ended', name: this.spec.name, pid: attempt.child.pid ?? 0, how: howEnded(attempt.child), restartInMs });
    this.#restartTimer = setTimeout(() => this.#restart(), restartInMs);
  }

  #restart(): void {
    this.#restarts += 1;
    const attempt = this.#spawn();
    const timer = setTimeout(() => attempt.child.kill('SIGKILL'), this.#startLimitMs());
    attempt.child.once('exit', () => this.#onExit(attempt));
    this.#watch(attempt).then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }
}

function isStartLine(message: unknown): message is Announcement {
  return typeof message === 'object' && message !== null && 'started' in message && message.started === true;
}

function howEnded(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
