/**
 * The sockets to one origin, and HTTP/1.1 over them: one request at a time on each, its answer read as it comes.
 *
 * Promise: an exchange ends once, by `onEnd` or `onError`. A connection is used again only when its answer has ended where its head said it would,
 * and nothing came behind it. Refuses, and closes the connection: an answer that is no HTTP, one whose length is ambiguous, and one whose head or
 * framing is longer than 16 KiB. Nothing is expanded, followed or tried again.
 */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { Body } from './answer-body.ts';
import { headOf, isHttp } from './answer-head.ts';

/** What comes of an answer, in this order. */
export interface Answering {
  /** The final status, and Retry-After as it came. */
  onHead(status: number, retryAfter: string | undefined): void;
  onData(bytes: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** Gives the exchange up: its socket is closed, and `answering` hears nothing more. Without effect once it has ended. */
export type GiveUp = () => void;

/** What the other side has done wrong. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
  readonly code: 'closed' | 'no_http' | 'too_long';
  constructor(code: ConnectionFault['code']) {
    super(code);
    this.code = code;
  }
}

export interface ConnectionsOptions {
  readonly connect: buildConnector.connector;
  /** https://host:port */
  readonly origin: string;
  /** At most so many; further requests wait. */
  readonly most: number;
  /** One that is not used for so long is closed; sooner where the server says so. */
  readonly idleMs: number;
  readonly monotonicMs: () => number;
}

interface Exchange {
  readonly bytes: Buffer;
  readonly answering: Answering;
  connection: Connection | undefined;
  isGivenUp: boolean;
}

const HEAD_END = '\r\n\r\n';
const MOST_HEAD = 16_384;

export class Connections {
  readonly #o: ConnectionsOptions;
  readonly #target: buildConnector.Options;
  readonly #all = new Set<Connection>();
  /** The one that was used last stands last, and is used first. */
  readonly #idle: Connection[] = [];
  readonly #queue: Exchange[] = [];
  #opening = 0;
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#o = options;
    const { protocol, hostname, port, host } = new URL(options.origin);
    this.#target = { protocol, hostname, host, port } as buildConnector.Options;
  }

  /** `bytes`: the whole request, head and body. */
  send(bytes: Buffer, answering: Answering): GiveUp {
    const exchange: Exchange = { bytes, answering, connection: undefined, isGivenUp: false };
    const free = this.#free();
    if (free !== undefined) free.begin(exchange);
    else {
      this.#queue.push(exchange);
      this.#open();
    }
    return () => {
      exchange.isGivenUp = true;
      if (exchange.connection?.serves(exchange) === true) exchange.connection.close();
    };
  }

  /** Those that were not used for too long. */
  closeIdle(): void {
    const now = this.#o.monotonicMs();
    for (const connection of this.#idle.filter(({ usableUntilMs }) => usableUntilMs <= now)) connection.close();
  }

  close(): void {
    this.#isClosed = true;
    for (const { isGivenUp, answering } of this.#queue.splice(0)) if (!isGivenUp) answering.onError(new ConnectionFault('closed'));
    for (const connection of this.#all) connection.fail(new ConnectionFault('closed'));
  }

  #free(): Connection | undefined {
    const now = this.#o.monotonicMs();
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.usableUntilMs > now) return found;
      found.close();
    }
    return undefined;
  }

  #open(): void {
    if (this.#isClosed || this.#opening >= this.#queue.length || this.#all.size + this.#opening >= this.#o.most) return;
    this.#opening += 1;
    this.#o.connect(this.#target, (...[error, socket]) => {
      this.#opening -= 1;
      if (error !== null) {
        this.#next()?.answering.onError(error);
        return this.#open();
      }
      if (this.#isClosed) return void socket.destroy();
      const connection = new Connection(socket, this.#o.monotonicMs, this.#o.idleMs, (one, isKept) => this.#over(one, isKept));
      this.#all.add(connection);
      this.#over(connection, true);
    });
  }

  #next(): Exchange | undefined {
    let next = this.#queue.shift();
    while (next?.isGivenUp === true) next = this.#queue.shift();
    return next;
  }

  #over(connection: Connection, isKept: boolean): void {
    if (isKept) {
      const next = this.#next();
      if (next === undefined) this.#idle.push(connection);
      else connection.begin(next);
      return;
    }
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#open();
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #monotonicMs: () => number;
  readonly #idleMs: number;
  readonly #over: (connection: Connection, isKept: boolean) => void;
  #exchange: Exchange | undefined;
  /** What came of a head that is not whole. */
  #head: Buffer | undefined;
  #body: Body | undefined;
  /** For how long the connection may be used after this answer; 0 when it may not. */
  #keptMs = 0;
  #isClosed = false;
  usableUntilMs: number;

  constructor(socket: Socket, monotonicMs: () => number, idleMs: number, over: (connection: Connection, isKept: boolean) => void) {
    this.#socket = socket;
    this.#monotonicMs = monotonicMs;
    this.#idleMs = idleMs;
    this.#over = over;
    this.usableUntilMs = monotonicMs() + idleMs;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('end', () => (this.#body?.endsWithConnection === true ? this.#end(false) : this.fail(new ConnectionFault('closed'))));
    socket.on('close', () => this.fail(new ConnectionFault('closed')));
  }

  serves(exchange: Exchange): boolean {
    return this.#exchange === exchange;
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    this.#socket.write(exchange.bytes);
  }

  close(): void {
    this.#exchange = undefined;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#over(this, false);
  }

  fail(error: Error): void {
    const exchange = this.#exchange;
    this.close();
    exchange?.answering.onError(error);
  }

  #take(chunk: Buffer): void {
    // Nobody has asked for it.
    if (this.#exchange === undefined) return this.close();
    let rest: Buffer | undefined = chunk;
    while (this.#body === undefined && rest !== undefined) rest = this.#takeHead(rest);
    const [exchange, body] = [this.#exchange as Exchange | undefined, this.#body as Body | undefined];
    if (rest === undefined || exchange === undefined || body === undefined) return;
    const state = body.take(rest, exchange.answering);
    // It was given up by what it has heard.
    if (this.#exchange !== exchange || state === 'more') return;
    if (state === 'wrong') this.fail(new ConnectionFault('no_http'));
    else if (state === 'long') this.fail(new ConnectionFault('too_long'));
    else this.#end(state === 'end');
  }

  /** What comes behind the head; undefined while it is not whole, and when it was refused. */
  #takeHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (!isHttp(bytes)) return void this.fail(new ConnectionFault('no_http'));
    if ((end < 0 ? bytes.length : end) > MOST_HEAD) return void this.fail(new ConnectionFault('too_long'));
    this.#head = end < 0 ? bytes : undefined;
    if (end < 0) return undefined;
    const head = headOf(bytes.toString('latin1', 0, end), this.#idleMs);
    if (head === undefined) return void this.fail(new ConnectionFault('no_http'));
    const rest = bytes.subarray(end + HEAD_END.length);
    // An interim answer: the final one follows.
    if (head.status < 200) return rest.length === 0 ? undefined : rest;
    this.#keptMs = head.keptMs;
    this.#body = head.body;
    this.#exchange?.answering.onHead(head.status, head.retryAfter);
    return rest;
  }

  #end(isWhole: boolean): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#body = undefined;
    const isKept = isWhole && this.#keptMs > 0 && this.#socket.writableLength === 0;
    if (isKept) this.usableUntilMs = this.#monotonicMs() + this.#keptMs;
    else this.close();
    exchange?.answering.onEnd();
    if (isKept) this.#over(this, true);
  }
}
