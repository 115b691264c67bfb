/**
 * What a command works with: the services' APIs by way of the options that stand in every command, and one place for what it
 * shows. A result goes to standard output, as text or as JSON; remarks go to standard error, so that output can be piped on.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import { createApi } from './api.http.ts';
import type { Api } from './api.http.ts';
import { connect } from './connection.ts';
import type { ConnectionOptions, Service } from './connection.ts';
import { NoAnswer, UsageFault } from './failures.ts';

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
}

export interface Work {
  /** A service, called as `--client-id` says, else as this client of the local stack. */
  api(service: Service, defaultClientId: string): Promise<Api>;
  /** Shows a result: as JSON as it came, or as text made of its checked form. */
  show<T>(result: unknown, form: z.ZodType<T>, asText: (result: T) => string): void;
  /** One of many results, as it comes: a line of JSON, or of text. */
  tell(result: object, text: string): void;
  /** A remark beside the result. */
  remark(text: string): void;
  readFile(path: string): Promise<string>;
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
  /** Seconds, as text. */
  readonly timeout: string;
}

const LONGEST_TIMEOUT_SECONDS = 600;

export function workOf(command: Command, surroundings: Surroundings): Work {
  const options: SharedOptions = command.optsWithGlobals();
  const { env, out, err, signal, nowMs } = surroundings;
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
    api: async (service, defaultClientId) => createApi(await connect(service, defaultClientId, options, sources), limits),
    show(result, form, asText) {
      if (options.json === true) return out(`${JSON.stringify(result ?? null, null, 2)}\n`);
      const checked = form.safeParse(result);
      if (!checked.success) throw new NoAnswer('The answer does not have the form that this tool knows.', `Use --json to see it as it is. What does not fit: ${z.prettifyError(checked.error)}`);
      out(asText(checked.data));
    },
    tell: (result, text) => out(`${options.json === true ? JSON.stringify(result) : text}\n`),
    remark: (text) => err(`${text}\n`),
    readFile,
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
