/**
 * The state of the extension: per order id, its open fulfillments.
 * What a change means for the providers that live in this database is written in the same transaction as the change.
 */
import type { StateChange, StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import { insertEffects } from '../providers/ledger.pg.ts';
import type { KeptAnswer, Providers } from '../providers/provider.ts';
import { isOpen, keptAnswers } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';
import { FULFILLMENT_COLUMNS, dateOf, fulfillmentOf } from './rows.pg.ts';

export function createStore(providers: Providers): StateStore<FulfillmentsOfOrder> {
  return {
    load,
    async save(tx, changes) {
      const changed = changes.flatMap(changedFulfillments);
      if (changed.length === 0) return;
      await update(tx, changed.map(({ after }) => after));
      await recordEffects(tx, providers, changed.flatMap(({ before, after }) => keptAnswers(before, after)));
    },
  };
}

async function load(tx: Tx, orderIds: readonly string[]): Promise<Map<string, FulfillmentsOfOrder>> {
  const { rows } = await run(tx, 
    `SELECT ${FULFILLMENT_COLUMNS} FROM fulfillments f WHERE f.order_id = ANY ($1::text[]) AND f.status IN ('accepted', 'in_progress')
     ORDER BY f.order_id, f.client_id, f.fulfillment_id`,
    [orderIds],
  );
  const states = new Map<string, Fulfillment[]>();
  for (const fulfillment of rows.map(fulfillmentOf)) {
    const known = states.get(fulfillment.orderId);
    if (known === undefined) states.set(fulfillment.orderId, [fulfillment]);
    else known.push(fulfillment);
  }
  return states;
}

interface Changed {
  readonly before: Fulfillment | undefined;
  readonly after: Fulfillment;
}

/** Fulfillments come into being at the intake alone, so each one here was loaded. */
function changedFulfillments({ before = [], after }: StateChange<FulfillmentsOfOrder>): Changed[] {
  const earlier = new Map(before.map((fulfillment) => [fulfillment.fulfillmentId, fulfillment]));
  return after.map((fulfillment) => ({ before: earlier.get(fulfillment.fulfillmentId), after: fulfillment })).filter((one) => one.before !== one.after);
}

async function update(tx: Tx, fulfillments: readonly Fulfillment[]): Promise<void> {
  const { rowCount } = await run(tx, 
    `UPDATE fulfillments f SET status = c.status, version = c.version, updated_at = c.updated_at, lines = c.lines, reason = c.reason, checks = c.checks, next_check_at = c.next_check_at
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[], $6::jsonb[], $7::jsonb[], $8::integer[], $9::timestamptz[])
       AS c(client_id, fulfillment_id, status, version, updated_at, lines, reason, checks, next_check_at)
     WHERE f.client_id = c.client_id AND f.fulfillment_id = c.fulfillment_id AND f.status IN ('accepted', 'in_progress')`,
    [
      fulfillments.map((one) => one.clientId), fulfillments.map((one) => one.fulfillmentId), fulfillments.map((one) => one.status),
      fulfillments.map((one) => one.version), fulfillments.map((one) => dateOf(one.updatedAtMs)), fulfillments.map((one) => JSON.stringify(one.lines)),
      fulfillments.map((one) => (one.reason === undefined ? null : JSON.stringify(one.reason))), fulfillments.map((one) => one.checks),
      fulfillments.map((one) => dateOf(one.nextCheckAtMs)),
    ],
  );
  if (rowCount !== fulfillments.length) throw new Error(`${fulfillments.length} fulfillments changed, but ${rowCount} open rows were there.`);
}

async function recordEffects(tx: Tx, providers: Providers, kept: readonly KeptAnswer[]): Promise<void> {
  const byProvider = Map.groupBy(kept, ({ line }) => line.provider);
  const effects: KeptAnswer[] = [];
  for (const [name, answers] of byProvider) {
    const provider = providers.get(name);
    if (provider?.place !== 'local') continue;
    await provider.record?.(tx, answers);
    effects.push(...answers.filter(({ step }) => step === 'fulfilled'));
  }
  if (effects.length > 0) await tx.query(insertEffects(effects, 1));
}

/** The open one of a client with this id, or undefined. */
export async function findOpen(db: Tx, clientId: string, fulfillmentId: string): Promise<Fulfillment | undefined> {
  const { rows } = await db.query(`SELECT ${FULFILLMENT_COLUMNS} FROM fulfillments f WHERE f.client_id = $1 AND f.fulfillment_id = $2`, [clientId, fulfillmentId]);
  const found = rows[0] === undefined ? undefined : fulfillmentOf(rows[0]);
  return found !== undefined && isOpen(found) ? found : undefined;
}
