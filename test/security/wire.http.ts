/** Requests with every byte of their head as the test wants it, and what each refusal has to look like. */
import { request } from 'node:http';
import { expect } from '@jest/globals';

export interface Sent {
  readonly method?: string;
  /** Path and query as they stand in the request line. */
  readonly path: string;
  /** Names and values in turn, so that a name may come twice. */
  readonly headers?: readonly string[];
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: any;
}

/** Sends one request over a connection of its own. */
export function send(baseUrl: string, { method = 'GET', path, headers = [], body }: Sent): Promise<Answer> {
  const { hostname, port, host } = new URL(baseUrl);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const length = bytes === undefined ? [] : ['content-length', String(bytes.length)];
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, agent: false, timeout: 30_000, headers: ['host', host, ...headers, ...length] }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: text.startsWith('{') ? JSON.parse(text) : undefined });
      });
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error('The service did not answer within 30 s.')));
    outgoing.end(bytes);
  });
}

const MEMBERS = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId', 'retryable', 'errors']);
const INSIDE = /\bat [\w.<>]+ \(|node_modules|\.ts:\d+|\b(?:SELECT|INSERT|UPDATE|DELETE)\b.*\b(?:FROM|INTO|SET)\b|ECONN|postgres/;

/** A problem of RFC 9457 that tells nothing of the inside, and repeats none of what was sent in confidence. */
export function expectProblem(answer: Answer, status: number, code: string, confidential: readonly string[] = []): void {
  expect({ status: answer.status, code: answer.body?.code }).toEqual({ status, code });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status, type: `/problems/${code}`, title: expect.any(String), instance: expect.any(String) });
  expect(Object.keys(answer.body).filter((name) => !MEMBERS.has(name))).toEqual([]);
  expect(answer.text).not.toMatch(INSIDE);
  for (const secret of confidential) expect(answer.text.includes(secret)).toBe(false);
  if (status === 401 && code !== 'callback_signature_invalid') expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  if (status === 429 || status === 503) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
}
