/**
 * The logger of one request. Most requests say nothing at the usual level: so it is made when the first line of it is written.
 * Promise: its lines are those that the child of the server's logger would write.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from './logging.ts';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type Options = Parameters<FastifyBaseLogger['child']>[1];
type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** As the server makes the logger of each request. */
export function requestLogger(parent: FastifyBaseLogger, bindings: Bindings, options?: Options): FastifyBaseLogger {
  // A level of its own is not the parent's: nothing is known of it beforehand.
  return options?.level === undefined ? (new RequestLogger(parent as Logger, bindings, options) as unknown as FastifyBaseLogger) : parent.child(bindings, options);
}

class RequestLogger {
  readonly #parent: Logger;
  readonly #bindings: Bindings;
  readonly #options: Options;
  #made: Logger | undefined;

  constructor(parent: Logger, bindings: Bindings, options: Options) {
    this.#parent = parent;
    this.#bindings = bindings;
    this.#options = options;
  }

  get level(): string {
    return this.#logger().level;
  }

  trace(...line: [any, any]): void {
    this.#say('trace', line);
  }

  debug(...line: [any, any]): void {
    this.#say('debug', line);
  }

  info(...line: [any, any]): void {
    this.#say('info', line);
  }

  warn(...line: [any, any]): void {
    this.#say('warn', line);
  }

  error(...line: [any, any]): void {
    this.#say('error', line);
  }

  fatal(...line: [any, any]): void {
    this.#say('fatal', line);
  }

  silent(): void {
    // Says nothing.
  }

  child(bindings: Bindings, options?: Options): FastifyBaseLogger {
    return this.#logger().child(bindings, options ?? {});
  }

  #say(level: Level, line: [any, any]): void {
    if (this.#parent.isLevelEnabled(level)) this.#logger()[level](...line);
  }

  #logger(): Logger {
    return (this.#made ??= this.#parent.child(this.#bindings, this.#options ?? {}) as Logger);
  }
}
