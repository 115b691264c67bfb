/**
 * The sockets to one origin, and HTTP/1.1 over them: one request at a time on each, its answer read as it comes.
 *
 * Promise: an exchange ends once, by `onEnd` or `onError`, or not at all when it was given up. A connection is used again only when its answer has ended
 * where its head said it would, and nothing came behind it. Refuses, and closes the connection: an answer that is no HTTP, one whose length is ambiguous,
 * and one whose heads, interim ones with it, or framing are longer than 16 KiB. Nothing is expanded, followed or tried again.
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

/** What the other side has done wrong; `stopped`: we ended it ourselves. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
  readonly code: 'closed' | 'no_http' | 'too_long' | 'stopped';
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
  bytes: Buffer;
  readonly answering: Answering;
  connection: Connection | undefined;
  /** Connections that are being opened for it. */
  opening: number;
  isGivenUp: boolean;
}

const NOTHING = Buffer.alloc(0);

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
  /** Of these, for exchanges that were given up: nobody counts on them. */
  #orphans = 0;
  #isClosed = false;
  #closing: NodeJS.Timeout | undefined;

  constructor(options: ConnectionsOptions) {
    this.#o = options;
    const { protocol, hostname, port, host } = new URL(options.origin);
    // What is dialled is an address, without the brackets of a URL.
    this.#target = { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), host, port } as buildConnector.Options;
  }

  /** `bytes`: the whole request, head and body. */
  send(bytes: Buffer, answering: Answering): GiveUp {
    const exchange: Exchange = { bytes, answering, connection: undefined, opening: 0, isGivenUp: false };
    if (this.#isClosed) {
      answering.onError(new ConnectionFault('stopped'));
      return () => undefined;
    }
    const free = this.#free();
    if (free !== undefined) free.begin(exchange);
    else {
      this.#queue.push(exchange);
      this.#open();
    }
    return () => {
      if (exchange.isGivenUp) return;
      exchange.isGivenUp = true;
      exchange.bytes = NOTHING;
      this.#orphans += exchange.opening;
      const at = this.#queue.indexOf(exchange);
      if (at >= 0) this.#queue.splice(at, 1);
      if (exchange.connection?.serves(exchange) === true) exchange.connection.close();
    };
  }

  /** What is under way and what waits ends as `stopped`. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#closing);
    for (const { answering } of this.#queue.splice(0)) answering.onError(new ConnectionFault('stopped'));
    for (const connection of this.#all) connection.fail(new ConnectionFault('stopped'));
  }

  /** Closes those that were not used for too long, now and then while there are any. It keeps no process alive. */
  #closeLater(): void {
    this.#closing ??= setTimeout(() => {
      this.#closing = undefined;
      const now = this.#o.monotonicMs();
      for (const connection of this.#idle.filter(({ usableUntilMs }) => usableUntilMs <= now)) connection.close();
      if (this.#idle.length > 0) this.#closeLater();
    }, this.#o.idleMs).unref();
  }

  #free(): Connection | undefined {
    const now = this.#o.monotonicMs();
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.usableUntilMs > now) return found;
      found.close();
    }
    return undefined;
  }

  /** Opens a connection where more wait than are on their way. Whoever waits first gets it; it is told to whom it was opened for when nobody takes it. */
  #open(): void {
    if (this.#isClosed || this.#all.size + this.#opening >= this.#o.most || this.#opening - this.#orphans >= this.#queue.length) return;
    const exchange = this.#queue.find(({ opening }) => opening === 0) ?? (this.#queue[0] as Exchange);
    exchange.opening += 1;
    this.#opening += 1;
    let isCalled = false;
    const opened = (error: Error | null, socket: Socket | null): void => {
      if (isCalled) return;
      isCalled = true;
      this.#opening -= 1;
      exchange.opening -= 1;
      if (exchange.isGivenUp) this.#orphans -= 1;
      if (error !== null || socket === null) this.#unopened(exchange, error ?? new ConnectionFault('closed'));
      else if (this.#isClosed) socket.destroy();
      else {
        const connection = new Connection(socket, this.#o.monotonicMs, this.#o.idleMs, (one, isKept) => this.#over(one, isKept));
        this.#all.add(connection);
        this.#over(connection, true);
      }
    };
    try {
      this.#o.connect(this.#target, (...[error, socket]) => opened(error, socket));
    } catch (error) {
      opened(error as Error, null);
    }
  }

  #unopened(exchange: Exchange, error: Error): void {
    const at = this.#queue.indexOf(exchange);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      exchange.answering.onError(error);
    }
    this.#open();
  }

  #over(connection: Connection, isKept: boolean): void {
    if (isKept) {
      const next = this.#queue.shift();
      if (next !== undefined) return connection.begin(next);
      this.#idle.push(connection);
      return this.#closeLater();
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
  /** Bytes of the heads of this exchange, interim ones with it. */
  #heads = 0;
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
    this.#heads = 0;
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

  /** Of the body. */
  onData(bytes: Buffer): void {
    this.#exchange?.answering.onData(bytes);
  }

  #take(chunk: Buffer): void {
    // Nobody has asked for it.
    if (this.#exchange === undefined) return this.close();
    let rest: Buffer | undefined = chunk;
    while (this.#body === undefined && rest !== undefined) rest = this.#takeHead(rest);
    const [exchange, body] = [this.#exchange as Exchange | undefined, this.#body as Body | undefined];
    if (rest === undefined || exchange === undefined || body === undefined) return;
    const state = body.take(rest, this);
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
    if (this.#heads + (end < 0 ? bytes.length : end) > MOST_HEAD) return void this.fail(new ConnectionFault('too_long'));
    this.#head = end < 0 ? bytes : undefined;
    if (end < 0) return undefined;
    this.#heads += end + HEAD_END.length;
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
    if (isKept && !this.#isClosed) this.#over(this, true);
  }
}
