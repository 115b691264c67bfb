/** A pool that dies as its process does: nothing of it reaches the database any more, and what it had begun there is rolled back. */
import pg from 'pg';

/** `kill` breaks every connection at once; whoever asks afterwards is refused. */
export function mortalPool(config: pg.PoolConfig): { readonly pool: pg.Pool; readonly kill: () => void } {
  const clients = new Set<pg.Client>();
  let isDead = false;

  class MortalClient extends pg.Client {
    constructor(given: pg.ClientConfig) {
      super(given);
      clients.add(this);
      this.on('error', () => undefined);
      this.on('end', () => clients.delete(this));
    }

    override query(...given: any[]): any {
      if (!isDead) return (super.query as (...all: any[]) => any)(...given);
      const error = new Error('The process is dead.');
      const callback = given.at(-1);
      // The pool asks with a callback, everybody else awaits.
      if (typeof callback !== 'function') return Promise.reject(error);
      queueMicrotask(() => callback(error));
      return undefined;
    }
  }

  const pool = new pg.Pool({ ...config, Client: MortalClient } as unknown as pg.PoolConfig);
  pool.on('error', () => undefined);
  return {
    pool,
    kill: () => {
      isDead = true;
      for (const client of clients) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    },
  };
}
