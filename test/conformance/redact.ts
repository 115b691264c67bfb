/** Makes exchanges and events fit to be shown: no token, no signature, no secret that was given. Pure. */
import type { Evidence, Exchange } from './promise.ts';

const HIDDEN = '(hidden)';
const SECRET_HEADERS = new Set(['authorization', 'signature', 'cookie', 'set-cookie', 'proxy-authorization']);
const SECRET_MEMBERS = /("(?:access_token|refresh_token|client_secret|secret|password|privateKey)"\s*:\s*")(?:[^"\\]|\\.)*"/g;
const BEARER = /\bBearer [\w.~+/=-]+/g;
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const MAX_BODY_CHARS = 4_000;

export type Redact = (evidence: Evidence) => Evidence;

/** `secrets`: values that must not be seen wherever they stand; those of less than 8 characters are left alone. */
export function redactor(secrets: readonly string[]): { readonly text: (text: string) => string; readonly evidence: Redact } {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= 8).toSorted((a, b) => b.length - a.length);
  const text = (given: string): string =>
    known.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), given).replace(SECRET_MEMBERS, `$1${HIDDEN}"`).replace(BEARER, `Bearer ${HIDDEN}`).replace(JWT, HIDDEN);
  const headers = (given: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? HIDDEN : text(value)]));
  const exchange = (given: Exchange): Exchange => ({
    ...given, url: text(given.url), headers: headers(given.headers), body: cut(text(given.body)), answerHeaders: headers(given.answerHeaders), answerBody: cut(text(given.answerBody)),
  });
  return {
    text,
    evidence: ({ exchanges, events }) => ({ exchanges: exchanges.map(exchange), events: events.map((event) => JSON.parse(text(JSON.stringify(event))) as unknown) }),
  };
}

function cut(text: string): string {
  return text.length <= MAX_BODY_CHARS ? text : `${text.slice(0, MAX_BODY_CHARS)}… (${text.length} characters)`;
}
