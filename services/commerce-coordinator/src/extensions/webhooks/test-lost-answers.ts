/** A way to a database on which the answer to a COMMIT can be lost: the server has done it, and the client learns nothing of it. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface LosingAnswers {
  /** Of the database, over this way. */
  readonly url: string;
  /** From now on. */
  lose(): void;
  close(): Promise<void>;
}

export async function losingAnswers(databaseUrl: string): Promise<LosingAnswers> {
  const url = new URL(databaseUrl);
  const [host, port] = [url.hostname, Number(url.port)];
  const sockets = new Set<Socket>();
  let isLosing = false;
  const server = createServer((near) => {
    const far = connect(port, host);
    let isCommitting = false;
    for (const [one, other] of [[near, far], [far, near]] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      isCommitting = isLosing && chunk.includes('COMMIT\0');
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => void (isCommitting ? near.destroy() : near.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    lose: () => void (isLosing = true),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
