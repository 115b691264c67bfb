/**
 * Takes updates of providers: each once, judged and written in one transaction with what follows from it. Those that arrive
 * together are taken together; each is joined to the flow of its order.
 */
import type { Input } from '@commerce/event-log/change';
import type { Trigger } from '@commerce/event-log/event';
import { stale } from '@commerce/event-log/extension';
import type { Extension, Outcome, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { run } from '@commerce/event-log/statement';
import { isSystemic } from '@commerce/event-log/transaction';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { collectSent } from '@commerce/signals/sending';
import type { Payment } from './payment.ts';
import { send } from './signals.ts';
import { takeUpdate } from './update.ts';
import type { Verdict } from './update.ts';
import type { PaymentUpdate } from './webhook.ts';

export interface Arrived {
  readonly update: PaymentUpdate;
  /** SHA-256 of the bytes that told it. */
  readonly digest: Buffer;
  /** Of the message itself: used when nothing is known of the payment. */
  readonly correlationId: string;
}

/** `duplicate`: this very message was taken before. `reused`: its id was used for another content. */
export type Taken = Verdict | 'duplicate' | 'reused';

/** Resolves when it is durable, or recorded as refused. Rejects with `Overloaded` when too much waits. */
export type TakeWebhook = (arrived: Arrived) => Promise<Taken>;

interface Seen {
  readonly digest: Buffer;
  readonly verdict: string;
}

export function createWebhookIntake(log: EventLog, definition: ExtensionDefinition): TakeWebhook {
  const extension: Extension<Payment> = { name: definition.name, source: definition.source, store: definition.store, handlers: {}, effects: {}, timers: {} };
  const batches = createMicroBatcher<Arrived, Taken>({ isSystemic, run: (all) => take(all) });
  return (arrived) => batches.submit(arrived);

  async function take(all: readonly Arrived[]): Promise<Taken[]> {
    const triggers = await readTriggers(log, all);
    const seen = new Map<string, Seen>();
    const taken = new Map<Arrived, Taken>();
    const inputs = all.map((arrived): Input<Payment> => ({
      subject: arrived.update.orderId,
      handler: 'command:payments.webhook',
      trigger: triggers.get(arrived.update.orderId) ?? { correlationId: arrived.correlationId, causationId: null, metadata: {} },
      decide: (payment, context) => {
        const { verdict, decision } = judge(payment, arrived, seen);
        taken.set(arrived, verdict);
        const { result, events } = collectSent(definition, context, (sending) => send(decision, sending));
        return result.kind === 'apply' ? { ...result, events } : result;
      },
    }));
    const settled = await log.change(extension, inputs, {
      before: (tx) => readSeen(tx, all, seen),
      after: (tx) => [keep(tx, all.filter((arrived) => isKept(taken.get(arrived))), taken)],
    });
    for (const { outcome } of settled) if (outcome.kind === 'failed') throw outcome.error;
    return all.map((arrived) => taken.get(arrived) ?? 'illegal');
  }
}

function judge(payment: Payment | undefined, { update, digest }: Arrived, seen: Map<string, Seen>): { verdict: Taken; decision: Outcome<Payment> } {
  const key = keyOf(update);
  const earlier = seen.get(key);
  if (earlier !== undefined && !earlier.digest.equals(digest)) return { verdict: 'reused', decision: stale('webhook_id_reused', { providerEventId: update.eventId }) };
  // What was refused is judged anew: its time may have come.
  if (earlier !== undefined && earlier.verdict !== 'illegal') return { verdict: 'duplicate', decision: stale('duplicate_webhook', { providerEventId: update.eventId }) };
  const judged = takeUpdate(payment, update);
  if (judged.verdict !== 'unknown_order') seen.set(key, { digest, verdict: judged.verdict });
  return judged;
}

function isKept(verdict: Taken | undefined): boolean {
  return verdict === 'accepted' || verdict === 'known' || verdict === 'illegal';
}

async function readSeen(tx: Tx, all: readonly Arrived[], seen: Map<string, Seen>): Promise<void> {
  const { rows } = await run(tx,
    'SELECT provider, provider_event_id, digest, verdict FROM payment_webhooks JOIN unnest($1::text[], $2::text[]) AS k(provider, provider_event_id) USING (provider, provider_event_id)',
    [all.map(({ update }) => update.provider), all.map(({ update }) => update.eventId)],
  );
  for (const row of rows) seen.set(keyOf({ provider: row.provider, eventId: row.provider_event_id }), { digest: row.digest, verdict: row.verdict });
}

/** Throws when a message with the same id was taken meanwhile for another order: then it is judged again, alone. */
async function keep(tx: Tx, all: readonly Arrived[], taken: ReadonlyMap<Arrived, Taken>): Promise<void> {
  const last = [...new Map(all.map((arrived) => [keyOf(arrived.update), arrived])).values()].sort((a, b) => (keyOf(a.update) < keyOf(b.update) ? -1 : 1));
  if (last.length === 0) return;
  const { rowCount } = await run(tx,
    `INSERT INTO payment_webhooks AS w (provider, provider_event_id, order_id, status, digest, verdict)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[])
     ON CONFLICT (provider, provider_event_id) DO UPDATE SET verdict = excluded.verdict, times = w.times + 1 WHERE w.verdict = 'illegal' AND w.digest = excluded.digest`,
    [
      last.map(({ update }) => update.provider), last.map(({ update }) => update.eventId), last.map(({ update }) => update.orderId), last.map(({ update }) => update.status),
      last.map(({ digest }) => digest), last.map((arrived) => taken.get(arrived)),
    ],
  );
  if (rowCount !== last.length) throw new Error(`${last.length} webhooks were to be kept, ${rowCount} were.`);
}

/** The flow of an order's payment, from the event that began it. */
async function readTriggers(log: EventLog, all: readonly Arrived[]): Promise<Map<string, Trigger>> {
  const { rows } = await run(log.pool,
    "SELECT subject, event_id, correlation_id, metadata FROM events WHERE subject = ANY ($1::text[]) AND type = 'PaymentInitiated'",
    [all.map(({ update }) => update.orderId)],
  );
  return new Map(rows.map((row) => {
    const { sequence: _own, ...metadata } = row.metadata;
    return [row.subject, { correlationId: row.correlation_id, causationId: row.event_id, metadata }];
  }));
}

function keyOf({ provider, eventId }: Pick<PaymentUpdate, 'provider' | 'eventId'>): string {
  return `${provider}\n${eventId}`;
}
