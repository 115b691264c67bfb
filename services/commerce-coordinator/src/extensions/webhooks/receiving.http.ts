/**
 * The receiving side: systems outside tell how an order or a job stands with them. Public, opened by a signature over the raw bytes.
 * Promise: 202 only when it is durable; told again, 200, and nothing is stored twice. Refuses: a wrong, missing or stale signature
 * (401, without saying which), what cannot be read (400), and a report of a report.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EventEnvelope } from '@commerce/events/envelope';
import type { EventLog } from '@commerce/event-log/log';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { addWebhookDoor, signedBody, WEBHOOK_HEADERS, WEBHOOK_ROUTE } from '@commerce/service-kit/webhook-door';
import type { WebhookKeys } from '@commerce/service-kit/webhook-door';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import { webhookProblems } from './problems.ts';
import { isReportOfReport, orderStatusEvent, orderStatusForm, readMessage, testForm, workerStatusEvent, workerStatusForm } from './receiving.ts';
import { forgetReceived, isFirstOrSame } from './receiving.pg.ts';

export interface Receiving {
  readonly log: Pick<EventLog, 'appendForeign'>;
  readonly pool: Pool;
  /** As they stand in the configuration, the newest first. */
  readonly secrets: readonly string[];
  readonly nowMs: () => number;
}

const { webhook_signature_refused, webhook_report_malformed, webhook_report_reused, webhook_report_too_old, webhook_loop } = webhookProblems;
const takenView = z.strictObject({ status: z.enum(['accepted', 'duplicate']), eventId: z.uuid() }).meta({ title: 'TakenReport' });
const verifiedView = z.strictObject({
  verified: z.literal(true), messageId: z.string(), event: z.string(),
  timestamp: z.int().meta({ description: 'Unix seconds, as they were signed.' }), ageSeconds: z.int().meta({ description: 'By the clock here; below zero when the clock of the sender is ahead.' }),
  bodyBytes: z.int(), secret: z.int().min(1).meta({ description: 'Which of the secrets has signed: 1 is the newest.' }),
  bodySignature: z.enum(['valid', 'wrong', 'absent']).meta({ description: 'What X-Webhook-Signature is, the hexadecimal HMAC-SHA256 of the body alone.' }),
}).meta({ title: 'VerifiedWebhook' });

/** Adds the routes. Throws when a secret is none. */
export function addReceivingRoutes(app: HttpApp, { log, pool, secrets, nowMs }: Receiving): void {
  const keys = secrets.map((secret) => webhookKey(secret));
  const door: WebhookKeys = { keys, nowMs };
  const shared = { bodyLimit: WEBHOOK_ROUTE.bodyLimit, config: { scope: 'public', headers: WEBHOOK_HEADERS, problems: [webhook_signature_refused, webhook_report_malformed] } };
  const taking = { ...shared, config: { ...shared.config, problems: [...shared.config.problems, webhook_report_reused, webhook_report_too_old, webhook_loop] } };

  addWebhookDoor(app, (scope) => {
    scope.post('/api/webhooks/order-status', {
      ...taking,
      schema: { operationId: 'reportOrderStatus', summary: 'Report how an order stands with a system outside', description: WEBHOOK_ROUTE.description, tags: ['webhooks'], body: orderStatusForm, response: { 200: takenView, 202: takenView } },
    }, (request, reply) => take(request, reply, orderStatusForm, orderStatusEvent));

    scope.post('/api/webhooks/worker-status', {
      ...taking,
      schema: { operationId: 'reportWorkerStatus', summary: 'Report how a job stands with a worker outside', description: WEBHOOK_ROUTE.description, tags: ['webhooks'], body: workerStatusForm, response: { 200: takenView, 202: takenView } },
    }, (request, reply) => take(request, reply, workerStatusForm, workerStatusEvent));

    scope.post('/api/webhooks/test', {
      ...shared,
      schema: {
        operationId: 'testInboundWebhook', summary: 'Learn whether a message is signed as it must be', description: `${WEBHOOK_ROUTE.description} Nothing is stored.`, tags: ['webhooks'],
        body: testForm, response: { 200: verifiedView },
      },
    }, async (request: FastifyRequest) => {
      const body = bodyOf(request, door);
      const { event } = messageOf(body, testForm);
      const timestamp = Number(header(request, 'webhook-timestamp'));
      return {
        verified: true as const, messageId: idOf(request), event, timestamp, ageSeconds: Math.floor(nowMs() / 1_000) - timestamp, bodyBytes: body.length,
        secret: 1 + keys.findIndex((key) => signedBody(request, { keys: [key], nowMs }) !== undefined),
        bodySignature: bodySignature(header(request, 'x-webhook-signature'), body, secrets),
      };
    });
  });

  async function take<Form extends z.ZodType<{ readonly id: string; readonly event: string }>>(request: FastifyRequest, reply: FastifyReply, form: Form, eventOf: (messageId: string, message: z.infer<Form>) => EventEnvelope) {
    const body = bodyOf(request, door);
    const message = messageOf(body, form);
    const messageId = idOf(request);
    if (message.id !== messageId) throw new Problem(webhook_report_malformed, { detail: 'id: must be the webhook-id that was signed' });
    if (isReportOfReport(message)) throw new Problem(webhook_loop);
    const event = eventOf(messageId, message);
    // The id of an event bears its time, so another time would make another event: the id of the message alone decides.
    if (!(await isFirstOrSame(pool, event.eventType, messageId, body))) throw new Problem(webhook_report_reused);
    const [result] = await log.appendForeign([event]);
    if (result?.kind === 'outside_window' || result?.kind === 'refused') await forgetReceived(pool, event.eventType, messageId);
    if (result?.kind === 'conflict') throw new Problem(webhook_report_reused);
    if (result?.kind === 'outside_window') throw new Problem(webhook_report_too_old);
    if (result?.kind === 'refused') throw new Problem(webhook_report_malformed, { detail: result.reason });
    return reply.code(result?.kind === 'appended' ? 202 : 200).send({ status: result?.kind === 'appended' ? 'accepted' : 'duplicate', eventId: event.eventId });
  }
}

/** Throws the problem of a signature that does not open. */
function bodyOf(request: FastifyRequest, door: WebhookKeys): Buffer {
  const body = signedBody(request, door);
  if (body === undefined) throw new Problem(webhook_signature_refused);
  return body;
}

function messageOf<Form extends z.ZodType>(body: Buffer, form: Form): z.infer<Form> {
  const message = readMessage(body, form) as { readonly malformed?: string };
  if (message.malformed !== undefined) throw new Problem(webhook_report_malformed, { detail: message.malformed });
  return message as z.infer<Form>;
}

/** The id that was signed. */
function idOf(request: FastifyRequest): string {
  const id = header(request, 'webhook-id') ?? '';
  if (id.length > 200) throw new Problem(webhook_report_malformed, { detail: 'webhook-id may have 200 characters.' });
  return id;
}

function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function bodySignature(given: string | undefined, body: Buffer, secrets: readonly string[]): 'valid' | 'wrong' | 'absent' {
  if (given === undefined) return 'absent';
  const sent = Buffer.from(given);
  const fits = secrets.map((secret) => Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))).map((expected) => expected.length === sent.length && timingSafeEqual(expected, sent));
  return fits.includes(true) ? 'valid' : 'wrong';
}
