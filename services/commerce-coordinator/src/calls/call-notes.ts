/**
 * Calls to other services as the effects of extensions make them, kept for whoever asks later what was asked and answered.
 *
 * Promise: nothing waits for it. Of the calls that went well so many a second are kept, of those that failed as many more, and what is
 * not kept costs nothing; what is kept is written some at a time, soon after. A process that is killed may take the last second with it.
 * A call belongs to the run whose signal it carries; one without a run, such as a comparison, is not kept.
 */
import type { EffectJob } from '@commerce/event-log/extension';
import { allowedBody, allowedOf } from './allowed.ts';

/** A call that has ended. Bodies and headers as they were; what is kept of them is decided here. */
export interface EndedCall {
  /** Who was called: `order-fulfillment`. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
  /** Of these only the ones that hold no secret are kept. */
  readonly requestHeaders: Readonly<Record<string, string | undefined>>;
  readonly request: Body | undefined;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly answerHeaders?: Readonly<Record<string, string | undefined>>;
  readonly answer: Body | undefined;
  /** Why there was no answer, or none that could be used. */
  readonly error?: string | undefined;
  readonly tookMs: number;
}

/** As text with its type, or as what it was parsed to. */
export type Body = { readonly text: string; readonly contentType: string } | { readonly value: unknown };

/** As it is stored. */
export interface KeptCall {
  readonly subject: string;
  readonly eventId: string;
  readonly handler: string;
  readonly attempt: number;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number;
  readonly calledAtMs: number;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string | null;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answerBody: string | null;
}

type Job = Pick<EffectJob, 'attempt' | 'signal'> & { readonly event: Pick<EffectJob['event'], 'eventId' | 'subject'> };
type Run = Pick<KeptCall, 'subject' | 'eventId' | 'handler' | 'attempt'>;

const HEADERS: ReadonlySet<string> = new Set(['content-type', 'idempotency-key', 'x-correlation-id', 'x-causation-id', 'traceparent', 'x-session-id', 'retry-after', 'idempotency-replayed', 'idempotent-replayed']);
const A_SECOND = 25;
/** While the database does not take them, the newest are kept. */
const MOST_WAITING = 500;
const MOST_TEXT = 500;

export class CallNotes {
  readonly #nowMs: () => number;
  readonly #runs = new WeakMap<AbortSignal, Run>();
  #waiting: KeptCall[] = [];
  #second = 0;
  #kept = { well: 0, failed: 0 };

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A run begins: the calls that carry its signal are its own. */
  begin(handler: string, { event, attempt, signal }: Job): void {
    this.#runs.set(signal, { subject: event.subject, eventId: event.eventId, handler, attempt });
  }

  /** `call` makes what is kept, if it is. `isWell`: it was answered as it should be. */
  ended(signal: AbortSignal | undefined, isWell: boolean, call: () => EndedCall): void {
    const run = signal === undefined ? undefined : this.#runs.get(signal);
    if (run === undefined || !this.#admits(isWell)) return;
    try {
      const { service, method, path, requestHeaders, request, status, answerHeaders = {}, answer, error, tookMs } = call();
      this.#waiting.push({
        ...run, service, method, path: path.slice(0, MOST_TEXT), status: status ?? null, error: error?.slice(0, MOST_TEXT).toWellFormed().replaceAll('\0', '') ?? null, tookMs, calledAtMs: this.#nowMs() - tookMs,
        requestHeaders: shown(requestHeaders), requestBody: kept(request), answerHeaders: shown(answerHeaders), answerBody: kept(answer),
      });
    } catch {
      // What cannot be shown is not kept: the call itself went as it went.
    }
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** What waits to be written; it waits no more. */
  take(): KeptCall[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** It could not be written. */
  putBack(calls: readonly KeptCall[]): void {
    this.#waiting = [...calls, ...this.#waiting].slice(-MOST_WAITING);
  }

  #admits(isWell: boolean): boolean {
    const second = Math.floor(this.#nowMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#kept = { well: 0, failed: 0 };
    }
    const kind = isWell ? 'well' : 'failed';
    this.#kept[kind] += 1;
    return this.#kept[kind] <= A_SECOND;
  }
}

/** The run of an effect whose calls are noted where there is somewhere to note them. */
export function noting<Run extends (job: never, own: never) => Promise<unknown>>(handler: string, run: Run): Run {
  const noted = (job: Job, own: { readonly calls?: CallNotes | undefined }): Promise<unknown> => {
    own.calls?.begin(handler, job);
    return run(job as never, own as never);
  };
  return noted as unknown as Run;
}

function kept(body: Body | undefined): string | null {
  if (body === undefined) return null;
  return 'text' in body ? allowedBody(body.text, body.contentType) : allowedOf(body.value);
}

function shown(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value !== undefined && HEADERS.has(name) ? [[name, value.slice(0, MOST_TEXT).toWellFormed().replaceAll('\0', '')] as const] : [])));
}
