/**
 * Who has asked for which line of an order: one row per client and order, so that one statement decides, without a lock that
 * outlives it and over all processes.
 *
 * Promise: the same line of the same order is never held by two requests, unless one asks for it again on purpose; what was
 * revoked by order is never requested again; not more fulfillments of an order are open than may be. A claim without its
 * fulfillment (a key that two processes used at once) holds nothing: it is found and removed when it stands in the way, and so
 * is found what has settled since, which costs a settlement no write.
 */
import { jsonArray, jsonElements } from '@commerce/event-log/arrays';
import type { Tx } from '@commerce/event-log/extension';
import { run, runOver } from '@commerce/event-log/statement';
import { MAX_OPEN_OF_ORDER, heldLines, isActive } from './fulfillment.ts';
import type { Fulfillment } from './fulfillment.ts';

/** What one request claims. */
export interface Claim {
  readonly fulfillment: Fulfillment;
  /** Lines that are asked for again on purpose. */
  readonly again: readonly string[];
}

/** Parameters that `insertClaims` uses, counted from its first. */
export const CLAIM_PARAMETERS = 3;

const ALL_LINES = `'$.*.*[*]'`;
/** Claims of which nobody has seen yet that they are settled. */
const OPEN = `'$.* ? (!exists(@.settled))'`;

/**
 * `INSERT INTO order_claims … RETURNING client_id, order_id` as one statement or CTE, from parameter `$first` on: what comes back
 * was claimed. At most one claim for each client and order, sorted by both, so that two statements wait in one direction only.
 */
export function insertClaims(claims: readonly Claim[], first: number): { text: string; values: unknown[] } {
  const p = (index: number): string => `$${first + index}`;
  const asked = `ARRAY(SELECT jsonb_array_elements_text(jsonb_path_query_array(excluded.claims, '$.*.lines[*]')))`;
  return {
    text: `INSERT INTO order_claims AS o (client_id, order_id, claims)
SELECT c.client_id, c.order_id, c.claims FROM unnest(${p(0)}::text[], ${p(1)}::text[], ${jsonElements(p(2))}) AS c(client_id, order_id, claims)
ON CONFLICT (client_id, order_id) DO UPDATE SET claims = o.claims || excluded.claims
WHERE NOT o.revoked AND NOT jsonb_path_query_array(excluded.claims, ${ALL_LINES}) ?| o.revoked_lines
  AND NOT jsonb_path_query_array(o.claims, ${ALL_LINES}) ?| ${asked}
  AND (NOT jsonb_path_exists(excluded.claims, ${OPEN}) OR jsonb_array_length(jsonb_path_query_array(o.claims, ${OPEN})) < ${MAX_OPEN_OF_ORDER})
RETURNING client_id, order_id`,
    values: [claims.map(({ fulfillment }) => fulfillment.clientId), claims.map(({ fulfillment }) => fulfillment.orderId), jsonArray(claims.map(claimJson))],
  };
}

function claimJson({ fulfillment, again }: Claim): string {
  const repeated = new Set(again);
  const held = heldLines(fulfillment);
  const lines = held.filter((lineId) => !repeated.has(lineId));
  return JSON.stringify({ [fulfillment.fulfillmentId]: { lines, ...(again.length > 0 && { again: held.filter((lineId) => repeated.has(lineId)) }), ...settledMark(fulfillment) } });
}

function settledMark(fulfillment: Fulfillment): { settled?: true } {
  return isActive(fulfillment) ? {} : { settled: true };
}

/** Why a claim was refused. */
export type ClaimRefusal =
  /** Lines that may not be requested any more. */
  | { readonly kind: 'order_revoked'; readonly lineIds: readonly string[] }
  /** Lines that another fulfillment holds. */
  | { readonly kind: 'line_already_requested'; readonly lineIds: readonly string[]; readonly fulfillmentId: string }
  | { readonly kind: 'too_many_open_fulfillments' };

/** For each claim why it is refused now; undefined when nothing stands in its way any more. */
export async function explainRefusals(db: Tx, claims: readonly Claim[]): Promise<(ClaimRefusal | undefined)[]> {
  const { rows } = await runOver(claims.length, db,
    `SELECT o.client_id, o.order_id, o.revoked, o.revoked_lines, h.fulfillment_id, jsonb_path_query_array(h.held, '$.*[*]') AS held, h.held ? 'settled' AS is_settled,
       (SELECT f.active FROM fulfillments f WHERE f.client_id = o.client_id AND f.fulfillment_id = h.fulfillment_id::uuid) AS is_active
     FROM unnest($1::text[], $2::text[]) AS k(client_id, order_id) JOIN order_claims o USING (client_id, order_id)
     LEFT JOIN LATERAL jsonb_each(o.claims) AS h(fulfillment_id, held) ON true`,
    [claims.map(({ fulfillment }) => fulfillment.clientId), claims.map(({ fulfillment }) => fulfillment.orderId)],
  );
  const holders = rows.filter((row) => row.fulfillment_id !== null).map((row) => ({ ...row, clientId: row.client_id, orderId: row.order_id, fulfillmentId: row.fulfillment_id }));
  await removeClaims(db, holders.filter((row) => row.is_active === null));
  await markSettled(db, holders.filter((row) => row.is_active === false && row.is_settled === false));
  const byOrder = Map.groupBy(rows, (row) => `${row.client_id}\n${row.order_id}`);
  return claims.map((claim) => refusalOf(claim, byOrder.get(`${claim.fulfillment.clientId}\n${claim.fulfillment.orderId}`) ?? []));
}

interface HolderRow {
  readonly revoked: boolean;
  readonly revoked_lines: readonly string[];
  readonly fulfillment_id: string | null;
  readonly held: readonly string[] | null;
  /** Null when there is no such fulfillment. */
  readonly is_active: boolean | null;
}

function refusalOf({ fulfillment, again }: Claim, rows: readonly HolderRow[]): ClaimRefusal | undefined {
  const lineIds = fulfillment.lines.map(({ lineId }) => lineId);
  const [row] = rows;
  const revoked = lineIds.filter((lineId) => row !== undefined && (row.revoked || row.revoked_lines.includes(lineId)));
  if (revoked.length > 0) return { kind: 'order_revoked', lineIds: revoked };
  for (const { fulfillment_id: fulfillmentId, held, is_active: active } of rows) {
    const taken = lineIds.filter((lineId) => held?.includes(lineId) === true && !again.includes(lineId));
    if (fulfillmentId !== null && active !== null && taken.length > 0) return { kind: 'line_already_requested', lineIds: taken, fulfillmentId };
  }
  const isOneMore = isActive(fulfillment) && rows.filter((one) => one.is_active === true).length >= MAX_OPEN_OF_ORDER;
  return isOneMore ? { kind: 'too_many_open_fulfillments' } : undefined;
}

export interface ClaimName {
  readonly clientId: string;
  readonly orderId: string;
  readonly fulfillmentId: string;
}

/** Takes claims away whose fulfillments never came into being; the claim of one that is there stays, whoever thought it idle. */
export async function removeClaims(db: Tx, names: readonly ClaimName[]): Promise<void> {
  if (names.length === 0) return;
  const { rows } = await runOver(names.length, db,
    `SELECT f.fulfillment_id FROM fulfillments f JOIN unnest($1::text[], $2::uuid[]) AS n(client_id, fulfillment_id) USING (client_id, fulfillment_id)`,
    [names.map(({ clientId }) => clientId), names.map(({ fulfillmentId }) => fulfillmentId)],
  );
  const present = new Set(rows.map((row) => row.fulfillment_id));
  const idle = names.filter(({ fulfillmentId }) => !present.has(fulfillmentId));
  if (idle.length > 0) await writeClaims(db, idle.map((name) => ({ ...name, held: null })));
}

/** Notes of claims that their fulfillments are settled, so that they do not count as open any more. */
async function markSettled(db: Tx, names: readonly ClaimName[]): Promise<void> {
  if (names.length === 0) return;
  const orders = [...Map.groupBy(names, ({ clientId, orderId }) => `${clientId}\n${orderId}`).values()];
  await runOver(orders.length, db,
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS g(client_id, order_id, ids)),
     locked AS MATERIALIZED (SELECT o.client_id, o.order_id, g.ids FROM order_claims o JOIN given g USING (client_id, order_id) ORDER BY o.client_id, o.order_id FOR UPDATE OF o)
     UPDATE order_claims o SET claims = (SELECT jsonb_object_agg(c.id, CASE WHEN l.ids ? c.id THEN c.claim || '{"settled": true}' ELSE c.claim END) FROM jsonb_each(o.claims) AS c(id, claim))
     FROM locked l WHERE o.client_id = l.client_id AND o.order_id = l.order_id AND o.claims <> '{}'`,
    [orders.map((own) => own[0]?.clientId), orders.map((own) => own[0]?.orderId), orders.map((own) => JSON.stringify(own.map(({ fulfillmentId }) => fulfillmentId)))],
  );
}

/** Keeps of these fulfillments only the claims on lines that they still hold. Several may be of one order. */
export async function releaseClaims(tx: Tx, fulfillments: readonly Fulfillment[]): Promise<void> {
  await writeClaims(tx, fulfillments.map((fulfillment) => {
    const held = heldLines(fulfillment);
    return { ...fulfillment, held: held.length === 0 ? null : { lines: held, ...settledMark(fulfillment) } };
  }));
}

/** The rows are locked in the order in which the intake takes them. */
async function writeClaims(db: Tx, claims: readonly (ClaimName & { readonly held: object | null })[]): Promise<void> {
  const orders = [...Map.groupBy(claims, ({ clientId, orderId }) => `${clientId}\n${orderId}`).values()];
  await runOver(orders.length, db,
    `WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS g(client_id, order_id, patch)),
     locked AS MATERIALIZED (SELECT o.client_id, o.order_id, g.patch FROM order_claims o JOIN given g USING (client_id, order_id) ORDER BY o.client_id, o.order_id FOR UPDATE OF o)
     UPDATE order_claims o SET claims = jsonb_strip_nulls(o.claims || l.patch) FROM locked l WHERE o.client_id = l.client_id AND o.order_id = l.order_id`,
    [
      orders.map((own) => own[0]?.clientId), orders.map((own) => own[0]?.orderId),
      orders.map((own) => JSON.stringify(Object.fromEntries(own.map(({ fulfillmentId, held }) => [fulfillmentId, held])))),
    ],
  );
}

/**
 * Leaves the mark that refuses requests for these lines of the order from now on; for all when `lineIds` is undefined. A request
 * that is being kept just now is there when this returns, or is refused.
 */
export async function markRevoked(db: Tx, clientId: string, orderId: string, lineIds: readonly string[] | undefined): Promise<void> {
  await run(db,
    `INSERT INTO order_claims AS o (client_id, order_id, claims, revoked, revoked_lines) VALUES ($1, $2, '{}', $3, $4)
     ON CONFLICT (client_id, order_id) DO UPDATE SET revoked = o.revoked OR excluded.revoked,
       revoked_lines = ARRAY(SELECT DISTINCT unnest(o.revoked_lines || excluded.revoked_lines))
     WHERE NOT o.revoked AND (excluded.revoked OR NOT o.revoked_lines @> excluded.revoked_lines)`,
    [clientId, orderId, lineIds === undefined, lineIds ?? []],
  );
}
