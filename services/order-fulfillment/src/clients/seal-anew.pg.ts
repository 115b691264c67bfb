/**
 * Seals secrets of clients anew that another key than the newest has sealed, so that the key before can be left out some day.
 * Promise: each call of the API finds a secret that opens, before, during and after; what was changed or removed meanwhile stays so.
 * It is recorded as an act of this service, with the ids of the keys, and without a secret.
 */
import { lockSubjects } from '@commerce/event-log/change';
import type { EventLog } from '@commerce/event-log/log';
import { inTransaction } from '@commerce/event-log/transaction';
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

/** One chunk. `uuid`: of the record. Resolves with true when there may be more; throws when a secret opens under no key of the list. */
export async function sealAnew(log: EventLog, box: SecretBox, uuid: () => string): Promise<boolean> {
  const { rows } = await log.pool.query<Row>(
    'SELECT client_id, keyid, sealed_secret FROM client_keys WHERE sealed_secret IS NOT NULL AND substring(sealed_secret FROM 1 FOR $2) <> $1 ORDER BY keyid LIMIT $3',
    [box.newest, box.newest.length, CHUNK],
  );
  if (rows.length === 0) return false;
  const sealed = rows.map(({ client_id: clientId, keyid, sealed_secret: before }) => box.seal(box.open(before, [clientId, keyid]), [clientId, keyid]));
  await inTransaction(log.pool, async (tx) => {
    await lockSubjects(tx, [CLIENTS_LOCK]);
    const { rows: changed } = await tx.query<{ keyid: string }>(
      `UPDATE client_keys k SET sealed_secret = n.sealed FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(keyid, before, sealed)
       WHERE k.keyid = n.keyid AND k.sealed_secret = n.before RETURNING k.keyid`,
      [rows.map(({ keyid }) => keyid), rows.map(({ sealed_secret: before }) => before), sealed],
    );
    if (changed.length === 0) return;
    const act = { act: 'client.keys.seal_anew', about: SERVICE, details: { keyids: changed.map(({ keyid }) => keyid).toSorted() } };
    await audit(log, tx, act, {
      by: { subject: SERVICE, clientId: SERVICE }, why: { code: 'newest_secrets_key', message: 'They were sealed under another key than the newest of CLIENT_SECRETS_KEY.' },
      trigger: { correlationId: uuid(), causationId: null, metadata: {} },
    });
  });
  log.wake();
  return rows.length === CHUNK;
}
