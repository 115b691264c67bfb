/**
 * Calls of a service as an OAuth client: a token of its issuer (client credentials, RFC 8707 `resource`), then JSON both ways.
 * Promise: every call ends within its time; a definite no is Refused with what the service advises, everything else NoAnswer.
 * A token that holds no more is asked for anew, and the call made once again: nothing was done by the first one.
 * Refuses: to repeat anything else by itself, to follow redirects, to send the token anywhere but to the service.
 */
import { z } from 'zod';
import { SERVICE_NAMES, START_COMMAND } from './connection.ts';
import type { Connection } from './connection.ts';
import { NoAnswer, Refused } from './failures.ts';
import { printable } from './text.ts';

export interface Api {
  /** The JSON of a 2xx answer, undefined when it has no body. `path` begins with a slash. Throws Refused or NoAnswer. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** The text of an answer that is no JSON. Throws Refused or NoAnswer. */
  text(path: string): Promise<string>;
  /** The text of an answer that goes on, as it comes, with a token of its own. With a body it is asked for by POST. Throws Refused, or NoAnswer when it is cut or silent for `idleMs`. */
  follow(path: string, headers: Readonly<Record<string, string>>, idleMs: number, body?: object): AsyncIterable<string>;
  /** What its token says of itself, unchecked; empty when it is no JWT. Throws Refused or NoAnswer. */
  claims(): Promise<Readonly<Record<string, unknown>>>;
  /** As which client it calls, and where. */
  readonly clientId: string;
  readonly url: string;
}

export interface Limits {
  /** For each call, of the issuer too. */
  readonly timeoutMs: number;
  /** Ends all calls. */
  readonly signal: AbortSignal;
}

const JSON_TYPES = 'application/json, application/problem+json';
/** The advice is an extra: it may not take long. */
const ADVICE_TIMEOUT_MS = 2_000;

const discoveryForm = z.looseObject({ token_endpoint: z.url() });
const tokenForm = z.looseObject({ access_token: z.string() });
const oauthErrorForm = z.looseObject({ error: z.string(), error_description: z.string().optional() });
const problemForm = z.looseObject({
  type: z.string(), status: z.int(), code: z.string(), title: z.string(), detail: z.string().optional(), requestId: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});
const adviceForm = z.looseObject({ help: z.string() });

export function createApi(connection: Connection, limits: Limits): Api {
  const { url } = connection;
  const service = { name: SERVICE_NAMES[connection.service], url, advice: adviceFor(connection, `See whether it runs: ${url}/health/ready.`) };
  let token: Promise<string> | undefined;
  const held = (): Promise<string> => (token ??= askForToken(connection, limits).catch(nothingDone));
  /** A 2xx answer. Throws Refused or NoAnswer. */
  const exchange = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answer> => {
    const ask = async (): Promise<Answer> => send(service, `${url}${path}`, { method, headers: { ...headers, authorization: `Bearer ${await held()}` }, ...(body !== undefined && { body }) }, limits);
    const kept = token;
    let answer = await ask();
    if (answer.status === 401 && kept !== undefined) {
      // Another call may have asked for a new one meanwhile.
      if (token === kept) token = undefined;
      answer = await ask();
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(service, method, answer, limits);
  };
  return {
    clientId: connection.clientId, url,
    async claims() {
      const [, payload = ''] = (await held()).split('.');
      return z.record(z.string(), z.unknown()).catch({}).parse(parsed(Buffer.from(payload, 'base64url').toString()));
    },
    async *follow(path, headers, idleMs, body) {
      const authorized = { ...headers, authorization: `Bearer ${await askForToken(connection, limits)}` };
      const request = body === undefined ? { method: 'GET', headers: authorized } : { method: 'POST', headers: { ...authorized, 'content-type': 'application/json' }, body: JSON.stringify(body) };
      yield* follow(service, `${url}${path}`, request, { ...limits, idleMs });
    },
    async call(method, path, body, more = {}) {
      const { text, json } = await exchange(method, path, { ...more, accept: JSON_TYPES, ...(body !== undefined && { 'content-type': 'application/json' }) }, body === undefined ? undefined : JSON.stringify(body));
      return text === '' ? undefined : json;
    },
    text: async (path) => (await exchange('GET', path, {})).text,
  };
}

/** A stack that was killed leaves its description behind. */
function adviceFor({ stackFile }: Pick<Connection, 'stackFile'>, otherwise: string): string {
  return stackFile === undefined ? otherwise : `The address comes from ${stackFile}. Is the stack running? ${START_COMMAND} starts it.`;
}

async function askForToken(connection: Connection, limits: Limits): Promise<string> {
  const { issuer, url, clientId, clientSecret } = connection;
  const named = { name: 'The issuer', url: issuer, advice: adviceFor(connection, 'Check its address (--issuer), and whether it runs.') };
  const about = await send(named, `${issuer}/.well-known/openid-configuration`, { method: 'GET', headers: { accept: JSON_TYPES } }, limits);
  const discovery = discoveryForm.safeParse(about.json);
  if (!discovery.success) throw new NoAnswer(`${issuer} does not describe itself as an OpenID issuer.`, 'Check --issuer: it is the address under which /.well-known/openid-configuration answers.');
  const credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
  const answer = await send(named, discovery.data.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}`, accept: JSON_TYPES },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: url }),
  }, limits);
  const token = tokenForm.safeParse(answer.json);
  if (answer.status === 200 && token.success) return token.data.access_token;
  const { data: error } = oauthErrorForm.safeParse(answer.json);
  const title = `The issuer gives the client ${clientId} no token for ${url}.`;
  const whatToDo = 'Check the client id and its secret, and that the issuer knows this service as an audience.';
  if (error === undefined || answer.status >= 500) throw new NoAnswer(printable(`${title} It answered ${answer.status}.`), whatToDo);
  throw new Refused({ status: answer.status, code: error.error, title, detail: error.error_description, whatToDo });
}

/** Without a token no change was asked for. */
function nothingDone(error: unknown): never {
  throw error instanceof NoAnswer ? new NoAnswer(error.message, error.whatToDo, { cause: error }) : error;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: unknown;
  readonly retryAfterSeconds: number | undefined;
}

interface Addressee {
  readonly name: string;
  readonly url: string;
  /** What to do when it does not answer. */
  readonly advice: string;
}

async function send({ name, url, advice }: Addressee, target: string, request: RequestInit & { readonly method: string }, { timeoutMs, signal }: Limits): Promise<Answer> {
  const end = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(target, { ...request, redirect: 'error', signal: AbortSignal.any([signal, end]) });
    const text = await answer.text();
    return { status: answer.status, text, json: parsed(text), retryAfterSeconds: secondsOf(answer) };
  } catch (error) {
    signal.throwIfAborted();
    const how = end.aborted ? `did not answer within ${timeoutMs / 1_000} s` : `cannot be reached (${causeOf(error)})`;
    const inDoubt = request.method !== 'GET' && causeOf(error) !== 'ECONNREFUSED';
    throw new NoAnswer(`${name} at ${url} ${how}.`, advice, { cause: error, inDoubt });
  }
}

async function* follow(service: Addressee, target: string, request: RequestInit & { readonly method: string }, { timeoutMs, idleMs, signal }: Limits & { readonly idleMs: number }): AsyncGenerator<string> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), timeoutMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), idleMs);
  };
  try {
    const answer = await fetch(target, { ...request, redirect: 'error', signal: AbortSignal.any([signal, silent.signal]) });
    if (!answer.ok) {
      const text = await answer.text();
      throw await refusal(service, request.method, { status: answer.status, text, json: parsed(text), retryAfterSeconds: secondsOf(answer) }, { timeoutMs, signal });
    }
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      heard();
      yield decoder.decode(chunk, { stream: true });
      // Whoever takes the text may need longer than the service may be silent.
      heard();
    }
  } catch (error) {
    if (error instanceof Refused || error instanceof NoAnswer) throw error;
    signal.throwIfAborted();
    throw new NoAnswer(`${service.name} at ${service.url} ${silent.signal.aborted ? 'is silent' : `cannot be followed (${causeOf(error)})`}.`, service.advice, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function secondsOf(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

async function refusal(service: Addressee, method: string, answer: Answer, limits: Limits): Promise<Error> {
  const problem = problemForm.safeParse(answer.json);
  if (!problem.success) return new NoAnswer(`${service.name} at ${service.url} answered ${answer.status}, and not in the form of a problem.`, 'Something else may stand at this address or in front of it. Check the address.', { inDoubt: method !== 'GET' });
  const { type, status, code, title, detail, errors, requestId } = problem.data;
  const page = URL.parse(type, service.url);
  const isItsOwn = page !== null && page.origin === new URL(service.url).origin;
  const whatToDo = isItsOwn ? await adviceOn(page, limits) : undefined;
  return new Refused({ status, code, title, detail, errors, requestId, retryAfterSeconds: answer.retryAfterSeconds, whatToDo, page: isItsOwn ? page.href : undefined });
}

/** What the service's own page says about the problem; undefined when there is none. */
async function adviceOn(page: URL, { signal }: Limits): Promise<string | undefined> {
  try {
    const answer = await fetch(page, { headers: { accept: 'application/json' }, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(ADVICE_TIMEOUT_MS)]) });
    return adviceForm.parse(await answer.json()).help;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? 'no reason is known';
}
