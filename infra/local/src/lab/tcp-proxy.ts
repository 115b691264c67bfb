// A TCP proxy on loopback that hands on bytes as they come, and on wish late, not at all, or cut off. It knows no protocol: what a
// client sends in one piece is taken for a request. Order is kept, and a side that does not read is waited for.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** How it hands on. */
export type ProxyMode = {
  /** How late each piece from the client is handed on. */
  readonly latencyMs: number;
  /** Cuts all that is open, and takes nothing. */
  readonly isDown: boolean;
  /** What becomes of the next piece from a client. */
  readonly next: () => PieceFate;
};
/** `answer-lost`: handed on, and the connection is cut when the answer begins. */
export type PieceFate = 'works' | 'cut' | 'answer-lost';

export const UNDISTURBED: ProxyMode = { latencyMs: 0, isDown: false, next: () => 'works' };

export type TcpProxy = {
  readonly port: number;
  set(mode: ProxyMode): void;
  close(): Promise<void>;
};

/** Listens on 127.0.0.1:`port` (0 takes a free one) and hands on to 127.0.0.1:`targetPort`. */
export async function startTcpProxy(port: number, targetPort: number): Promise<TcpProxy> {
  let mode = UNDISTURBED;
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    if (mode.isDown) return void client.resetAndDestroy();
    join(client, targetPort, () => mode, open);
  });
  await listen(server, port);
  const cutAll = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
      if (mode.isDown) cutAll();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Joins both sides until one of them has gone. */
function join(client: Socket, targetPort: number, mode: () => ProxyMode, open: Set<Socket>): void {
  const behind = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const cut = (): void => {
    client.resetAndDestroy();
    behind.destroy();
  };
  let losesAnswer = false;
  for (const socket of [client, behind]) {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', cut);
  }
  handOn(client, behind, (hand) => {
    const { latencyMs, next } = mode();
    const fate = next();
    if (fate === 'cut') return cut();
    if (fate === 'answer-lost') losesAnswer = true;
    hand(latencyMs);
  });
  handOn(behind, client, (hand) => (losesAnswer ? cut() : hand(0)));
  client.once('close', () => behind.destroySoon());
  behind.once('close', () => client.destroySoon());
}

/** Hands each piece, and then the end, to `to` when its time has come; reads no further while one waits. */
function handOn(from: Socket, to: Socket, judge: (hand: (latencyMs: number) => void) => void): void {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const write = (bytes: Buffer): void => {
    timer = undefined;
    if (to.destroyed) return;
    const takesMore = to.write(bytes);
    if (hasEnded) to.end();
    else if (takesMore) from.resume();
    else {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  from.on('data', (bytes: Buffer) => judge((latencyMs) => {
    if (latencyMs === 0) return write(bytes);
    from.pause();
    timer = setTimeout(write, latencyMs, bytes);
  }));
  // A socket tells its end also while it is paused.
  from.once('end', () => {
    hasEnded = true;
    if (timer === undefined) to.end();
  });
  from.once('close', () => clearTimeout(timer));
}
