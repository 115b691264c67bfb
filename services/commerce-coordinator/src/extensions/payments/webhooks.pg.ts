/**
 * Takes updates of providers: each once, judged and written in one transaction with what follows from it. Those that arrive
 * together are taken together; each is joined to the flow of its order.
 *
 * Promise: an update about an order that does not exist, or whose time has not come, is kept under its provider and event id, and has
 * its effect with the first change of the payment after which it can (kept.ts). One that waits for a week is given up, with a note.
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
import type { UpdateAnswer, UpdateFlow, Updates } from '../../updates/update.ts';
import { sendAll, take } from './kept.ts';
import type { Payment } from './payment.ts';
import type { Told } from './told.ts';
import type { Verdict } from './verdict.ts';

export interface UpdateIntake extends Updates {
  /** Gives up a batch of those that have waited too long. True when there may be more. */
  readonly giveUp: () => Promise<boolean>;
}

interface Arrived {
  readonly told: Told;
  /** SHA-256 of what was told. */
  readonly digest: Buffer;
  /** Of the message itself: used when nothing is known of the payment. */
  readonly correlationId: string;
}

/** `duplicate`: this very message was taken before. `reused`: its id was used for another content. */
interface Taken {
  readonly verdict: Verdict | 'duplicate' | 'reused';
  /** Why, where it was not taken. */
  readonly rule?: string | undefined;
  /** It stands in its table already, and stays there as it is. */
  readonly isWritten?: boolean;
}

/** As the table has it: a verdict, `kept`, and of what was kept `kept_` and the verdict. */
interface Seen {
  readonly digest: Buffer;
  readonly verdict: string;
}

interface Judged {
  readonly taken: Taken;
  readonly decision: Outcome<Payment>;
}

const HANDLER = 'command:payments.webhook';
const GIVE_UP_AFTER_DAYS = 7;
const BATCH = 100;

const ANSWERS: Readonly<Record<Taken['verdict'], UpdateAnswer>> = {
  accepted: { verdict: 'applied' },
  known: { verdict: 'stale' },
  early: { verdict: 'applied', detail: 'It is kept, and has its effect when its time has come.' },
  duplicate: { verdict: 'duplicate' },
  unknown_order: { verdict: 'unknown_order', detail: 'It is kept, and has its effect when the order has come.' },
  illegal: { verdict: 'invalid_status' },
  reused: { verdict: 'invalid_status', detail: 'This provider event id was used for another update.' },
};

export function createUpdateIntake(log: EventLog, definition: ExtensionDefinition): UpdateIntake {
  const extension: Extension<Payment> = { name: definition.name, source: definition.source, store: definition.store, handlers: {}, effects: {}, timers: {} };
  const batches = createMicroBatcher<Arrived, Taken>({ isSystemic, run: (all) => takeAll(all) });

  async function takeAll(all: readonly Arrived[]): Promise<Taken[]> {
    const triggers = await readTriggers(log, all);
    const seen = new Map<string, Seen>();
    const taken = new Map<Arrived, Taken>();
    const inputs = all.map((arrived): Input<Payment> => ({
      subject: arrived.told.update.orderId,
      handler: HANDLER,
      trigger: triggers.get(arrived.told.update.orderId) ?? { correlationId: arrived.correlationId, causationId: null, metadata: {} },
      decide: (payment, context) => {
        const judged = judge(payment, arrived, seen);
        const { result, events } = collectSent(definition, context, (sending) => sendAll(judged.decision, sending));
        taken.set(arrived, judged.taken);
        return result.kind === 'apply' ? { ...result, events } : result;
      },
    }));
    const settled = await log.change(extension, inputs, {
      before: (tx) => readSeen(tx, all, seen),
      after: (tx, outcomes) => [keep(tx, all.filter((arrived) => isNew(taken.get(arrived))), taken, settledInBatch(outcomes))],
    });
    for (const { outcome } of settled) if (outcome.kind === 'failed') throw outcome.error;
    return all.map((arrived) => taken.get(arrived) ?? { verdict: 'illegal' });
  }

  async function process(told: Told, { correlationId }: UpdateFlow): Promise<UpdateAnswer> {
    const { verdict, rule } = await batches.submit({ told, digest: sha256(canonicalJson({ ...told })), correlationId });
    return { ...ANSWERS[verdict], ...(verdict === 'illegal' && rule !== undefined && { detail: `It contradicts what is known: ${rule}.` }) };
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
        subject: row.order_id, handler: 'job:payments.kept', trigger: { correlationId: log.preparer.uuid(), causationId: null, metadata: {} },
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
  };
}

function judge(payment: Payment | undefined, { told, digest }: Arrived, seen: Map<string, Seen>): Judged {
  const key = keyOf(told.update);
  const earlier = seen.get(key);
  const evidence = { providerEventId: told.update.providerEventId };
  if (earlier !== undefined && !earlier.digest.equals(digest)) return { taken: { verdict: 'reused', isWritten: true }, decision: stale('webhook_id_reused', evidence) };
  if (earlier?.verdict === 'kept') return keptStill(payment, evidence);
  const late = earlier === undefined ? undefined : /^kept_(accepted|known)$/.exec(earlier.verdict)?.[1];
  // Nobody has told the provider yet that it was taken.
  if (late !== undefined) return { taken: { verdict: late as 'accepted' | 'known', isWritten: true }, decision: stale('duplicate_webhook', evidence) };
  // What was refused is judged anew: its time may have come.
  if (earlier !== undefined && !earlier.verdict.endsWith('illegal')) return { taken: { verdict: 'duplicate', isWritten: true }, decision: stale('duplicate_webhook', evidence) };
  const { verdict, decision } = take(payment, told);
  seen.set(key, { digest, verdict: storedAs(verdict) });
  return { taken: { verdict, rule: decision.kind === 'stale' ? decision.rule : undefined }, decision };
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

async function readSeen(tx: Tx, all: readonly Arrived[], seen: Map<string, Seen>): Promise<void> {
  const { rows } = await run(tx,
    'SELECT provider, provider_event_id, digest, verdict FROM payment_webhooks JOIN unnest($1::text[], $2::text[]) AS k(provider, provider_event_id) USING (provider, provider_event_id)',
    [all.map(({ told }) => told.update.provider), all.map(({ told }) => told.update.providerEventId)],
  );
  for (const row of rows) seen.set(keyOf({ provider: row.provider, providerEventId: row.provider_event_id }), { digest: row.digest, verdict: row.verdict });
}

/** Throws when a message with the same id was taken meanwhile for another order: then it is judged again, alone. */
async function keep(tx: Tx, all: readonly Arrived[], taken: ReadonlyMap<Arrived, Taken>, settled: ReadonlyMap<string, Verdict>): Promise<void> {
  const last = [...new Map(all.map((arrived) => [keyOf(arrived.told.update), arrived])).entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  if (last.length === 0) return;
  const rows = last.map(([key, arrived]) => {
    const late = settled.get(key);
    const verdict = late === undefined ? storedAs((taken.get(arrived) as { verdict: Verdict }).verdict) : `kept_${late}`;
    return { ...arrived.told.update, digest: arrived.digest, verdict, told: verdict === 'kept' ? JSON.stringify(arrived.told) : null };
  });
  const { rowCount } = await run(tx,
    `INSERT INTO payment_webhooks AS w (provider, provider_event_id, order_id, status, digest, verdict, told)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::jsonb[])
     ON CONFLICT (provider, provider_event_id) DO UPDATE SET verdict = excluded.verdict, told = excluded.told, times = w.times + 1, received_at = clock_timestamp() WHERE w.verdict IN ('illegal', 'kept_illegal') AND w.digest = excluded.digest`,
    [
      rows.map(({ provider }) => provider), rows.map(({ providerEventId }) => providerEventId), rows.map(({ orderId }) => orderId), rows.map(({ status }) => status),
      rows.map(({ digest }) => digest), rows.map(({ verdict }) => verdict), rows.map(({ told }) => told),
    ],
  );
  if (rowCount !== rows.length) throw new Error(`${rows.length} webhooks were to be kept, ${rowCount} were.`);
}

/** The flow of an order's payment, from the event that began it. */
async function readTriggers(log: EventLog, all: readonly Arrived[]): Promise<Map<string, Trigger>> {
  const { rows } = await run(log.pool,
    "SELECT subject, event_id, correlation_id, metadata FROM events WHERE subject = ANY ($1::text[]) AND type = 'PaymentInitiated'",
    [all.map(({ told }) => told.update.orderId)],
  );
  return new Map(rows.map((row) => {
    const { sequence: _own, ...metadata } = row.metadata;
    return [row.subject, { correlationId: row.correlation_id, causationId: row.event_id, metadata }];
  }));
}

function keyOf({ provider, providerEventId }: { readonly provider: string; readonly providerEventId: string }): string {
  return `${provider}\n${providerEventId}`;
}
