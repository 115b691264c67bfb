/**
 * Sessions of the dashboard, links that sign in once, and sign-ins that were refused: rows that all processes share.
 *
 * Promise: a session is known by the hash of its id alone, so the table opens nothing to who reads it. It survives a restart, and ends at
 * once when it is ended here. It ends by itself when it is not used, and in any case after its longest time; one user has 10 at most, the
 * oldest of more is ended. A link is used up in the statement that finds it. A session lasts only where people may still sign in the way
 * it began: by this issuer, or by a link.
 */
import { hash } from 'node:crypto';
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Migration } from '@commerce/signals/extension';
import type { Pool } from 'pg';
import type { DashboardRole } from './roles.ts';

export const DASHBOARD_MIGRATION: Migration = {
  name: 'dashboard-1',
  sql: `
CREATE TABLE dashboard_sessions (
  session_hash bytea PRIMARY KEY,
  subject text NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  came_by text NOT NULL,
  began_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX dashboard_sessions_subject ON dashboard_sessions (subject, began_at);
CREATE TABLE dashboard_links (
  link_hash bytea PRIMARY KEY,
  ends_at timestamptz NOT NULL
);
CREATE TABLE dashboard_refusals (
  who text PRIMARY KEY,
  refused integer NOT NULL,
  began_at timestamptz NOT NULL
);
`,
};

export interface SignedInUser {
  readonly subject: string;
  readonly name: string;
  readonly role: DashboardRole;
}

/** How a session began that began with a link; of all others it is the address of the issuer. */
export const BY_LINK = 'link';

export interface Session extends SignedInUser {
  readonly beganAt: Date;
  readonly seenAt: Date;
  /** When it ends, if nothing more is asked in it. */
  readonly expiresAt: Date;
}

export interface SessionLimits {
  readonly idleMs: number;
  readonly longestMs: number;
}

/** What may be refused within the time before whoever tries has to wait: links to an address, and callbacks of one sign-in. */
export const REFUSALS = { mostOfAddress: 100, mostOfSignIn: 5, withinMs: 900_000 } as const;
export const LINK_MS = 900_000;
const MOST_OF_A_USER = 10;
/** How often it is written down that a session is used. */
const SEEN_EVERY_MS = 60_000;

export class Sessions {
  readonly #pool: Pool;
  readonly #limits: SessionLimits;
  readonly #ways: readonly string[];
  readonly #nowMs: () => number;

  /** `ways`: how one may sign in here: the address of the issuer, `BY_LINK`, both or none. */
  constructor(pool: Pool, limits: SessionLimits, ways: readonly string[], nowMs: () => number) {
    this.#pool = pool;
    this.#limits = limits;
    this.#ways = ways;
    this.#nowMs = nowMs;
  }

  /** Begins one that came `by` one of the ways, in the transaction of its record. */
  async begin(tx: Tx, id: string, { subject, name, role }: SignedInUser, by: string): Promise<void> {
    const now = this.#nowMs();
    await run(tx, 'INSERT INTO dashboard_sessions (session_hash, subject, name, role, came_by, began_at, seen_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)', [hashOf(id), subject, name, role, by, new Date(now), new Date(now + this.#limits.longestMs)]);
    await run(tx, 'DELETE FROM dashboard_sessions WHERE subject = $1 AND session_hash NOT IN (SELECT session_hash FROM dashboard_sessions WHERE subject = $1 ORDER BY began_at DESC, session_hash LIMIT $2)', [subject, MOST_OF_A_USER]);
  }

  /** The session of this id, while it lasts; that it is used is written down. */
  async find(id: string): Promise<Session | undefined> {
    if (this.#ways.length === 0) return undefined;
    const now = this.#nowMs();
    const { rows } = await run(this.#pool, 'SELECT subject, name, role, began_at, seen_at, ends_at FROM dashboard_sessions WHERE session_hash = $1 AND ends_at > $2 AND seen_at > $3 AND came_by = ANY ($4::text[])', [hashOf(id), new Date(now), new Date(now - this.#limits.idleMs), this.#ways]);
    const found = rows[0];
    if (found === undefined) return undefined;
    const isStale = found.seen_at.getTime() <= now - Math.min(SEEN_EVERY_MS, this.#limits.idleMs / 2);
    if (isStale) await run(this.#pool, 'UPDATE dashboard_sessions SET seen_at = greatest(seen_at, $2) WHERE session_hash = $1', [hashOf(id), new Date(now)]);
    return this.#session({ ...found, seen_at: isStale ? new Date(now) : found.seen_at });
  }

  async end(id: string): Promise<void> {
    await run(this.#pool, 'DELETE FROM dashboard_sessions WHERE session_hash = $1', [hashOf(id)]);
  }

  /** Ends all of a user; gives how many there were. */
  async endOf(tx: Tx, subject: string): Promise<number> {
    return (await run(tx, 'DELETE FROM dashboard_sessions WHERE subject = $1', [subject])).rowCount ?? 0;
  }

  /** Those that last, the newest first, 1,000 at most. */
  async list(): Promise<Session[]> {
    const now = this.#nowMs();
    const { rows } = await run(this.#pool, 'SELECT subject, name, role, began_at, seen_at, ends_at FROM dashboard_sessions WHERE ends_at > $1 AND seen_at > $2 AND came_by = ANY ($3::text[]) ORDER BY began_at DESC, session_hash LIMIT 1000', [new Date(now), new Date(now - this.#limits.idleMs), this.#ways]);
    return rows.map((row) => this.#session(row));
  }

  /** Writes down a link, in the transaction of its record. Gives when it ends. */
  async addLink(tx: Tx, token: string): Promise<Date> {
    const endsAt = new Date(this.#nowMs() + LINK_MS);
    await run(tx, 'INSERT INTO dashboard_links (link_hash, ends_at) VALUES ($1, $2)', [hashOf(token), endsAt]);
    return endsAt;
  }

  /** True once for each link that has not ended. */
  async useLink(token: string): Promise<boolean> {
    return (await run(this.#pool, 'DELETE FROM dashboard_links WHERE link_hash = $1 AND ends_at > $2', [hashOf(token), new Date(this.#nowMs())])).rowCount === 1;
  }

  /** How long who was refused so often has to wait before the next try, in ms; 0 when there is no need. */
  async waitMs(who: string, most: number): Promise<number> {
    const { rows } = await run(this.#pool, 'SELECT began_at FROM dashboard_refusals WHERE who = $1 AND refused >= $2', [who, most]);
    const began: Date | undefined = rows[0]?.began_at;
    return began === undefined ? 0 : Math.max(0, began.getTime() + REFUSALS.withinMs - this.#nowMs());
  }

  async countRefusal(who: string): Promise<void> {
    const now = this.#nowMs();
    await run(this.#pool, `INSERT INTO dashboard_refusals AS known (who, refused, began_at) VALUES ($1, 1, $2)
      ON CONFLICT (who) DO UPDATE SET refused = CASE WHEN known.began_at > $3 THEN known.refused + 1 ELSE 1 END, began_at = CASE WHEN known.began_at > $3 THEN known.began_at ELSE $2 END`, [who, new Date(now), new Date(now - REFUSALS.withinMs)]);
  }

  /** Removes what has ended. */
  async sweep(): Promise<void> {
    const now = this.#nowMs();
    await run(this.#pool, 'DELETE FROM dashboard_sessions WHERE ends_at <= $1 OR seen_at <= $2', [new Date(now), new Date(now - this.#limits.idleMs)]);
    await run(this.#pool, 'DELETE FROM dashboard_links WHERE ends_at <= $1', [new Date(now)]);
    await run(this.#pool, 'DELETE FROM dashboard_refusals WHERE began_at <= $1', [new Date(now - REFUSALS.withinMs)]);
  }

  #session({ subject, name, role, began_at: beganAt, seen_at: seenAt, ends_at: endsAt }: { subject: string; name: string; role: DashboardRole; began_at: Date; seen_at: Date; ends_at: Date }): Session {
    return { subject, name, role, beganAt, seenAt, expiresAt: new Date(Math.min(endsAt.getTime(), seenAt.getTime() + this.#limits.idleMs)) };
  }
}

function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
