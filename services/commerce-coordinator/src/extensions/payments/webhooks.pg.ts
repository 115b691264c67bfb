/**
 * Takes updates of providers: each once, judged and written in one transaction with what follows from it. Those that arrive
 * together are taken together; each is joined to the flow of its order.
 *
 * Promise: an update about an order that does not exist, or whose time has not come, is kept under its provider and event id, and has
 * its effect with the first change of the payment after which it can (kept.ts). One of which only the charge is known finds its order by
 * that, and is kept under the charge while nobody knows it. What is kept is bounded, for each order and in all: what is more is not
 * taken, and noted. One that waits for a week is given up, with a note.
 */
import type { Input } from '@commerce/event-log/change';
import type { Trigger } from '@commerce/event-log/event';
import { apply, stale } from '@commerce/event-log/extension';
import type { Extension, Outcome, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { run } from '@commerce/event-log/statement';
import { isSystemic } from '@commerce/event-log/transaction';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { collectSent, inputDecision } from '@commerce/signals/sending';
import type { DisputeUpdateRequest, OrderUpdateRequest, UpdateAnswer, UpdateFlow, UpdateOutcome, Updates } from '../../updates/update.ts';
import { MAX_KEPT, sendAll, take, TOO_MANY } from './kept.ts';
import type { Payment } from './payment.ts';
import { readPlaces } from './places.pg.ts';
import type { Told } from './told.ts';
import type { Verdict } from './verdict.ts';

export interface UpdateIntake extends Updates {
  /** Gives up a batch of those that have waited too long. True when there may be more. */
  readonly giveUp: () => Promise<boolean>;
  /** Takes a batch of those that were kept under a charge of which the order is known by now. True when there may be more. */
  readonly place: () => Promise<boolean>;
  /** Judges anew what waits for the payment of an order that has ended without one. True when there may be more. */
  readonly endWaits: () => Promise<boolean>;
}

interface Arrived {
  readonly told: { readonly about: 'payment'; readonly update: OrderUpdateRequest } | { readonly about: 'dispute'; readonly update: DisputeUpdateRequest };
  /** SHA-256 of what was told. */
  readonly digest: Buffer;
  /** Of the message itself: used when nothing is known of the payment. */
  readonly correlationId: string;
}

/** Of which order it is, or, where nobody knows, of which charge: then the charge stands in the place of the order. */
interface Placed {
  readonly told: Told;
  readonly digest: Buffer;
  readonly correlationId: string;
  /** The charge, where the order is not known. */
  readonly charge: string | null;
}

/** `duplicate`: this very message was taken before. `reused`: its id was used for another content. `unkept`: of an unknown order, and too many wait. */
interface Taken {
  readonly verdict: Verdict | 'duplicate' | 'reused' | 'unkept';
  /** Why, where it was not taken. */
  readonly rule?: string | undefined;
  /** Its row stands as it is, or it gets none. */
  readonly isWritten?: boolean;
}

/** As the table has it: a verdict, `kept`, and of what was kept `kept_` and the verdict. */
interface Seen {
  readonly digest: Buffer;
  readonly verdict: string;
  /** The order, or the charge, that its row is of. */
  readonly of: string;
}

/** What the table has of those that arrive together; it grows while they are judged. */
interface Memory {
  readonly seen: Map<string, Seen>;
  /** How many wait, by order or charge. */
  readonly waiting: Map<string, number>;
  waitingInAll: number;
}

interface Judged {
  readonly taken: Taken;
  readonly decision: Outcome<Payment>;
}

const HANDLER = 'command:payments.webhook';
const JOB = 'job:payments.kept';
const GIVE_UP_AFTER_DAYS = 7;
const BATCH = 100;
/** Of all orders and charges together that nobody knows. */
const MAX_KEPT_IN_ALL = 10_000;

const ANSWERS: Readonly<Record<Taken['verdict'], UpdateAnswer>> = {
  accepted: { verdict: 'applied' },
  known: { verdict: 'stale' },
  early: { verdict: 'applied', detail: 'It is kept, and has its effect when its time has come.' },
  duplicate: { verdict: 'duplicate' },
  unknown_order: { verdict: 'unknown_order', detail: 'It is kept, and has its effect when the order has come.' },
  unkept: { verdict: 'unknown_order', detail: 'It is not kept, for too many wait already: tell it again when the order has come.' },
  illegal: { verdict: 'invalid_status' },
  reused: { verdict: 'invalid_status', detail: 'This provider event id was used for another update.' },
};

export function createUpdateIntake(log: EventLog, definition: ExtensionDefinition): UpdateIntake {
  const extension: Extension<Payment> = { name: definition.name, source: definition.source, store: definition.store, handlers: {}, effects: {}, timers: {} };
  const batches = createMicroBatcher<Arrived, Taken>({ isSystemic, run: (all) => takeAll(all) });

  async function takeAll(arrived: readonly Arrived[]): Promise<Taken[]> {
    const all = await placed(log, arrived);
    const triggers = await readTriggers(log, all.map(({ told }) => told.update.orderId));
    const memory: Memory = { seen: new Map(), waiting: new Map(), waitingInAll: 0 };
    const taken = new Map<Placed, Taken>();
    const inputs = all.map((one): Input<Payment> => ({
      subject: one.told.update.orderId,
      handler: HANDLER,
      trigger: triggers.get(one.told.update.orderId) ?? { correlationId: one.correlationId, causationId: null, metadata: {} },
      decide: (payment, context) => {
        const judged = judge(payment, one, memory);
        const { result, events } = collectSent(definition, context, (sending) => sendAll(judged.decision, sending));
        taken.set(one, judged.taken);
        return result.kind === 'apply' ? { ...result, events } : result;
      },
    }));
    const settled = await log.change(extension, inputs, {
      before: (tx) => readMemory(tx, all, memory),
      after: (tx, outcomes) => [keep(tx, all.filter((one) => isNew(taken.get(one))), taken, settledInBatch(outcomes))],
    });
    for (const { outcome } of settled) if (outcome.kind === 'failed') throw outcome.error;
    return all.map((one) => taken.get(one) ?? { verdict: 'illegal' });
  }

  async function process(told: Arrived['told'], { correlationId, signal }: UpdateFlow): Promise<UpdateOutcome> {
    const { verdict, rule } = await batches.submit({ told, digest: sha256(canonicalJson({ ...told })), correlationId }, signal);
    return { ...ANSWERS[verdict], ...((verdict === 'unkept' || rule === TOO_MANY) && { isUnkept: true as const }), ...(verdict === 'illegal' && rule !== undefined && { detail: `It contradicts what is known: ${rule}.` }) };
  }

  return {
    processOrderUpdate: (update, flow) => process({ about: 'payment', update }, flow),
    processDisputeUpdate: (update, flow) => process({ about: 'dispute', update }, flow),
    async giveUp() {
      const { rows } = await run(log.pool,
        `SELECT provider, provider_event_id, order_id, status FROM payment_webhooks WHERE verdict = 'kept' AND received_at < clock_timestamp() - $1 * interval '1 day' ORDER BY received_at LIMIT ${BATCH}`,
        [GIVE_UP_AFTER_DAYS],
      );
      if (rows.length === 0) return false;
      await log.change(extension, rows.map((row): Input<Payment> => ({
        subject: row.order_id, handler: JOB, trigger: { correlationId: log.preparer.uuid(), causationId: null, metadata: {} },
        decide: inputDecision<Payment>(definition, () => stale('waited_in_vain', { providerEventId: row.provider_event_id, told: row.status })),
      })), {
        after: (tx) => [run(tx,
          `UPDATE payment_webhooks w SET verdict = 'kept_illegal', told = NULL FROM unnest($1::text[], $2::text[]) AS k(provider, provider_event_id)
           WHERE w.provider = k.provider AND w.provider_event_id = k.provider_event_id AND w.verdict = 'kept'`,
          [rows.map((row) => row.provider), rows.map((row) => row.provider_event_id)],
        )],
      });
      return rows.length === BATCH;
    },
    async endWaits() {
      const { rows } = await run(log.pool,
        `SELECT DISTINCT o.order_id FROM payment_webhooks w JOIN orders o ON o.order_id = w.order_id LEFT JOIN payments p ON p.order_id = o.order_id
         WHERE w.verdict = 'kept' AND w.status = 'captured' AND o.status = 'cancelled' AND coalesce(p.status, 'unasked') IN ('unasked', 'unwanted') LIMIT ${BATCH}`, [],
      );
      if (rows.length === 0) return false;
      await log.change(extension, rows.map((row): Input<Payment> => ({
        subject: row.order_id, handler: JOB, trigger: { correlationId: log.preparer.uuid(), causationId: null, metadata: {} },
        decide: inputDecision<Payment>(definition, (payment, context) => (payment === undefined ? stale('unknown_order') : sendAll(apply(payment), context))),
      })));
      return rows.length === BATCH;
    },
    async place() {
      const { rows } = await run(log.pool,
        `SELECT w.provider, w.provider_event_id, w.told, (SELECT min(p.order_id) FROM payments p WHERE p.provider = w.provider AND p.reference = w.reference) AS order_id FROM payment_webhooks w
         WHERE w.verdict = 'kept' AND w.reference IS NOT NULL AND EXISTS (SELECT FROM payments p WHERE p.provider = w.provider AND p.reference = w.reference) ORDER BY w.received_at LIMIT ${BATCH}`, [],
      );
      if (rows.length === 0) return false;
      const triggers = await readTriggers(log, rows.map((row) => row.order_id));
      const verdicts = new Map<object, string>();
      await log.change(extension, rows.map((row): Input<Payment> => ({
        subject: row.order_id, handler: JOB, trigger: triggers.get(row.order_id) ?? { correlationId: log.preparer.uuid(), causationId: null, metadata: {} },
        decide: inputDecision<Payment>(definition, (payment, context) => {
          const { verdict, decision } = take(payment, { ...row.told, update: { ...row.told.update, orderId: row.order_id } });
          verdicts.set(row, verdict === 'early' ? 'kept' : `kept_${verdict}`);
          return sendAll(decision, context);
        }),
      })), {
        after: (tx) => [run(tx,
          `UPDATE payment_webhooks w SET verdict = k.verdict, order_id = k.order_id, reference = NULL, told = CASE WHEN k.verdict = 'kept' THEN jsonb_set(w.told, '{update,orderId}', to_jsonb(k.order_id)) END
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS k(provider, provider_event_id, order_id, verdict)
           WHERE w.provider = k.provider AND w.provider_event_id = k.provider_event_id AND w.verdict = 'kept' AND w.reference IS NOT NULL`,
          [rows.map((row) => row.provider), rows.map((row) => row.provider_event_id), rows.map((row) => row.order_id), rows.map((row) => verdicts.get(row) ?? 'kept')],
        )],
      });
      return rows.length === BATCH;
    },
  };
}

/** With the order of each that names a charge alone, where it is known by now. */
async function placed(log: EventLog, arrived: readonly Arrived[]): Promise<Placed[]> {
  const unplaced = arrived.flatMap(({ told: { update } }) => (update.orderId === undefined && update.reference !== undefined ? [{ provider: update.provider, reference: update.reference }] : []));
  const places = unplaced.length === 0 ? new Map<string, string>() : await readPlaces(log.pool, unplaced);
  return arrived.map(({ told, ...one }) => {
    const { provider, reference = '', orderId } = told.update;
    const charge = `${provider}:${reference}`;
    const place = orderId ?? places.get(charge);
    return { ...one, charge: place === undefined ? reference : null, told: { ...told, update: { ...told.update, orderId: place ?? charge } } as Told };
  });
}

function judge(payment: Payment | undefined, { told, digest }: Placed, memory: Memory): Judged {
  const key = keyOf(told.update);
  const { orderId, providerEventId } = told.update;
  const earlier = memory.seen.get(key);
  const evidence = { providerEventId };
  if (earlier !== undefined && !earlier.digest.equals(digest)) return { taken: { verdict: 'reused', isWritten: true }, decision: stale('webhook_id_reused', evidence) };
  // Kept under its charge while the order was not known, it is judged with the order now.
  const isPlaced = earlier?.verdict === 'kept' && earlier.of !== orderId;
  if (earlier?.verdict === 'kept' && !isPlaced) return keptStill(payment, evidence);
  // What was refused is judged anew: its time may have come.
  if (earlier !== undefined && !isPlaced && !earlier.verdict.endsWith('illegal')) return { taken: { verdict: 'duplicate', isWritten: true }, decision: stale('duplicate_webhook', evidence) };
  const { verdict, decision } = take(payment, told);
  if (verdict === 'unknown_order' && !mayWait(orderId, memory)) return { taken: { verdict: 'unkept', isWritten: true }, decision: stale(TOO_MANY, { ...evidence, told: told.update.status }) };
  memory.seen.set(key, { digest, verdict: storedAs(verdict), of: orderId });
  return { taken: { verdict, rule: decision.kind === 'stale' ? decision.rule : undefined }, decision };
}

/** Counts one more that waits for an order that nobody knows; false when there is no room for it. */
function mayWait(of: string, memory: Memory): boolean {
  const waiting = memory.waiting.get(of) ?? 0;
  if (waiting >= MAX_KEPT || memory.waitingInAll >= MAX_KEPT_IN_ALL) return false;
  memory.waiting.set(of, waiting + 1);
  memory.waitingInAll += 1;
  return true;
}

/** It waits, and is told again. */
function keptStill(payment: Payment | undefined, evidence: object): Judged {
  return payment === undefined
    ? { taken: { verdict: 'unknown_order', isWritten: true }, decision: stale('unknown_order', evidence) }
    : { taken: { verdict: 'early', isWritten: true }, decision: apply(payment) };
}

function storedAs(verdict: Verdict): string {
  return verdict === 'early' || verdict === 'unknown_order' ? 'kept' : verdict;
}

function isNew(taken: Taken | undefined): boolean {
  return taken !== undefined && taken.isWritten !== true;
}

/** Kept updates that were judged in this very transaction, each with its verdict, by its key. */
function settledInBatch(settled: readonly { readonly outcome: { readonly kind: string; readonly state?: Payment } }[]): Map<string, Verdict> {
  const kept = settled.flatMap(({ outcome }) => outcome.state?.kept ?? []);
  return new Map(kept.flatMap(({ told, verdict }) => (verdict === null ? [] : [[keyOf(told.update), verdict] as const])));
}

async function readMemory(tx: Tx, all: readonly Placed[], memory: Memory): Promise<void> {
  const { rows } = await run(tx,
    `SELECT k.order_id, k.provider, k.provider_event_id, w.digest, w.verdict, w.order_id AS row_of,
       (SELECT count(*) FROM payment_webhooks o WHERE o.order_id = k.order_id AND o.verdict = 'kept') AS waiting,
       (SELECT count(*) FROM (SELECT FROM payment_webhooks WHERE verdict = 'kept' LIMIT ${MAX_KEPT_IN_ALL}) AS a) AS waiting_in_all
     FROM unnest($1::text[], $2::text[], $3::text[]) AS k(provider, provider_event_id, order_id) LEFT JOIN payment_webhooks w ON w.provider = k.provider AND w.provider_event_id = k.provider_event_id`,
    [all.map(({ told }) => told.update.provider), all.map(({ told }) => told.update.providerEventId), all.map(({ told }) => told.update.orderId)],
  );
  for (const row of rows) {
    memory.waiting.set(row.order_id, Number(row.waiting));
    memory.waitingInAll = Number(row.waiting_in_all);
    if (row.verdict !== null) memory.seen.set(keyOf({ provider: row.provider, providerEventId: row.provider_event_id }), { digest: row.digest, verdict: row.verdict, of: row.row_of });
  }
}

/** Throws when a message with the same id was taken meanwhile for another order: then it is judged again, alone. */
async function keep(tx: Tx, all: readonly Placed[], taken: ReadonlyMap<Placed, Taken>, settled: ReadonlyMap<string, Verdict>): Promise<void> {
  const last = [...new Map(all.map((one) => [keyOf(one.told.update), one])).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  if (last.length === 0) return;
  const rows = last.map(([key, one]) => {
    const { told, digest, charge } = one;
    const late = settled.get(key);
    const verdict = late === undefined ? storedAs((taken.get(one) as { verdict: Verdict }).verdict) : `kept_${late}`;
    const waits = verdict === 'kept';
    return { ...told.update, digest, verdict, told: waits ? JSON.stringify(told) : null, charge: waits ? charge : null };
  });
  const { rowCount } = await run(tx,
    `INSERT INTO payment_webhooks AS w (provider, provider_event_id, order_id, status, digest, verdict, told, reference)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::jsonb[], $8::text[])
     ON CONFLICT (provider, provider_event_id) DO UPDATE SET order_id = excluded.order_id, verdict = excluded.verdict, told = excluded.told, reference = excluded.reference, times = w.times + 1, received_at = clock_timestamp()
       WHERE w.digest = excluded.digest AND (w.verdict IN ('illegal', 'kept_illegal') OR (w.verdict = 'kept' AND w.order_id <> excluded.order_id))`,
    [
      rows.map(({ provider }) => provider), rows.map(({ providerEventId }) => providerEventId), rows.map(({ orderId }) => orderId), rows.map(({ status }) => status),
      rows.map(({ digest }) => digest), rows.map(({ verdict }) => verdict), rows.map(({ told }) => told), rows.map(({ charge }) => charge),
    ],
  );
  if (rowCount !== rows.length) throw new Error(`${rows.length} webhooks were to be kept, ${rowCount} were.`);
}

/** The flow of an order's payment, from the event that began it. */
async function readTriggers(log: EventLog, orderIds: readonly string[]): Promise<Map<string, Trigger>> {
  const { rows } = await run(log.pool,
    "SELECT subject, event_id, correlation_id, metadata FROM events WHERE subject = ANY ($1::text[]) AND type = 'PaymentInitiated'",
    [orderIds],
  );
  return new Map(rows.map((row) => {
    const { sequence: _own, ...metadata } = row.metadata;
    return [row.subject, { correlationId: row.correlation_id, causationId: row.event_id, metadata }];
  }));
}

function keyOf({ provider, providerEventId }: { readonly provider: string; readonly providerEventId: string }): string {
  return `${provider}\n${providerEventId}`;
}
