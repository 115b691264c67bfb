/** For tests of the tool: a server that is issuer and service in one and answers as it is told, and the tool run against it. */
import { afterAll, beforeEach } from '@jest/globals';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';
import type { Surroundings } from './run.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: any;
}

export type React = (seen: Seen, response: ServerResponse) => void;

export interface TestServer {
  readonly url: string;
  /** Calls of the service, in order; not those of the issuer. */
  readonly seen: Seen[];
  /** How often the issuer was asked for a token. */
  tokens: number;
  /** How the service answers. */
  react: React;
  /** What a token says of itself; no JWT when left out. */
  claims?: object | undefined;
  /** How the issuer calls itself; as it is asked when left out. */
  issuer?: string | undefined;
  close(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.url === '/.well-known/openid-configuration') return json(response, 200, { issuer: it.issuer ?? it.url, token_endpoint: `${it.url}/token` });
    if (request.url === '/token') {
      it.tokens += 1;
      return token(request, text, response, it.claims);
    }
    const call = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: text === '' ? undefined : JSON.parse(text) };
    seen.push(call);
    it.react(call, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const it: TestServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, tokens: 0, react: (_, response) => json(response, 404, {}),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return it;
}

/** The secret that the issuer accepts. */
export const SECRET = 'the-secret-of-the-operator';

function token({ headers }: IncomingMessage, form: string, response: ServerResponse, claims: object | undefined): void {
  const [, secret] = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString().split(':');
  if (secret !== SECRET) return json(response, 401, { error: 'invalid_client', error_description: 'wrong secret' });
  json(response, 200, { access_token: claims === undefined ? `token for ${new URLSearchParams(form).get('resource')}` : `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.e30` });
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export interface World {
  /** Issuer and both services; forgets before each test what it has seen. */
  readonly server: TestServer;
  readonly folder: string;
  /** Runs the command with these arguments, on this stack. */
  readonly cli: (...argv: string[]) => Promise<Ran>;
}

/** For all tests of a file: a server, and a folder with a stack file that names it. Ends with them. */
export async function worldFor(...command: string[]): Promise<World> {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
  const stack = join(folder, 'stack.json');
  writeFileSync(stack, JSON.stringify({ of: server.url, cc: server.url, issuer: server.url, clients: { operator: { secret: SECRET } } }));
  beforeEach(() => void (server.seen.length = 0));
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return { server, folder, cli: (...argv) => ran([...command, ...argv, '--stack', stack]) };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const NOW_MS = Date.parse('2030-01-01T00:00:00Z');

/** Runs the tool. `stdin` is what `-` reads; `signal` is the operator's Ctrl-C; `onOut` hears each piece of what it prints. */
export async function ran(
  argv: readonly string[],
  { env = {}, stdin = '', signal = new AbortController().signal, onOut = () => undefined, ...more }: { env?: Record<string, string>; stdin?: string; signal?: AbortSignal; onOut?: (text: string) => void } & Pick<Partial<Surroundings>, 'terminal' | 'timeZone' | 'runProgram'> = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await run(argv, {
    env,
    out: (text) => {
      out += text;
      onOut(text);
    },
    err: (text) => void (err += text),
    readFile: async (path) => (path === '-' ? stdin : readFileSync(path, 'utf8')),
    nowMs: () => NOW_MS,
    // What is waited for in these tests is there at the next look.
    sleep: async () => undefined,
    timeZone: 'UTC',
    signal,
    ...more,
  });
  return { code, out, err };
}
