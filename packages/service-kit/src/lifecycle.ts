/**
 * The edge of a process: environment and arguments in, exit code out, an orderly way down.
 * Promise: one JSON line on standard output when the start succeeded; SIGTERM and SIGINT stop in order within a hard
 * limit; a second signal ends at once; an unhandled rejection ends with code 1.
 * Refuses: to stay alive half stopped.
 */
import type { Logger } from './logging.ts';
import { errorMessage } from './thrown.ts';

export interface Running {
  /** What the start line tells the supervisor, e.g. `{ url }`. No secrets. */
  announce?: Record<string, unknown>;
  /** Stops everything in order. The signal is aborted when the hard limit is reached. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface MainInput {
  env: Record<string, string | undefined>;
  args: readonly string[];
  /** Aborted when the process is asked to stop before the start has finished. */
  signal: AbortSignal;
}

export interface MainOptions {
  log?: Pick<Logger, 'info' | 'error'>;
  /** Hard limit of the orderly stop; 25 s when left out. */
  stopLimitMs?: number;
  /** True: also stop when the parent that forked this process closes its channel. */
  stopOnDisconnect?: boolean;
}

/** Runs a service as the main program of this process. */
export async function runMain(start: (input: MainInput) => Promise<Running>, options: MainOptions = {}): Promise<void> {
  const asked = new AbortController();
  const stopRequest = Promise.withResolvers<string>();
  const ask = (why: string) => {
    if (asked.signal.aborted) process.exit(1);
    asked.abort(new Error(`Asked to stop: ${why}`));
    stopRequest.resolve(why);
  };
  process.on('SIGTERM', ask).on('SIGINT', ask);
  if (options.stopOnDisconnect) process.once('disconnect', () => asked.signal.aborted || ask('disconnect'));
  process.on('unhandledRejection', (error) => fail(error, options)).on('uncaughtException', (error) => fail(error, options));

  try {
    const running = await start({ env: process.env, args: process.argv.slice(2), signal: asked.signal });
    announce({ started: true, pid: process.pid, ...running.announce });
    const why = await stopRequest.promise;
    options.log?.info({ reason: why }, 'stopping');
    await stopWithin(running, options.stopLimitMs ?? 25_000);
    process.exit(0);
  } catch (error) {
    if (asked.signal.aborted && error === asked.signal.reason) process.exit(0);
    fail(error, options);
  }
}

async function stopWithin(running: Running, limitMs: number): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`The orderly stop took longer than ${limitMs} ms.`));
    setTimeout(() => process.exit(1), 1_000);
  }, limitMs);
  await running.stop(limit.signal);
  clearTimeout(timer);
}

function announce(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (process.connected) process.send?.(line);
}

/** A failure at the edge: said once, in one line on standard error or through the log, then code 1. */
function fail(error: unknown, { log }: MainOptions): never {
  if (log) log.error({ err: error }, 'the process ends because of an error');
  else process.stderr.write(`${errorMessage(error) || 'The process ends because of an error.'}\n`);
  process.exit(1);
}
