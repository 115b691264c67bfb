// Starts the processes of the local stack, keeps them up, and ends them in the reverse order of their start.
// If the supervisor itself is killed, each process sees its channel close and ends by itself.
import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { Announcement, ProcessEvent, ProcessSpec } from './supervised-process.ts';

const LOG_CHECK_INTERVAL_MS = 1_000;
const DEFAULT_MAX_LOG_BYTES = 16 * 1_048_576;

export type SupervisorOptions = {
  readonly logsDirectory: string;
  /** Size of one log file before it is moved to `<name>.log.1`; 16 MiB when left out. */
  readonly maxLogBytes?: number;
  /** Told of each readiness and each end that nobody asked for. */
  readonly report?: (event: ProcessEvent) => void;
};

export type ProcessStatus = { readonly name: string; readonly pid: number | undefined; readonly isReady: boolean; readonly restarts: number };

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes: { readonly process: SupervisedProcess; readonly log: LogFile }[] = [];
  readonly #logCheck: NodeJS.Timeout;
  #stopped: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#logCheck = setInterval(() => this.#trimLogs(), LOG_CHECK_INTERVAL_MS);
  }

  /** Starts one process and waits until it is ready. Throws StartFailure; it is not tried again then. */
  async start(spec: ProcessSpec): Promise<Announcement> {
    if (this.#stopped !== undefined) throw new Error('the supervisor has been stopped');
    const log = new LogFile(join(this.#options.logsDirectory, `${spec.name}.log`), this.#options.maxLogBytes ?? DEFAULT_MAX_LOG_BYTES);
    const kept = { process: new SupervisedProcess(spec, log, this.#options.report ?? (() => {})), log };
    this.#processes.push(kept);
    return kept.process.start();
  }

  /** The process of this name; a name that was never started is a bug of the caller. */
  process(name: string): SupervisedProcess {
    const found = this.#processes.find(({ process }) => process.spec.name === name);
    if (found === undefined) throw new Error(`no process is called ${name}`);
    return found.process;
  }

  statuses(): ProcessStatus[] {
    return this.#processes.map(({ process }) => ({ name: process.spec.name, pid: process.pid, isReady: process.isReady, restarts: process.restarts }));
  }

  /** Ends all, last started first, each within its own limit. May be called twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    for (const { process, log } of this.#processes.toReversed()) {
      await process.stop();
      log.close();
    }
    clearInterval(this.#logCheck);
  }

  #trimLogs(): void {
    if (this.#stopped !== undefined) return;
    for (const { log } of this.#processes) log.trim();
  }
}
