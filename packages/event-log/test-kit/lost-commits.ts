/**
 * A pool that loses the answers of some commits, as a connection does that breaks between the commit and its answer.
 */
import type pg from 'pg';

/** Commits whose answer is lost: the server has done them, the client hears of a broken connection. `client`: on which it was sent. */
export function loseCommits(target: pg.Pool, which: (count: number, client: pg.PoolClient) => boolean): () => number {
  let commits = 0;
  let lost = 0;
  const connect = target.connect.bind(target) as () => Promise<pg.PoolClient>;
  (target as { connect: unknown }).connect = async (...given: unknown[]) => {
    if (given.length > 0) return (connect as (...all: unknown[]) => unknown)(...given);
    const client = await connect();
    const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
    (client as { query: unknown }).query = async (...all: unknown[]) => {
      const result = await query(...all);
      commits += all[0] === 'COMMIT' ? 1 : 0;
      if (all[0] !== 'COMMIT' || !which(commits, client)) return result;
      lost += 1;
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
    };
    const release = client.release.bind(client);
    client.release = (error) => {
      (client as { query: unknown }).query = query;
      release(error);
    };
    return client;
  };
  return () => lost;
}
