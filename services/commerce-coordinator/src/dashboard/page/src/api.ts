/**
 * The client of Commerce Coordinator's API. It carries the session's cookie, adds the token against forged requests to whatever changes
 * something, turns problems of RFC 9457 into `ApiProblem`, and remembers the calls of the view that is open.
 */
import createClient from 'openapi-fetch';
import createHooks from 'openapi-react-query';
import { callLog } from './call-log.ts';
import type { components, paths } from './openapi.ts';

export type Schemas = components['schemas'];

/** A problem that the API answered with, or that nothing was answered (`code` is then `unreachable`). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** The page about it. */
  readonly type: string | undefined;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(status: number, body: Partial<Schemas['Problem']>) {
    super(body.detail ?? body.title ?? `The answer was ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = body.code ?? 'unreachable';
    this.title = body.title ?? 'The service gave no answer';
    this.type = body.type;
    this.requestId = body.requestId;
    this.retryable = body.retryable ?? true;
    this.errors = body.errors ?? [];
  }
}

/** Set when the session is known. */
let csrfToken: string | undefined;
let onSignedOut: () => void = () => undefined;

export function useSessionFor(token: string | undefined, signedOut: () => void): void {
  csrfToken = token;
  onSignedOut = signedOut;
}

/** The same in all windows of a session; undefined without one. */
export function sessionKey(): string | undefined {
  return csrfToken;
}

const TIMEOUT_MS = 30_000;

/** As `fetch`, with what every call carries. Rejects with `ApiProblem`. For routes that are not in the contract, such as the development ones. */
export async function callApi(input: Request): Promise<Response> {
  const { method, url } = input;
  const headers = new Headers(input.headers);
  if (method !== 'GET' && csrfToken !== undefined) headers.set('x-csrf-token', csrfToken);
  const body = method === 'GET' || method === 'HEAD' ? undefined : await input.clone().text();
  const startedAtMs = performance.now();
  const answered = (status: number): void => callLog.add({ method, path: url.slice(location.origin.length), body: body === '' ? undefined : body, status, ms: performance.now() - startedAtMs });
  let response: Response;
  try {
    response = await fetch(new Request(input, { headers, credentials: 'same-origin', signal: AbortSignal.any([input.signal, AbortSignal.timeout(TIMEOUT_MS)]) }));
  } catch (error) {
    if (input.signal.aborted) throw error;
    answered(0);
    throw new ApiProblem(0, { title: 'The service gave no answer', detail: 'Commerce Coordinator cannot be reached from this browser. What is shown may be old; it is tried again by itself.' });
  }
  answered(response.status);
  if (response.ok) return response;
  if (response.status === 401) onSignedOut();
  const problem = response.headers.get('content-type')?.includes('json') === true ? ((await response.json()) as Partial<Schemas['Problem']>) : {};
  throw new ApiProblem(response.status, problem);
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: callApi });
/** `useQuery`, `useInfiniteQuery` and `useMutation` over the paths of the contract. */
export const $api = createHooks(api);

/** JSON of a route that is not in the contract. */
export async function callJson<Answer>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const response = await callApi(new Request(new URL(path, location.origin), {
    method, ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }), ...(signal !== undefined && { signal }),
  }));
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}
