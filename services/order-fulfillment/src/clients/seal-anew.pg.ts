/**
 * Seals secrets of clients anew that another key than the newest of the list has sealed, so that the key before can be left out some day.
 * Promise: each call of the API finds a secret that opens, before, during and after; what was changed or removed meanwhile stays so. One that
 * opens under no key of the list stays as it is, keeps no other from being sealed anew, and is told of. What was sealed is recorded as an
 * act of this service, with the ids of the keys, and without a secret. With one key alone there is nothing to do.
 */
import { lockSubjects } from '@commerce/event-log/change';
import type { EventLog } from '@commerce/event-log/log';
import { inTransaction } from '@commerce/event-log/transaction';
import { sealAnew as sealRowsAnew } from '@commerce/service-kit/seal-anew';
import type { Resealed } from '@commerce/service-kit/seal-anew';
import { audit } from '../audit.ts';
import { CLIENTS_LOCK } from './clients.pg.ts';
import type { SecretBox } from './secret-box.ts';

const CHUNK = 200;
const SERVICE = 'order-fulfillment';

interface Row {
  readonly client_id: string;
  readonly keyid: string;
  readonly sealed_secret: Buffer;
}

/** All of them, one chunk after the other. `uuid`: of each record. Throws, when the others are sealed anew, for those that open under no key of the list; rejects when the signal is aborted. */
export async function sealAnew(log: EventLog, { newest, open, seal }: SecretBox, uuid: () => string, signal?: AbortSignal): Promise<void> {
  if (newest === undefined) return;
  await sealRowsAnew<Row>({
    what: 'keys of clients', variable: 'CLIENT_SECRETS_KEY',
    read: (after = '') => readSealedByOthers(log, newest, after),
    idOf: ({ keyid }) => keyid,
    reseal: ({ client_id: clientId, keyid, sealed_secret: before }) => seal(open(before, [clientId, keyid]), [clientId, keyid]),
    replace: (resealed) => replace(log, resealed, uuid),
  }, signal);
}

/** Those with an id behind `after`, by id. */
async function readSealedByOthers(log: EventLog, newest: Buffer, after: string): Promise<Row[]> {
  const { rows } = await log.pool.query<Row>(
    'SELECT client_id, keyid, sealed_secret FROM client_keys WHERE sealed_secret IS NOT NULL AND substring(sealed_secret FROM 1 FOR $2) <> $1 AND keyid > $3 ORDER BY keyid LIMIT $4',
    [newest, newest.length, after, CHUNK],
  );
  return rows;
}

async function replace(log: EventLog, resealed: readonly Resealed<Row>[], uuid: () => string): Promise<void> {
  await inTransaction(log.pool, async (tx) => {
    await lockSubjects(tx, [CLIENTS_LOCK]);
    const { rows: changed } = await tx.query<{ keyid: string }>(
      `UPDATE client_keys k SET sealed_secret = n.sealed FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(keyid, before, sealed)
       WHERE k.keyid = n.keyid AND k.sealed_secret = n.before RETURNING k.keyid`,
      [resealed.map(({ row }) => row.keyid), resealed.map(({ row }) => row.sealed_secret), resealed.map(({ sealed }) => sealed)],
    );
    if (changed.length === 0) return;
    const act = { act: 'client.keys.seal_anew', about: SERVICE, details: { keyids: changed.map(({ keyid }) => keyid).toSorted() } };
    await audit(log, tx, act, {
      by: { subject: SERVICE, clientId: SERVICE }, why: { code: 'newest_secrets_key', message: 'They were sealed under another key than the newest of CLIENT_SECRETS_KEY.' },
      trigger: { correlationId: uuid(), causationId: null, metadata: {} },
    });
  });
  log.wake();
}
