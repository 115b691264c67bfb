/**
 * What a command works with: the services' APIs by way of the options that stand in every command, and one place for what it
 * shows. A result goes to standard output, as text or as JSON; remarks go to standard error, so that output can be piped on.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { createApi } from './api.http.ts';
import type { Api } from './api.http.ts';
import { connect, isNamed } from './connection.ts';
import type { Connection, ConnectionOptions, Service } from './connection.ts';
import { NoAnswer, UsageFault } from './failures.ts';
import { painter, progressLine } from './terminal.ts';
import type { Paint, Progress, Terminal } from './terminal.ts';
import { timeIn } from './time-text.ts';
import type { Time } from './time-text.ts';

/** The world around the tool: what `main.ts` takes from the process, and tests give themselves. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The content of a file, `-` for standard input. Throws an Error that names the path. */
  readonly readFile: (path: string) => Promise<string>;
  readonly nowMs: () => number;
  /** Waits; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted when the operator wants the tool to end. */
  readonly signal: AbortSignal;
  /** Whether people look at the streams; nobody does when left out. */
  readonly terminal?: Terminal;
  /** IANA name of the zone of this machine; asked for when left out. */
  readonly timeZone?: string;
  /** Runs another program of the repository, with the streams of this one; gives its exit code. */
  readonly runProgram?: (path: string, argv: readonly string[]) => Promise<number>;
}

export interface Work {
  /** A service, called as `--client-id` says, else as this client of the local stack. */
  api(service: Service, defaultClientId: string): Promise<Api>;
  /** Where a service is and as whom it is called; undefined when the options name other services only. Throws UsageFault. */
  connection(service: Service, defaultClientId: string): Promise<Connection | undefined>;
  /** What --stack names. */
  readonly stackFile: string | undefined;
  /** The longest that one call may take. */
  readonly timeoutMs: number;
  /** Shows a result: as JSON as it came, or as text made of its checked form, with times as `time` writes them. */
  show<T>(result: unknown, form: z.ZodType<T>, asText: (result: T, time: Time) => string): void;
  /** One of many results, as it comes: a line of JSON, or of text. */
  tell(result: object, text: string): void;
  /** A remark beside the result. */
  remark(text: string): void;
  /** How far long work is; nothing with --json. */
  progress(progress: Progress): void;
  readonly time: Time;
  /** For what goes to standard output. */
  readonly paint: Paint;
  readonly isJson: boolean;
  readFile(path: string): Promise<string>;
  /** Runs another program of the repository with the streams of this one; gives its exit code. Throws UsageFault where that cannot be. */
  runProgram(path: string, argv: readonly string[]): Promise<number>;
  readonly nowMs: () => number;
  /** Waits between two looks at what goes on; rejects when the operator wants the tool to end. */
  pause(ms: number): Promise<void>;
  /** Aborted when the operator wants the tool to end. */
  readonly signal: AbortSignal;
}

/** Makes the action of a command: `action` gets the work, then the arguments and options of the command. */
export type Perform = <Given extends unknown[]>(action: (work: Work, ...given: Given) => Promise<void>) => (...given: [...Given, Command]) => Promise<void>;

/** Adds a command to the program, with its options, help and action. */
export type AddCommand = (program: Command, perform: Perform) => void;

/** The options of every command. */
export interface SharedOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly utc?: boolean;
  /** Seconds, as text. */
  readonly timeout: string;
}

const LONGEST_TIMEOUT_SECONDS = 600;

export function workOf(command: Command, surroundings: Surroundings): Work {
  const options: SharedOptions = command.optsWithGlobals();
  const { env, signal, nowMs, terminal = { out: false, err: false } } = surroundings;
  const isJson = options.json === true;
  const line = progressLine(terminal.err, surroundings.err);
  const print = (to: (text: string) => void) => (text: string): void => {
    line.clear();
    to(text);
  };
  const [out, err] = [print(surroundings.out), print(surroundings.err)];
  const time = timeIn(options.utc === true ? 'UTC' : surroundings.timeZone);
  const limits = { timeoutMs: timeoutOf(options.timeout), signal };
  const readFile = async (path: string): Promise<string> => {
    try {
      return await surroundings.readFile(path);
    } catch (error) {
      throw new UsageFault(`${path === '-' ? 'Standard input' : path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  };
  const sources = { readFile, secretVariable: env['CLIENT_SECRET'], stackFile: `${env['DATA_DIR'] || '.data'}/stack.json` };
  return {
    connection: async (service, defaultClientId) => (isNamed(service, options) ? connect(service, defaultClientId, options, sources) : undefined),
    stackFile: options.stack,
    timeoutMs: limits.timeoutMs,
    api: async (service, defaultClientId) => createApi(await connect(service, defaultClientId, options, sources), limits),
    show(result, form, asText) {
      if (isJson) return out(`${JSON.stringify(result ?? null, null, 2)}\n`);
      const checked = form.safeParse(result);
      if (!checked.success) throw new NoAnswer('The answer does not have the form that this tool knows.', `Use --json to see it as it is. What does not fit: ${z.prettifyError(checked.error)}`);
      out(asText(checked.data, time));
    },
    tell: (result, text) => out(`${isJson ? JSON.stringify(result) : text}\n`),
    remark: (text) => err(`${text}\n`),
    progress: (progress) => (isJson ? undefined : line.show(progress)),
    time, isJson,
    paint: painter(terminal.out && !isJson, env),
    readFile,
    runProgram: (path, argv) => {
      if (surroundings.runProgram === undefined) throw new UsageFault(`${path} can only be run from the repository.`);
      return surroundings.runProgram(path, argv);
    },
    nowMs,
    pause: (ms) => surroundings.sleep(ms, signal),
    signal,
  };
}

function timeoutOf(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > LONGEST_TIMEOUT_SECONDS) throw new UsageFault(`--timeout is a number of seconds up to ${LONGEST_TIMEOUT_SECONDS}.`);
  return seconds * 1_000;
}
