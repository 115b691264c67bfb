/**
 * Log lines as JSON, one per line, made so that nothing secret or personal gets in.
 *
 * The rule: a line carries a constant sentence, and fields from a list of allowed names whose values are plain (text,
 * number, boolean) and free of control characters. Everything else is dropped and only its name is kept, in `dropped`:
 * so a body, a row or a header handed to the logger by mistake shows nothing. An error gives its name, code, stack
 * frames and causes. Its message is kept unless it quotes foreign text (a parser's complaint, a value that PostgreSQL
 * could not read); what looks like a token, a password in a URL, an e-mail address or a card number is masked in what
 * remains, and so it is in `reason`, which may carry the text of a foreign error. A redact list is not used: it misses what it was not told of.
 */
import { types } from 'node:util';
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { errorCode } from './thrown.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Name of the service, in every line. */
  name: string;
  /** `info` when left out. */
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Further field names that may be logged; identifiers and figures only. */
  fields?: readonly string[];
  /** Standard output when left out. */
  destination?: DestinationStream;
}

/** Names that every service may log: identifiers, figures and outcomes, never content. */
const ALLOWED = [
  'requestId', 'correlationId', 'causationId', 'traceId', 'method', 'route', 'status', 'ms', 'code',
  'orderId', 'orderNumber', 'fulfillmentId', 'lineId', 'eventId', 'eventType', 'eventVersion', 'subject', 'clientId',
  'handler', 'reader', 'partition', 'extension', 'provider', 'worker', 'signal', 'role', 'migration', 'queue', 'messageId', 'group', 'topic', 'offset', 'records',
  'attempt', 'attempts', 'delayMs', 'durationMs', 'lagMs', 'count', 'size', 'depth', 'head', 'host', 'port', 'pid', 'exitCode', 'reason',
] as const;

/** Makes the logger of a process. Also accepts `err` with any thrown value. */
export function createLogger(options: LoggerOptions): Logger {
  const allowed = new Set<string>([...ALLOWED, ...(options.fields ?? [])]);
  const logger = pino(
    {
      base: { service: options.name },
      level: options.level ?? 'info',
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => keepAllowed(fields, allowed),
      },
      // The errors have been made safe by the formatter; pino's own serialiser would copy every property.
      serializers: { err: (value: unknown) => value },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((part) => (typeof part === 'string' ? clean(part) : part)) as Parameters<typeof method>);
        },
      },
    },
    options.destination ?? pino.destination(1),
  );
  return guardChildren(logger, allowed);
}

/** The same log for what alarms are made of: its lines of the level info are written whatever the level is, unless it is silent. */
export function alwaysSaid(logger: Logger): Logger {
  return logger.isLevelEnabled('info') || !logger.isLevelEnabled('fatal') ? logger : logger.child({}, { level: 'info' });
}

/** pino does not pass the fields of a child through the formatters of its parent; children of children inherit this. */
function guardChildren(logger: Logger, allowed: ReadonlySet<string>): Logger {
  const makeChild = logger.child<never>;
  const guarded = function (this: Logger, bindings: Record<string, unknown>, options?: { readonly level?: string }): Logger {
    return makeChild.call(this, keepAllowed(bindings, allowed), options?.level === undefined ? {} : { level: options.level });
  };
  return Object.assign(logger, { child: guarded });
}

function keepAllowed(fields: Record<string, unknown>, allowed: ReadonlySet<string>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'err') kept['err'] = describeError(value);
    else if (name === 'service' || allowed.has(name)) keepPlain(kept, dropped, name, value);
    else dropped.push(clean(name));
  }
  if (dropped.length > 0) kept['dropped'] = dropped;
  return kept;
}

function keepPlain(kept: Record<string, unknown>, dropped: string[], name: string, value: unknown): void {
  if (typeof value === 'string') kept[name] = name === 'reason' ? mask(clean(value)) : clean(value);
  else if (typeof value === 'number' || typeof value === 'boolean') kept[name] = value;
  else if (value !== undefined && value !== null) dropped.push(name);
}

export interface ErrorForLog {
  name: string;
  code?: string;
  message?: string;
  stack?: string[];
  cause?: ErrorForLog;
}

const CAUSES = 4;
const FRAMES = 8;

/** What the log may know of a thrown value. */
export function describeError(thrown: unknown, depth = 1): ErrorForLog {
  if (!isError(thrown)) return { name: typeof thrown };
  const code = errorCode(thrown);
  const frames = thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, FRAMES);
  return {
    name: clean(thrown.name),
    ...(code === undefined ? {} : { code: clean(code) }),
    ...(quotesForeignText(thrown, code) ? {} : { message: mask(clean(thrown.message)) }),
    ...(frames === undefined ? {} : { stack: frames.map((line) => clean(line.trim())) }),
    ...(thrown.cause === undefined || depth >= CAUSES ? {} : { cause: describeError(thrown.cause, depth + 1) }),
  };
}

/** Errors of Node's own modules may come from another realm. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown);
}

/** JSON.parse and PostgreSQL's data exceptions (class 22) and violated constraints (class 23) repeat what they were given. */
function quotesForeignText(error: Error, code: string | undefined): boolean {
  return error.name === 'SyntaxError' || /^2[23][0-9A-Z]{3}$/.test(code ?? '');
}

const MASKED: readonly [RegExp, string][] = [
  [/\b[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}\b/g, '[token]'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 [token]'],
  [/:\/\/[^/\s:@]*:[^/\s@]*@/g, '://[password]@'],
  [/[^\s"'<>(),;:]+@[^\s"'<>(),;:]+\.[a-z]{2,}/gi, '[email]'],
  [/\b(?:\d[ -]?){13,19}\b/g, '[number]'],
  [/\b((?:client_)?secret|password|token)(["']?\s*[=:]\s*)\S+/gi, '$1$2[secret]'],
];

function mask(text: string): string {
  return MASKED.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text).slice(0, 1_000);
}

/** Control characters, line separators and direction overrides, which could forge lines or hide text on a terminal. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;

function clean(text: string): string {
  return text.replace(UNSAFE, ' ');
}
