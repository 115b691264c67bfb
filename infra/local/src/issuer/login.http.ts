// The login page over HTTP: shows the form of a sign-in that is under way, and judges what is typed. Passwords are compared in constant
// time; wrong ones are counted, and after too many of them nobody is let in for a while.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { LOGIN_CSS, LOGIN_CSS_PATH, loginPage, lostPage } from './login-page.ts';
import { loginLimit } from './login-limit.ts';

export type LoginOptions = {
  readonly users: Readonly<Record<string, { readonly password: string }>>;
  /** Where a sign-in may lead: origins of the redirect URIs. */
  readonly leadsTo: readonly string[];
  readonly nowMs: () => number;
};

export const LOGIN_PATH = '/sign-in/';
const MAX_BODY = 4_096;

/** Handles what lies below LOGIN_PATH. */
export function loginHandler(provider: Provider, { users, leadsTo, nowMs }: LoginOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const limit = loginLimit(new Set(Object.keys(users)), nowMs);
  const send = (response: ServerResponse, status: number, content: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, {
      'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      // A browser judges by it also where the answer to the form leads to.
      'content-security-policy': `default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self' ${leadsTo.join(' ')}; frame-ancestors 'none'`, ...headers,
    }).end(content);
  };

  return async (request, response) => {
    if (request.url === LOGIN_CSS_PATH) return send(response, 200, LOGIN_CSS, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' });
    let uid: string;
    try {
      ({ uid } = await provider.interactionDetails(request, response));
    } catch {
      return send(response, 400, lostPage('It took too long, or was begun in another browser. Go back to the dashboard and begin again.'));
    }
    const action = `${LOGIN_PATH}${uid}`;
    if (request.method === 'GET' || request.method === 'HEAD') return send(response, 200, loginPage({ action }));
    if (request.method !== 'POST') return send(response, 405, lostPage('This page takes the form that it shows.'), { allow: 'GET, POST' });
    const form = await readForm(request);
    if (form === undefined) return send(response, 413, loginPage({ action, wrong: 'This is too much for a user and a password.' }));
    const [user = '', password = ''] = [form.get('user')?.trim(), form.get('password')?.trim()];
    const waitMs = limit.waitMs(user);
    if (waitMs > 0) return send(response, 429, loginPage({ action, user, wrong: `Too many wrong tries. Try again in ${Math.ceil(waitMs / 60_000)} minutes.` }), { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
    const expected = Object.hasOwn(users, user) ? users[user]?.password : undefined;
    // Compared in any case, so that the time does not tell which users there are.
    if (!same(password, expected ?? '') || expected === undefined) {
      limit.countWrong(user);
      return send(response, 401, loginPage({ action, user, wrong: 'User or password is wrong. The passwords stand in stack.json of the data folder.' }));
    }
    await provider.interactionFinished(request, response, { login: { accountId: user } }, { mergeWithLastSubmission: false });
  };
}

function same(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

/** Undefined when it is too large. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) return undefined;
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString());
}
