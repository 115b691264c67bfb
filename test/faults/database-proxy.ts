/**
 * A TCP proxy in front of PostgreSQL that knows where a transaction is committed. It hands on what comes, late or not at all, and on wish
 * cuts a connection when its COMMIT has gone through and the answer has not: the client cannot know what became of it.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface DatabaseProxy {
  readonly port: number;
  /** How late each piece from a client is handed on; 0 for at once. */
  latencyMs: number;
  /** Cuts what is open, and takes nothing. */
  setDown(isDown: boolean): void;
  /** So many commits are cut: the server has them, the client gets no answer. */
  cutCommits(count: number): void;
  /** How many have been cut. */
  readonly cut: number;
  /** Connections that were refused while it was down, and pieces that were handed on late. */
  readonly refused: number;
  readonly late: number;
  close(): Promise<void>;
}

/** A simple query: its kind, its length, and the text. */
const COMMIT = /Q[\s\S]{4}COMMIT\0/i;

export async function startDatabaseProxy(targetPort: () => number): Promise<DatabaseProxy> {
  const open = new Set<Socket>();
  const state = { latencyMs: 0, isDown: false, toCut: 0, cut: 0, refused: 0, late: 0 };
  const server = createServer({ noDelay: true }, (client) => {
    if (state.isDown) {
      state.refused += 1;
      client.resetAndDestroy();
      return;
    }
    join(client, connect({ port: targetPort(), host: '127.0.0.1', noDelay: true }));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

  function join(client: Socket, behind: Socket): void {
    let losesAnswer = false;
    let last = Promise.resolve();
    const end = (): void => {
      client.destroy();
      behind.destroy();
    };
    for (const socket of [client, behind]) {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        end();
      }).on('error', end);
    }
    client.on('data', (bytes: Buffer) => {
      if (state.toCut > 0 && COMMIT.test(bytes.toString('latin1'))) {
        state.toCut -= 1;
        losesAnswer = true;
      }
      if (state.latencyMs === 0) return void behind.write(bytes);
      state.late += 1;
      client.pause();
      last = last.then(() => new Promise((done) => setTimeout(() => {
        behind.write(bytes);
        client.resume();
        done();
      }, state.latencyMs)));
    });
    behind.on('data', (bytes: Buffer) => {
      if (!losesAnswer) return void client.write(bytes);
      state.cut += 1;
      client.resetAndDestroy();
      behind.destroy();
    });
  }

  return {
    port: (server.address() as AddressInfo).port,
    get latencyMs() {
      return state.latencyMs;
    },
    set latencyMs(ms) {
      state.latencyMs = ms;
    },
    get cut() {
      return state.cut;
    },
    get refused() {
      return state.refused;
    },
    get late() {
      return state.late;
    },
    setDown(isDown) {
      state.isDown = isDown;
      if (isDown) for (const socket of open) socket.resetAndDestroy();
    },
    cutCommits(count) {
      state.toCut = count;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
