/**
 * A real HTTP server in front of AWS that a test lets misbehave: it answers itself, never answers, or hands the call on and
 * may change what comes back.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  /** `PutEvents`, `ReceiveMessage`, … */
  readonly action: string;
  // The shape of the input depends on the action; the test knows it.
  readonly input: any;
}

export type Reply =
  | { readonly status: number; readonly body: unknown; readonly afterMs?: number; readonly headers?: Readonly<Record<string, string>> }
  /** This text, whatever it is. */
  | { readonly status: number; readonly text: string }
  /** The answer begins and does not end. */
  | 'stall'
  /** The connection stays open and nothing comes. */
  | 'hang'
  /** The connection is cut. */
  | 'cut'
  /** What stands behind answers; the test may change its answer. */
  | { readonly pass: true; readonly change?: (answer: any) => unknown };

export type Judge = (call: Call, headers: IncomingHttpHeaders) => Reply;

export interface Front {
  readonly url: string;
  /** Every call that came, in order. */
  readonly calls: Call[];
  /** Calls being answered now, and the most there were at once. */
  readonly underWay: { now: number; most: number };
  reply: Judge;
  close(): Promise<void>;
}

/** Starts the front; `behind` is the URL of what `pass` hands calls on to. */
export async function startFront(reply: Judge, behind?: string): Promise<Front> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const call = { action: String(request.headers['x-amz-target']).split('.')[1] ?? '', input: JSON.parse(body) as unknown };
    front.calls.push(call);
    const decided = front.reply(call, request.headers);
    if (decided === 'hang') return;
    if (decided === 'cut') {
      request.socket.destroy();
      return;
    }
    if (decided === 'stall') {
      response.writeHead(200, { 'content-length': 1_000 }).write('{"Mess');
      return;
    }
    front.underWay.now += 1;
    front.underWay.most = Math.max(front.underWay.most, front.underWay.now);
    const { status, text, headers = {} } = 'pass' in decided ? await pass(request, response, body, decided.change) : await own(decided);
    front.underWay.now -= 1;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(text);
  }

  async function pass(request: IncomingMessage, response: ServerResponse, body: string, change: (answer: any) => unknown = (same) => same): Promise<{ status: number; text: string; headers?: Readonly<Record<string, string>> }> {
    const headers = { 'content-type': String(request.headers['content-type']), 'x-amz-target': String(request.headers['x-amz-target']), authorization: String(request.headers.authorization) };
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    const behindIt = await fetch(behind ?? '', { method: 'POST', body, headers, signal: hungUp.signal });
    const text = await behindIt.text();
    return { status: behindIt.status, text: text === '' ? text : JSON.stringify(change(JSON.parse(text))) };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: [], underWay: { now: 0, most: 0 }, reply,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return front;
}

async function own(reply: Extract<Reply, { status: number }>): Promise<{ status: number; text: string; headers?: Readonly<Record<string, string>> }> {
  if ('text' in reply) return reply;
  const { status, body, afterMs = 0, headers = {} } = reply;
  if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
  return { status, text: JSON.stringify(body), headers };
}
