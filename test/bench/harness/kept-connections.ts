/**
 * The lean way to put load on an HTTP server from Node: connections that are kept, one request at a time on each, requests as texts that
 * were made beforehand. A client library takes as much of the machine as a service, and would be measured with it; this takes two system
 * calls a request.
 *
 * Promise: what asks while all connections are busy waits its turn. Refuses: an answer that is neither of a told length nor in chunks.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  /** As it came, with its chunks. */
  readonly body: string;
}

const TIMEOUT_MS = 10_000;
const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/** The head of a POST, up to where further headers and `bodyPart` follow. */
export function postHead(url: string, path: string, headers: Readonly<Record<string, string>>): string {
  return `POST ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
}

/** The rest of a request: the length of the body, and the body. */
export function bodyPart(body: string): string {
  return `content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`;
}

export class KeptConnections {
  readonly #url: string;
  readonly #count: number;
  readonly #free: Connection[];
  readonly #waiting: ((connection: Connection) => void)[] = [];

  private constructor(url: string, free: Connection[]) {
    this.#url = url;
    this.#count = free.length;
    this.#free = free;
  }

  /** Connects all of them. `url`: of the server; plain HTTP only. */
  static async open(url: string, connections: number): Promise<KeptConnections> {
    return new KeptConnections(url, await Promise.all(Array.from({ length: connections }, () => Connection.open(url))));
  }

  /** Sends a whole request, made of `postHead` and `bodyPart`. Rejects when the connection breaks, or nothing comes for 10 s. */
  async ask(request: string): Promise<Reply> {
    let connection = this.#free.pop() ?? (await this.#next());
    try {
      // The server ends one that was idle for long.
      if (connection.isBroken) connection = await Connection.open(this.#url);
      return await connection.ask(request);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(connection);
      else next(connection);
    }
  }

  /** Waits for what was asked before. */
  async close(): Promise<void> {
    for (let closed = 0; closed < this.#count; closed += 1) (this.#free.pop() ?? (await this.#next())).close();
  }

  #next(): Promise<Connection> {
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}

class Connection {
  readonly #socket: Socket;
  #text = '';
  #asked: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('timeout', () => socket.destroy(new Error(`No answer within ${TIMEOUT_MS} ms.`)));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server has closed the connection.')));
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  get isBroken(): boolean {
    return this.#socket.destroyed;
  }

  ask(request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      this.#socket.setTimeout(TIMEOUT_MS);
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    const headEnd = this.#text.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#text.slice(0, headEnd);
    const body = this.#text.slice(headEnd + HEAD_END.length);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined && !CHUNKED.test(head)) this.#socket.destroy(new Error('The answer says neither its length nor that it comes in chunks.'));
    else if (length === undefined ? body.endsWith(LAST_CHUNK) : body.length >= Number(length)) this.#answered({ status: Number(head.slice(9, 12)), body });
  }

  #answered(reply: Reply): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#text = '';
    this.#socket.setTimeout(0);
    asked?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#asked?.reject(error);
    this.#asked = undefined;
  }
}
