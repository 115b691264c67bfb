/**
 * The state of the extension: per client and order, its active fulfillments, and those that are named.
 * What a change means for the providers that live in this database, for the claims on lines and for the client's
 * acknowledgement is written in the same transaction as the change.
 */
import type { StateChange, StateStore, Tx } from '@commerce/event-log/extension';
import { exactly, mustBe, runOver } from '@commerce/event-log/statement';
import { countReversals, insertEffects } from '../providers/ledger.pg.ts';
import type { KeptAnswer, Providers } from '../providers/provider.ts';
import { releaseClaims } from './claims.pg.ts';
import { heldLines, isActive, isOpen, keptAnswers } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';
import { FULFILLMENT_COLUMNS, dateOf, fulfillmentOf } from './rows.pg.ts';
import { partsOf, subjectOf } from './subject.ts';

/** What is loaded although it may be settled: these fulfillments, and all of these subjects. */
export interface Named {
  readonly fulfillmentIds: readonly string[];
  readonly subjects: readonly string[];
}

export function createStore(providers: Providers, named?: Named): StateStore<FulfillmentsOfOrder> {
  return {
    load: (tx, subjects) => load(tx, subjects, named),
    async save(tx, changes) {
      const changed = changes.flatMap(changedFulfillments);
      if (changed.length > 0) await Promise.all([update(tx, changed), releaseLines(tx, changed), ...recordEffects(tx, providers, changed)]);
    },
    isSentAtOnce: true,
  };
}

async function load(tx: Tx, subjects: readonly string[], named: Named | undefined): Promise<Map<string, FulfillmentsOfOrder>> {
  const parts = subjects.map(partsOf);
  const keys = [parts.map(({ clientId }) => clientId), parts.map(({ orderId }) => orderId)];
  const { rows } = await (named === undefined ? runOver(parts.length, tx, LOAD_ACTIVE, keys) : runOver(parts.length, tx, LOAD_NAMED, [...keys, subjects.map((subject) => named.subjects.includes(subject)), named.fulfillmentIds]));
  return Map.groupBy(rows.map(fulfillmentOf), ({ clientId, orderId }) => subjectOf(clientId, orderId));
}

const LOAD_ACTIVE = `SELECT ${FULFILLMENT_COLUMNS} FROM unnest($1::text[], $2::text[]) AS k(client_id, order_id)
  JOIN fulfillments f USING (client_id, order_id) WHERE f.active ORDER BY f.order_id, f.client_id, f.fulfillment_id`;

const LOAD_NAMED = `SELECT ${FULFILLMENT_COLUMNS} FROM unnest($1::text[], $2::text[], $3::boolean[]) AS k(client_id, order_id, whole)
  JOIN fulfillments f USING (client_id, order_id) WHERE f.active OR k.whole OR f.fulfillment_id = ANY ($4::uuid[]) ORDER BY f.order_id, f.client_id, f.fulfillment_id`;

interface Changed {
  readonly before: Fulfillment;
  readonly after: Fulfillment;
}

/** Fulfillments come into being at the intake alone, so each one here was loaded. */
function changedFulfillments({ before = [], after }: StateChange<FulfillmentsOfOrder>): Changed[] {
  const earlier = new Map(before.map((fulfillment) => [fulfillment.fulfillmentId, fulfillment]));
  return after.flatMap((fulfillment) => {
    const was = earlier.get(fulfillment.fulfillmentId);
    if (was === undefined) throw new Error(`The fulfillment ${fulfillment.fulfillmentId} was not loaded.`);
    return was === fulfillment ? [] : [{ before: was, after: fulfillment }];
  });
}

/** Rows are taken in the order in which acknowledgements take them. */
async function update(tx: Tx, changed: readonly Changed[]): Promise<void> {
  const sorted = changed.toSorted(({ after: a }, { after: b }) => compare(a.clientId, b.clientId) || compare(a.fulfillmentId, b.fulfillmentId));
  const all = sorted.map(({ after }) => after);
  const toTell = sorted.some(({ before, after }) => !isOpen(after) && after.version !== before.version);
  await exactly(runOver(all.length, tx, toTell ? UPDATE_AND_TELL : UPDATE, [
    all.map((one) => one.clientId), all.map((one) => one.fulfillmentId), all.map((one) => one.status), all.map((one) => one.version), all.map((one) => dateOf(one.updatedAtMs)),
    all.map((one) => JSON.stringify(one.lines)), all.map((one) => (one.reason === undefined ? null : JSON.stringify(one.reason))), all.map((one) => one.checks),
    all.map((one) => dateOf(one.nextCheckAtMs)), all.map((one) => one.asking), all.map(isActive), sorted.map(({ before }) => before.version),
    all.map((one) => !isOpen(one)), all.length,
  ]), () => new Error(`${all.length} fulfillments changed, but not all of their rows were as they had been read.`));
}

const UPDATE_ROWS = `WITH changed AS (
  SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[], $6::jsonb[], $7::jsonb[], $8::integer[], $9::timestamptz[], $10::boolean[], $11::boolean[], $12::integer[], $13::boolean[])
    AS c(client_id, fulfillment_id, status, version, updated_at, lines, reason, checks, next_check_at, asking, active, version_before, settled)
), updated AS (
  UPDATE fulfillments f SET status = c.status, version = c.version, updated_at = c.updated_at, lines = c.lines, reason = c.reason, checks = c.checks,
    next_check_at = c.next_check_at, asking = c.asking, active = c.active
  FROM changed c WHERE f.client_id = c.client_id AND f.fulfillment_id = c.fulfillment_id AND f.version = c.version_before
  RETURNING f.client_id, f.fulfillment_id, f.version, f.updated_at, c.settled AND c.version <> c.version_before AS to_tell
)`;
const ALL_UPDATED = mustBe(14, 'updated');
const UPDATE = `${UPDATE_ROWS} ${ALL_UPDATED}`;
/** What is settled waits for its client to say that it knows. */
const UPDATE_AND_TELL = `${UPDATE_ROWS}, told AS (
  INSERT INTO unacknowledged (client_id, fulfillment_id, version, settled_at) SELECT client_id, fulfillment_id, version, updated_at FROM updated WHERE to_tell
  ON CONFLICT (client_id, fulfillment_id) DO UPDATE SET version = excluded.version, settled_at = excluded.settled_at
) ${ALL_UPDATED}`;

async function releaseLines(tx: Tx, changed: readonly Changed[]): Promise<void> {
  const released = changed.filter(({ before, after }) => before.lines !== after.lines && heldLines(before).join('\n') !== heldLines(after).join('\n'));
  if (released.length > 0) await releaseClaims(tx, released.map(({ after }) => after));
}

/** Sends everything; the caller waits for all. */
function recordEffects(tx: Tx, providers: Providers, changed: readonly Changed[]): Promise<unknown>[] {
  const kept = changed.flatMap(({ before, after }) => keptAnswers(before, after)).filter(({ line }) => providers.get(line.provider)?.place === 'local');
  const own = [...Map.groupBy(kept, ({ line }) => line.provider)].flatMap(([name, answers]) => {
    const provider = providers.get(name);
    return provider?.place === 'local' && provider.record !== undefined ? provider.record(tx, answers) : [];
  });
  const [fulfilled, revoked] = (['fulfilled', 'revoked'] as const).map((step) => kept.filter((one) => one.step === step)) as [KeptAnswer[], KeptAnswer[]];
  return [
    ...own,
    ...(fulfilled.length > 0 ? [tx.query(insertEffects(fulfilled, 1))] : []),
    ...(revoked.length > 0 ? [countReversals(tx, revoked)] : []),
  ];
}

/** The active one of a client with this id, or undefined. */
export async function findActive(db: Tx, clientId: string, fulfillmentId: string): Promise<Fulfillment | undefined> {
  const { rows } = await db.query(`SELECT ${FULFILLMENT_COLUMNS} FROM fulfillments f WHERE f.client_id = $1 AND f.fulfillment_id = $2 AND f.active`, [clientId, fulfillmentId]);
  return rows[0] === undefined ? undefined : fulfillmentOf(rows[0]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
