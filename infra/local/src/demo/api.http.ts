// The demo as a client of the services: a token per service, and calls that are repeated while a service is away or busy.
// A definite refusal is not repeated; it comes back as what it is.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

const CALL_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
/** A token is renewed when this share of its life is over. */
const RENEW_AT = 0.8;

/** What `fetch` calls a connection that was refused or broke off, and a time that was up. */
const NO_ANSWER: ReadonlySet<string> = new Set(['TypeError', 'TimeoutError']);

const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });
const problemSchema = z.object({ title: z.string(), detail: z.string().optional() });

/** Nobody answers, or is too busy, for as long as was to be waited. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** A definite no. The message is the status and the problem's title and detail. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export type ClientOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
  /** The service's base address, which is the audience of its tokens. */
  readonly service: string;
  /** Aborted when nobody waits for answers any more. */
  readonly signal: AbortSignal;
  /** How long a call is tried again that is not answered; for ever when left out. */
  readonly giveUpAfterMs?: number;
};

export type Api = {
  /** The JSON of a 2xx answer, checked. Throws Refused for any other 4xx than 401, 408 and 429; everything else is tried again, until NoAnswer where there is a limit. */
  call<T>(schema: z.ZodType<T>, method: 'GET' | 'POST' | 'PATCH', path: string, more?: { readonly body?: unknown; readonly idempotencyKey?: string }): Promise<T>;
  /** What the last call met that had to be tried again; undefined when none had to. */
  lastTrouble(): string | undefined;
};

export function createApi(options: ClientOptions): Api {
  const token = tokenSource(options);
  let trouble: string | undefined;
  return {
    lastTrouble: () => trouble,
    async call(schema, method, path, { body, idempotencyKey } = {}) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const endMs = performance.now() + (options.giveUpAfterMs ?? Number.POSITIVE_INFINITY);
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        options.signal.throwIfAborted();
        const answer = await attempt(options, await token.get(), method, path, text, idempotencyKey);
        if (answer !== undefined && answer.status < 300) return schema.parse(JSON.parse(answer.text));
        if (answer?.status === 401) token.drop();
        else if (answer !== undefined && isRefusal(answer.status)) throw new Refused(`${answer.status} ${reasonOf(answer)}`);
        trouble = `${method} ${options.service}${path}: ${answer === undefined ? 'no answer' : `${answer.status} ${reasonOf(answer)}`}`;
        if (performance.now() > endMs) throw new NoAnswer(trouble);
        await wait(answer?.retryAfterMs ?? pauseMs, undefined, { signal: options.signal });
      }
    },
  };
}

type Answer = { readonly status: number; readonly text: string; readonly retryAfterMs: number | undefined };

/** Undefined when there was no answer. */
async function attempt({ service, signal, giveUpAfterMs: limitMs = CALL_TIMEOUT_MS }: ClientOptions, token: string, method: string, path: string, body: string | undefined, idempotencyKey: string | undefined): Promise<Answer | undefined> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  try {
    const answer = await fetch(`${service}${path}`, { method, headers, ...(body === undefined ? {} : { body }), signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]) });
    const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
    return { status: answer.status, text: await answer.text(), retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1_000 : undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (NO_ANSWER.has((error as Error).name)) return undefined;
    throw error;
  }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function reasonOf({ text }: Answer): string {
  try {
    const { title, detail } = problemSchema.parse(JSON.parse(text));
    return detail === undefined ? title : `${title}: ${detail}`;
  } catch {
    return 'without a reason';
  }
}

/** One token at a time, asked for by whoever needs it first. */
function tokenSource({ issuer, clientId, secret, service, signal, giveUpAfterMs: limitMs = CALL_TIMEOUT_MS }: ClientOptions): { get(): Promise<string>; drop(): void } {
  let current: { readonly token: Promise<string>; renewAtMs: number } | undefined;
  const ask = async (mine: { renewAtMs: number }): Promise<string> => {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: service }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    });
    if (!answer.ok) throw new Error(`the issuer gives ${clientId} no token: ${await answer.text()}`);
    const { access_token: token, expires_in: lifetimeSeconds } = tokenSchema.parse(await answer.json());
    mine.renewAtMs = performance.now() + lifetimeSeconds * 1_000 * RENEW_AT;
    return token;
  };
  return {
    get() {
      if (current === undefined || performance.now() > current.renewAtMs) {
        const mine = { renewAtMs: Number.POSITIVE_INFINITY };
        const token = ask(mine);
        current = Object.assign(mine, { token });
        // A token that could not be had is asked for anew by whoever comes next.
        token.catch(() => (current?.token === token ? (current = undefined) : undefined));
      }
      return current.token;
    },
    drop() {
      current = undefined;
    },
  };
}
