/**
 * The clients in the database. Changes wait for each other, and each counts up the one row of `clients_version`.
 * Promise: a secret is stored encrypted only; what the table has, the file of first records does not change. What somebody
 * changes is recorded with it; what changes nothing is not written and not recorded.
 */
import { createSecretKey } from 'node:crypto';
import { lockSubjects } from '@commerce/event-log/change';
import type { EventLog } from '@commerce/event-log/log';
import { inTransaction } from '@commerce/event-log/transaction';
import { ed25519PublicKey } from '@commerce/http-signatures/keys';
import type { VerifyingKey } from '@commerce/http-signatures/keys';
import type { Pool, PoolClient } from 'pg';
import { audit } from '../audit.ts';
import type { Doing } from '../audit.ts';
import { changedFields, publicKeyBytes } from './client-forms.ts';
import type { Authentication, Client, ClientKey } from './clients.ts';
import type { ClientSource } from './directory.ts';
import type { SecretBox } from './secret-box.ts';

/** Why a change was not made: what it would have made twice, or what is not there. */
export type Clash = 'client_exists' | 'key_exists' | 'subject_in_use' | 'client_not_found' | 'key_not_found' | 'client_does_not_sign' | 'too_many_keys';

export interface ClientStore extends ClientSource {
  find(clientId: string): Promise<Client | undefined>;
  /** By id, those after `afterId`. */
  list(afterId: string | undefined, limit: number): Promise<readonly Client[]>;
  add(client: Client, doing: Doing): Promise<Client | Clash>;
  /** Adds those that neither the table has nor somebody has removed; resolves with their ids. */
  addFirst(clients: readonly Client[]): Promise<string[] | Clash>;
  /** `change` gets what is there and gives what is to be there. */
  change(clientId: string, change: (client: Client) => Client, doing: Doing): Promise<Client | Clash>;
  remove(clientId: string, nowMs: number, doing: Doing): Promise<Clash | undefined>;
  addKey(clientId: string, key: ClientKey, doing: Doing): Promise<Client | Clash>;
  endKey(clientId: string, keyid: string, notAfterMs: number | null, nowMs: number, doing: Doing): Promise<Client | Clash>;
  removeKey(clientId: string, keyid: string, nowMs: number, doing: Doing): Promise<Client | Clash>;
}

const MAX_KEYS = 20;

const SELECT = `SELECT c.client_id, c.subject, c.scopes, c.providers, c.rate_limit, c.event_filter, c.created_at, c.updated_at,
  (SELECT json_agg(json_build_object('keyid', k.keyid, 'alg', k.alg, 'publicKey', encode(k.public_key, 'base64'), 'sealed', encode(k.sealed_secret, 'base64'),
     'createdAt', k.created_at, 'notAfter', k.not_after) ORDER BY k.created_at, k.keyid) FROM client_keys k WHERE k.client_id = c.client_id) AS keys
FROM clients c`;

/** `onLocked` hears of a key whose secret cannot be opened: it throws, or the client is read without that key. */
export function createClientStore(log: EventLog, box: SecretBox, onLocked: (error: Error) => void): ClientStore {
  const { pool } = log;
  const read = async (connection: Pool | PoolClient, rest: string, values: unknown[]): Promise<Client[]> =>
    (await connection.query(`${SELECT} ${rest}`, values)).rows.map((row) => clientOf(row, box, onLocked));
  const findIn = async (connection: Pool | PoolClient, clientId: string): Promise<Client | undefined> => (await read(connection, 'WHERE c.client_id = $1', [clientId]))[0];
  const existing = async (tx: PoolClient, clientId: string): Promise<Client> => (await findIn(tx, clientId)) ?? refuse('client_not_found');

  /** Makes a change of a client that is there, and resolves with what it is then. */
  const changing = (clientId: string, change: (tx: PoolClient, client: Client) => Promise<void>): Promise<Client | Clash> =>
    changed(log, async (tx) => {
      await change(tx, await existing(tx, clientId));
      return existing(tx, clientId);
    });

  return {
    version: async () => String((await pool.query('SELECT version FROM clients_version')).rows[0]?.version),
    load: () => read(pool, '', []),
    find: (clientId) => findIn(pool, clientId),
    list: (afterId, limit) => read(pool, 'WHERE $1::text IS NULL OR c.client_id > $1 ORDER BY c.client_id LIMIT $2', [afterId ?? null, limit]),

    add: (client, doing) => changed(log, async (tx) => {
      const { clientId, authentication } = client;
      await insertClient(tx, client, box);
      await tx.query('DELETE FROM removed_clients WHERE client_id = $1', [clientId]);
      const keys = authentication.type === 'signature' ? { keyids: authentication.keys.map(({ keyid }) => keyid) } : {};
      await audit(log, tx, { act: 'client.add', about: clientId, details: { authentication: authentication.type, ...keys } }, doing);
      return existing(tx, clientId);
    }),

    addFirst: (clients) => changed(log, async (tx) => {
      const { rows } = await tx.query('SELECT client_id FROM clients UNION SELECT client_id FROM removed_clients');
      const known = new Set(rows.map((row) => row.client_id as string));
      const fresh = clients.filter(({ clientId }) => !known.has(clientId));
      for (const client of fresh) await insertClient(tx, client, box);
      return fresh.map(({ clientId }) => clientId);
    }),

    change: (clientId, change, doing) => changing(clientId, async (tx, present) => {
      const next = change(present);
      const fields = changedFields(present, next);
      if (fields.length === 0) return;
      if (next.authentication.type === 'oauth') await tx.query('DELETE FROM client_keys WHERE client_id = $1', [clientId]);
      const [id, subject, scopes, providers, rate, filter, , updatedAt] = columnsOf(next);
      await tx.query('UPDATE clients SET (subject, scopes, providers, rate_limit, event_filter, updated_at) = ($2, $3, $4, $5, $6, $7) WHERE client_id = $1',
        [id, subject, scopes, providers, rate, filter, updatedAt]);
      await audit(log, tx, { act: 'client.change', about: clientId, details: { fields } }, doing);
    }),

    remove: (clientId, nowMs, doing) => changed(log, async (tx) => {
      const { rowCount } = await tx.query('DELETE FROM clients WHERE client_id = $1', [clientId]);
      if (rowCount === 0) refuse('client_not_found');
      await tx.query('INSERT INTO removed_clients (client_id, removed_at) VALUES ($1, $2)', [clientId, new Date(nowMs)]);
      await audit(log, tx, { act: 'client.remove', about: clientId }, doing);
      return undefined;
    }),

    addKey: (clientId, key, doing) => changing(clientId, async (tx, { authentication }) => {
      if (authentication.type !== 'signature') refuse('client_does_not_sign');
      else if (authentication.keys.length >= MAX_KEYS) refuse('too_many_keys');
      await insertKey(tx, clientId, key, box);
      await touch(tx, clientId, key.createdAtMs);
      await audit(log, tx, { act: 'client.keys.add', about: clientId, details: { keyid: key.keyid } }, doing);
    }),

    endKey: (clientId, keyid, notAfterMs, nowMs, doing) => changing(clientId, async (tx) => {
      const { rows } = await tx.query<{ not_after: Date | null }>('SELECT not_after FROM client_keys WHERE client_id = $1 AND keyid = $2', [clientId, keyid]);
      const present = rows[0] ?? refuse('key_not_found');
      const notAfter = dateOf(notAfterMs);
      if (present.not_after?.getTime() === notAfter?.getTime()) return;
      await tx.query('UPDATE client_keys SET not_after = $3 WHERE client_id = $1 AND keyid = $2', [clientId, keyid, notAfter]);
      await touch(tx, clientId, nowMs);
      await audit(log, tx, { act: 'client.keys.end', about: clientId, details: { keyid, notAfter: notAfter === null ? null : notAfter.toISOString() } }, doing);
    }),

    removeKey: (clientId, keyid, nowMs, doing) => changing(clientId, async (tx) => {
      const { rowCount } = await tx.query('DELETE FROM client_keys WHERE client_id = $1 AND keyid = $2', [clientId, keyid]);
      if (rowCount === 0) refuse('key_not_found');
      await touch(tx, clientId, nowMs);
      await audit(log, tx, { act: 'client.keys.remove', about: clientId, details: { keyid } }, doing);
    }),
  };
}

/** Takes a change back. */
class Clashed extends Error {
  readonly clash: Clash;
  constructor(clash: Clash) {
    super(clash);
    this.clash = clash;
  }
}

function refuse(clash: Clash): never {
  throw new Clashed(clash);
}

/** Which constraint is broken by what. */
const CLASHES: Readonly<Record<string, Clash>> = { clients_pkey: 'client_exists', clients_subject_key: 'subject_in_use', client_keys_pkey: 'key_exists' };

/** Under which every change of a client is made, before anything is written: so their records stand in the log in the order of the changes. */
export const CLIENTS_LOCK = 'clients';

/** One change at a time; a clash takes all of it back. */
async function changed<Result>(log: EventLog, change: (tx: PoolClient) => Promise<Result>): Promise<Result | Clash> {
  try {
    const result = await inTransaction(log.pool, async (tx) => {
      await lockSubjects(tx, [CLIENTS_LOCK]);
      await tx.query('UPDATE clients_version SET version = version + 1');
      return change(tx);
    });
    log.wake();
    return result;
  } catch (error) {
    if (error instanceof Clashed) return error.clash;
    const clash = error instanceof Error && 'constraint' in error ? CLASHES[String(error.constraint)] : undefined;
    if (clash === undefined) throw error;
    return clash;
  }
}

function touch(tx: PoolClient, clientId: string, nowMs: number): Promise<unknown> {
  return tx.query('UPDATE clients SET updated_at = $2 WHERE client_id = $1', [clientId, new Date(nowMs)]);
}

function columnsOf({ clientId, authentication, scopes, providers, rateLimit, eventFilter, createdAtMs, updatedAtMs }: Client): unknown[] {
  const subject = authentication.type === 'oauth' ? authentication.subject : null;
  return [clientId, subject, scopes, JSON.stringify(providers), rateLimit && JSON.stringify(rateLimit), eventFilter && JSON.stringify(eventFilter), new Date(createdAtMs), new Date(updatedAtMs)];
}

async function insertClient(tx: PoolClient, client: Client, box: SecretBox): Promise<void> {
  await tx.query('INSERT INTO clients (client_id, subject, scopes, providers, rate_limit, event_filter, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', columnsOf(client));
  const { authentication } = client;
  if (authentication.type === 'signature') for (const key of authentication.keys) await insertKey(tx, client.clientId, key, box);
}

async function insertKey(tx: PoolClient, clientId: string, { keyid, verifying, createdAtMs, notAfterMs }: ClientKey, box: SecretBox): Promise<void> {
  const publicKey = verifying.alg === 'ed25519' ? publicKeyBytes(verifying) : null;
  const sealed = verifying.alg === 'hmac-sha256' ? box.seal(verifying.secret.export(), [clientId, keyid]) : null;
  await tx.query('INSERT INTO client_keys (keyid, client_id, alg, public_key, sealed_secret, created_at, not_after) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [keyid, clientId, verifying.alg, publicKey, sealed, new Date(createdAtMs), dateOf(notAfterMs)]);
}

interface KeyRow {
  readonly keyid: string;
  readonly alg: VerifyingKey['alg'];
  readonly publicKey: string | null;
  readonly sealed: string | null;
  readonly createdAt: string;
  readonly notAfter: string | null;
}

function clientOf(row: any, box: SecretBox, onLocked: (error: Error) => void): Client {
  const authentication: Authentication = row.subject === null
    ? { type: 'signature', keys: ((row.keys ?? []) as KeyRow[]).flatMap((key) => keyOf(row.client_id, key, box, onLocked) ?? []) }
    : { type: 'oauth', subject: row.subject };
  return {
    clientId: row.client_id, authentication, scopes: row.scopes, providers: row.providers, rateLimit: row.rate_limit, eventFilter: row.event_filter,
    createdAtMs: row.created_at.getTime(), updatedAtMs: row.updated_at.getTime(),
  };
}

function keyOf(clientId: string, row: KeyRow, box: SecretBox, onLocked: (error: Error) => void): ClientKey | undefined {
  const { keyid, createdAt, notAfter } = row;
  const verifying = verifyingKeyOf(clientId, row, box, onLocked);
  return verifying && { keyid, verifying, createdAtMs: Date.parse(createdAt), notAfterMs: notAfter === null ? null : Date.parse(notAfter) };
}

function verifyingKeyOf(clientId: string, { keyid, alg, publicKey, sealed }: KeyRow, box: SecretBox, onLocked: (error: Error) => void): VerifyingKey | undefined {
  if (alg === 'ed25519') return { alg, publicKey: ed25519PublicKey(publicKey ?? '') };
  try {
    return { alg, secret: createSecretKey(box.open(Buffer.from(sealed ?? '', 'base64'), [clientId, keyid])) };
  } catch (cause) {
    onLocked(new Error(
      `The secret of the key "${keyid}" of the client "${clientId}" cannot be opened: is CLIENT_SECRETS_KEY the one under which it was stored? `
        + 'If that one is lost, remove what nobody can open: DELETE FROM client_keys WHERE sealed_secret IS NOT NULL;', { cause },
    ));
    return undefined;
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
