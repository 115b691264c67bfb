/** What clients are shown of webhooks and deliveries. Times are ISO 8601. Secrets and the values of headers are never among it. */
import { z } from 'zod';
import type { Sealable } from './endpoint.ts';
import type { CountedEndpoint } from './endpoints.pg.ts';
import { DELIVERY_STATES } from './operating.pg.ts';
import type { Delivery, DeliveryAbout, WholeDelivery } from './operating.pg.ts';
import { inForce, publicKeyOf } from './secrets.ts';

const time = z.iso.datetime();
const count = z.int().min(0);
const nextCursor = z.string().nullable().meta({ description: 'For the next page; null on the last one.' });

const secretView = z.strictObject({
  signing: z.enum(['hmac', 'ed25519']), createdAt: time,
  expiresAt: time.nullable().meta({ description: 'Until when it signs along after it was changed; null for the present one.' }),
  publicKey: z.string().nullable().meta({ description: 'whpk_ and base64, for ed25519.' }),
});
const shown = {
  webhookId: z.uuid(), url: z.string(), events: z.array(z.string()), filter: z.record(z.string(), z.unknown()).nullable(),
  retryAttempts: z.int(), retryDelay: z.int(), timeout: z.int(), rateLimit: z.int().nullable(), maxInFlight: z.int(), ordered: z.boolean(),
  headerNames: z.array(z.string()).meta({ description: 'Names of the headers that are sent along.' }),
  description: z.string().nullable(), owner: z.string().meta({ description: 'Client that registered it.' }),
  status: z.enum(['enabled', 'disabled']), disabledReason: z.string().nullable(), disabledAt: time.nullable(),
  secrets: z.array(secretView).meta({ description: 'What signs now, newest first; without the secrets themselves.' }),
  delivered: count, failedAttempts: count, exhausted: count.meta({ description: 'Deliveries that were given up.' }),
  createdAt: time, updatedAt: time,
};
const shownOnce = z.string().nullable().meta({ description: 'Shown here alone, when it was made here; null otherwise.' });
export const webhookView = z.strictObject(shown).meta({ title: 'Webhook' });
export const webhookWithSecretView = z.strictObject({ ...shown, secret: shownOnce }).meta({ title: 'WebhookWithSecret' });
export const changedWebhookView = z.strictObject({
  ...shown, droppedHeaders: z.array(z.string()).meta({ description: 'Names of the headers that are not sent along any more, for url has another origin and no headers were given.' }),
}).meta({ title: 'ChangedWebhook' });
export const webhookListView = z.strictObject({ items: z.array(webhookView), nextCursor });
export const removedView = z.strictObject({ webhookId: z.uuid(), removed: z.literal(true) });
export const statisticsView = z.strictObject({
  registeredWebhooks: count, deliveredWebhooks: count, failedWebhooks: count.meta({ description: 'Deliveries that are given up after their last attempt.' }),
  queuedWebhooks: count.meta({ description: 'Being sent, waiting for their time, or held.' }),
}).meta({ title: 'WebhookStatistics' });

const delivery = {
  deliveryId: z.uuid(), webhookId: z.uuid(), eventId: z.uuid().meta({ description: 'Of the event: the header webhook-id, and id in the body.' }),
  event: z.string(), subject: z.string().meta({ description: 'What the event is about: for an order its id.' }),
  state: z.enum(DELIVERY_STATES), attempts: count, createdAt: time, dueAt: time.nullable().meta({ description: 'When it is sent next.' }), endedAt: time.nullable(),
  lastStatus: z.int().nullable(), lastError: z.string().nullable(), replayId: z.uuid().nullable(),
};
export const deliveryView = z.strictObject(delivery).meta({ title: 'WebhookDelivery' });
export const deliveryListView = z.strictObject({ items: z.array(deliveryView), nextCursor });
const attemptView = z.strictObject({
  attempt: z.int().min(1), startedAt: time, durationMs: count, status: z.int().nullable(), answer: z.string().nullable().meta({ description: 'The beginning of what was answered, as it came.' }), error: z.string().nullable(),
  url: z.string().nullable().meta({ description: 'Where it went, also when the webhook goes elsewhere by now; null for one that a dying process may have made.' }),
});
export const aboutListView = z.strictObject({
  items: z.array(z.strictObject({ ...delivery, url: z.string(), attemptsMade: z.array(attemptView.omit({ answer: true })).meta({ description: 'The latest ones, the oldest of them first.' }) })), nextCursor,
}).meta({ title: 'WebhookDeliveriesAboutSubject' });
export const wholeDeliveryView = z.strictObject({
  ...delivery,
  request: z.strictObject({
    method: z.literal('POST'), url: z.string(), headers: z.record(z.string(), z.string()).meta({ description: 'Those that are the same at each attempt. Time and signatures are made anew for each.' }),
    body: z.string().nullable().meta({ description: 'The exact body; null when it is no longer kept.' }),
  }),
  attemptsMade: z.array(attemptView),
}).meta({ title: 'WholeWebhookDelivery' });

export const movedView = z.strictObject({
  moved: count.meta({ description: 'Deliveries that were moved already.' }),
  isComplete: z.boolean().meta({ description: 'False: the rest follows by itself.' }),
}).meta({ title: 'MovedDeliveries' });
export const enabledView = z.strictObject({ ...shown, held: movedView });
export const recoveryView = z.strictObject({ webhooks: count.meta({ description: 'Webhooks of which exhausted deliveries are sent once more.' }) });
export const testedView = z.strictObject({
  delivered: z.boolean(), eventId: z.uuid(), event: z.string(), status: z.int().nullable(), durationMs: count, answer: z.string().nullable(), error: z.string().nullable(),
}).meta({ title: 'TestedWebhook' });

const MOST_ANSWER = 1_024;

export function webhookOf({ endpoint, delivered, failed, dead }: CountedEndpoint, { secrets, headers }: Sealable, nowMs: number): z.infer<typeof webhookView> {
  return {
    webhookId: endpoint.endpointId, url: endpoint.url, events: [...endpoint.events], filter: endpoint.filter as Record<string, unknown> | null,
    retryAttempts: endpoint.retryAttempts, retryDelay: endpoint.retryDelayMs, timeout: endpoint.timeoutMs, rateLimit: endpoint.rateLimit, maxInFlight: endpoint.maxInFlight, ordered: endpoint.ordered,
    headerNames: Object.keys(headers), description: endpoint.description, owner: endpoint.owner,
    status: endpoint.status, disabledReason: endpoint.disabledReason, disabledAt: endpoint.disabledAt?.toISOString() ?? null,
    secrets: inForce(secrets, nowMs).map((one) => ({ signing: one.kind, createdAt: one.createdAt, expiresAt: one.expiresAt, publicKey: publicKeyOf(one) })),
    delivered, failedAttempts: failed, exhausted: dead, createdAt: endpoint.createdAt.toISOString(), updatedAt: endpoint.updatedAt.toISOString(),
  };
}

export function viewOfDelivery({ deliveryId, endpointId, eventId, name, subject, state, attempt, dueAt, createdAt, endedAt, lastStatus, lastError, replayId }: Delivery): z.infer<typeof deliveryView> {
  return {
    deliveryId, webhookId: endpointId, eventId, event: name, subject, state, attempts: attempt, createdAt: createdAt.toISOString(),
    dueAt: state === 'ready' ? dueAt.toISOString() : null, endedAt: endedAt?.toISOString() ?? null, lastStatus, lastError, replayId,
  };
}

export function viewOfAbout({ delivery: it, url, attempts }: DeliveryAbout): z.infer<typeof aboutListView>['items'][number] {
  return { ...viewOfDelivery(it), url, attemptsMade: attempts.map(({ startedAt, ...rest }) => ({ ...rest, startedAt: startedAt.toISOString() })) };
}

export function viewOfWhole({ delivery: it, body, attempts }: WholeDelivery, url: string): z.infer<typeof wholeDeliveryView> {
  return {
    ...viewOfDelivery(it),
    request: {
      method: 'POST', url, body: body?.toString() ?? null,
      headers: { 'content-type': 'application/json', 'x-webhook-event': it.name, 'x-webhook-id': it.endpointId, 'webhook-id': it.eventId },
    },
    attemptsMade: attempts.map(({ startedAt, answer, ...rest }) => ({ ...rest, startedAt: startedAt.toISOString(), answer: shortAnswer(answer) })),
  };
}

/** What somebody else has answered is shown as text, and little of it. */
export function shortAnswer(answer: string | null): string | null {
  return answer === null ? null : answer.slice(0, MOST_ANSWER).toWellFormed();
}
