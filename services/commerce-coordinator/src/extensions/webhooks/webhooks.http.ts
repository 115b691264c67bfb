/**
 * The API of webhooks: register an endpoint, change it, test it, switch it on and off.
 *
 * Promise: answers come after the commit, each change with the record of who made it. An owner sees what is his, an operator (scope
 * `admin` or `webhooks:all`) all; what belongs to somebody else is answered as what is not there. A secret is shown when it is made, and
 * never again. Headers go to the origin for which they were given, and to no other one. Where the webhooks of others go, and what they are
 * signed and sent with, is changed by `admin` alone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson } from '@commerce/events/canonical';
import { uuid7 } from '@commerce/events/uuid7';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { Problem, retryAfter } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { audited } from '../../audit.ts';
import type { Act, GivenReason } from '../../audit.ts';
import { commandsOf } from '../../commands.ts';
import { nameUuid } from '../../name-uuid.ts';
import { actRecorder } from '../../operator-acts.ts';
import { problems } from '../../problems.ts';
import { actorOf, cursor, idempotencyKeyOf, keyProblems, pageOf, pageProblems, triggerOf } from '../../requests.http.ts';
import { AddressRefused } from './address-guard/address-guard.http.ts';
import { addressOf } from './address-guard/endpoint-url.ts';
import { enableForm, patched, patchForm, refuseWeakSecret, registrationForm, rotationForm, settingsOf, whyForm } from './endpoint-form.ts';
import type { RegistrationForm } from './endpoint-form.ts';
import type { Endpoint, EndpointSecret, Sealable } from './endpoint.ts';
import { countEndpoints, readEndpoint, readEndpoints, readStatistics, wasRegistered } from './endpoints.pg.ts';
import type { CountedEndpoint } from './endpoints.pg.ts';
import { addDeliveryRoutes } from './deliveries.http.ts';
import { isDelivered } from './delivery/retry.ts';
import { addFiguresRoute } from './figures.http.ts';
import { performRuns } from './operating.pg.ts';
import type { Performed, Run } from './operating.pg.ts';
import type { WebhooksOwn, WebhooksResources } from './own.ts';
import { webhookProblems, WebhookRefused } from './problems.ts';
import { askingOf, ownerOf, pathId, refuseForeign, UUID } from './asking.http.ts';
import { addReceivingRoutes } from './receiving.http.ts';
import { changed, disabled, enabled, maySee, presentFor, register, removed } from './registration.ts';
import type { Present, Registered } from './registration.ts';
import { REGISTRATIONS } from './registrations.ts';
import { inForce, makeSecret, MOST_SECRETS, rotated } from './secrets.ts';
import { changedWebhookView, enabledView, removedView, shortAnswer, statisticsView, testedView, webhookListView, webhookOf, webhookView, webhookWithSecretView } from './views.ts';

export const WEBHOOK_ROUTES = [
  'POST /api/webhooks/register', 'GET /api/webhooks', 'GET /api/webhooks/stats', 'GET /api/webhooks/figures', 'GET /api/webhooks/dead-deliveries', 'GET /api/webhooks/deliveries', 'POST /api/webhooks/recover',
  'GET /api/webhooks/:id', 'PATCH /api/webhooks/:id', 'DELETE /api/webhooks/:id',
  ...['rotate', 'test', 'enable', 'disable', 'recover'].map((act) => `POST /api/webhooks/:id/${act}` as const),
  'GET /api/webhooks/:id/deliveries', 'GET /api/webhooks/:id/deliveries/:deliveryId', 'POST /api/webhooks/:id/deliveries/:deliveryId/retry',
  'POST /api/webhooks/order-status', 'POST /api/webhooks/worker-status', 'POST /api/webhooks/test',
] as const;

/** Of one client. */
export const MOST_WEBHOOKS = 20_000;
const QUOTA_RETRY_MS = 60_000;
/** A test answers within the time of a request. */
const TEST_TIMEOUT_MS = 10_000;
/** So long an answer waits for deliveries to be moved; a job moves the rest. */
const MOVE_LIMIT_MS = 2_000;
const TEST_EVENT = 'webhook.test';

const TAGS = ['webhooks'];
const listQuery = z.strictObject({ limit: pageLimit, cursor });
const removeQuery = z.strictObject({ reason: z.string().min(1).max(500).optional().meta({ description: 'Why; it is written into the audit log.' }) });
const {
  webhook_not_found, webhook_address_refused, webhook_secret_weak, webhook_event_unknown, webhook_filter_invalid, webhook_filter_personal, webhook_retries_too_many, webhook_quota_reached, webhook_secrets_too_many,
} = webhookProblems;
const SETTINGS_PROBLEMS = [webhook_address_refused, webhook_event_unknown, webhook_filter_invalid, webhook_filter_personal, webhook_retries_too_many];

/** Adds the routes of webhooks. Throws when a secret for what comes in is none. */
export function addWebhookRoutes(app: HttpApp, own: WebhooksOwn, { log, pool, ports, nowMs, cursors }: WebhooksResources): void {
  const { settings, guard, secrets: box } = own;
  const run = commandsOf<Registered>(log, REGISTRATIONS);
  const record = actRecorder(log);
  const nextId = (): string => uuid7(nowMs());

  const viewOf = (found: CountedEndpoint) => webhookOf(found, box.open(found.endpoint.secrets, found.endpoint.endpointId), nowMs());

  /** The endpoint, when the caller may see it. Throws the problem of one that is not there. */
  async function find(request: FastifyRequest, given: string): Promise<CountedEndpoint> {
    const found = UUID.test(given) ? await readEndpoint(pool, given.toLowerCase()) : undefined;
    if (found === undefined || !maySee(found.endpoint, askingOf(request))) throw new Problem(webhook_not_found);
    return found;
  }

  /** Changes an endpoint of the caller, with the record of it. */
  async function change<After extends Registered>(request: FastifyRequest, given: string, act: Pick<Act, 'act' | 'why' | 'details'>, decide: (there: Present) => ReturnType<typeof changed> | ReturnType<typeof removed>): Promise<After> {
    if (!UUID.test(given)) throw new Problem(webhook_not_found);
    const about = given.toLowerCase();
    const recorded = { ...act, about, by: actorOf(request) };
    const after = await run<Registered>({
      subject: about, name: `webhooks.${act.act}`, trigger: triggerOf(request), decide: audited<Registered>(recorded, (there) => decide(presentFor(there, askingOf(request)))),
    }).catch(refused);
    return after as After;
  }

  /** What is sealed of an endpoint, with these headers; the same bytes when they are no others. `dropped`: names of those that were there and are not given for another origin. */
  function withHeaders({ endpointId, secrets: sealed, url }: Endpoint, given: Sealable['headers'] | undefined, urlAfter: string): { readonly sealed: Buffer; readonly dropped: string[] } {
    const opened = box.open(sealed, endpointId);
    const isDropped = given === undefined && new URL(url).origin !== new URL(urlAfter).origin;
    const headers = isDropped ? {} : (given ?? opened.headers);
    return { sealed: isDeepStrictEqual(headers, opened.headers) ? sealed : box.seal({ ...opened, headers }, endpointId), dropped: isDropped ? Object.keys(opened.headers) : [] };
  }

  const checkUrl = (url: string): Promise<void> => guard.checkUrl(url).catch(refused);
  const counted = async ({ endpoint }: Present): Promise<CountedEndpoint> => (await readEndpoint(pool, endpoint.endpointId)) ?? { endpoint, delivered: 0, failed: 0, dead: 0 };
  const recordOf = (request: FastifyRequest, act: string, about: string, why: GivenReason | undefined, details: object = {}): Promise<void> =>
    record({ act, about, by: actorOf(request), why: why ?? null, details: { ...details } }, triggerOf(request));
  /** What was held, and of one that is disabled what was to be held. */
  const discarded = ({ endpoint: { endpointId, status } }: Present, before: Date): Run[] =>
    (status === 'disabled' ? ['held', 'ready'] as const : ['held'] as const).map((from) => ({ runId: nextId(), endpointId, from, to: 'discarded', before }));
  async function move(endpointId: string): Promise<Performed> {
    const performed = await performRuns(pool, endpointId, () => ports.clock.monotonicMs(), MOVE_LIMIT_MS);
    own.dispatcher?.due([endpointId]);
    return performed;
  }

  app.post('/api/webhooks/register', {
    config: {
      scope: 'webhooks:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [LOCATION, IDEMPOTENCY_REPLAYED],
      problems: [...Object.values(keyProblems), ...SETTINGS_PROBLEMS, webhook_secret_weak, webhook_quota_reached],
    },
    schema: {
      operationId: 'registerWebhook', summary: 'Register a webhook', tags: TAGS, body: registrationForm, response: { 201: webhookWithSecretView },
      description: 'A secret that is made here stands in the first answer alone: the same request again is answered without it.',
    },
  }, async (request, reply) => {
    const { secret: given, signing, reason, ...form } = request.body;
    const { clientId } = request.caller;
    // The key makes the id, so that the same request finds its endpoint.
    const endpointId = nameUuid(`webhook\n${clientId}\n${idempotencyKeyOf(request)}`);
    const isNew = !(await wasRegistered(pool, endpointId));
    const asked = settingsFrom(form);
    if (isNew) await admit(clientId, form.url, given, signing);
    const made: EndpointSecret = { kind: signing, secret: given ?? makeSecret(signing, randomBytes), createdAt: new Date(nowMs()).toISOString(), expiresAt: null };
    let wasThere = false;
    const after = await run<Present>({
      subject: endpointId, name: 'webhooks.register', trigger: triggerOf(request),
      decide: audited<Present>({ act: 'webhook.register', about: endpointId, by: actorOf(request), why: reason ?? null, details: { url: addressOf(form.url), events: asked.events } }, (there) => {
        wasThere = there !== undefined;
        return register(there, { endpointId, owner: clientId, digest: digestOf({ ...form, secret: given, signing }), settings: asked, secrets: box.seal({ secrets: [made], headers: form.headers ?? {} }, endpointId), now: new Date(nowMs()) });
      }),
    }).catch(refused);
    if (wasThere) void reply.header('idempotency-replayed', 'true');
    return reply.code(201).header('location', `/api/webhooks/${endpointId}`).send({ ...viewOf(await counted(after)), secret: wasThere || given !== undefined ? null : made.secret });
  });

  function settingsFrom(form: Omit<RegistrationForm, 'secret' | 'signing' | 'reason'>): ReturnType<typeof settingsOf> {
    try {
      return settingsOf(form, settings);
    } catch (error) {
      return refused(error);
    }
  }

  async function admit(clientId: string, url: string, given: string | undefined, signing: EndpointSecret['kind']): Promise<void> {
    refuseWeak(given, signing);
    if ((await countEndpoints(pool, clientId)) >= MOST_WEBHOOKS) throw new Problem(webhook_quota_reached, { headers: retryAfter(QUOTA_RETRY_MS), detail: `A client may have ${MOST_WEBHOOKS} webhooks.` });
    await checkUrl(url);
  }

  app.get('/api/webhooks', {
    config: { scope: 'webhooks:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listWebhooks', summary: 'List webhooks by their id', tags: TAGS, querystring: listQuery, response: { 200: webhookListView } },
  }, async (request) => {
    const owner = ownerOf(request);
    const page = await pageOf(cursors, JSON.stringify(['webhooks', owner ?? null]), request.query, ({ endpoint }: CountedEndpoint) => endpoint.endpointId, (afterId, limit) => readEndpoints(pool, { owner, afterId, limit }));
    return { items: page.items.map(viewOf), nextCursor: page.nextCursor };
  });

  app.get('/api/webhooks/stats', {
    config: { scope: 'webhooks:read' },
    schema: { operationId: 'readWebhookStatistics', summary: 'Read how many webhooks there are, and what was delivered', tags: TAGS, response: { 200: statisticsView } },
  }, async (request) => ({ ...(await readStatistics(pool, ownerOf(request))) }));

  app.get('/api/webhooks/:id', {
    config: { scope: 'webhooks:read', problems: [webhook_not_found] },
    schema: { operationId: 'readWebhook', summary: 'Read a webhook', tags: TAGS, params: pathId, response: { 200: webhookView } },
  }, async (request) => viewOf(await find(request, request.params.id)));

  app.patch('/api/webhooks/:id', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, ...SETTINGS_PROBLEMS] },
    schema: {
      operationId: 'changeWebhook', summary: 'Change a webhook', tags: TAGS, params: pathId, body: patchForm, response: { 200: changedWebhookView },
      description: 'What the form leaves out stays as it is; its secret is changed by rotate. But headers are for one origin: when url has another one and no headers are given, those before are dropped, and droppedHeaders names them. The url and headers of somebody else\'s webhook are changed with the scope admin alone.',
    },
  }, async (request) => {
    const { reason, ...form } = request.body;
    const { endpoint } = await find(request, request.params.id);
    if (form.headers !== undefined || (form.url !== undefined && form.url !== endpoint.url)) refuseForeign(request, endpoint);
    if (form.url !== undefined) await checkUrl(form.url);
    let droppedHeaders: string[] = [];
    const after = await change<Present>(request, request.params.id, { act: 'webhook.change', why: reason ?? null, details: { fields: Object.keys(form) } }, (there) => {
      const after = patched(there.endpoint, form, settings);
      const { sealed, dropped } = withHeaders(there.endpoint, form.headers, after.url);
      droppedHeaders = dropped;
      // What was told of another address does not count for this one.
      return changed(there, { ...after, secrets: sealed, ...(after.url !== there.endpoint.url && { noticedAt: null }) }, new Date(nowMs()));
    });
    return { ...viewOf(await counted(after)), droppedHeaders };
  });

  app.delete('/api/webhooks/:id', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found] },
    schema: { operationId: 'removeWebhook', summary: 'Remove a webhook', description: 'What waits for it is discarded.', tags: TAGS, params: pathId, querystring: removeQuery, response: { 200: removedView } },
  }, async (request) => {
    const endpointId = request.params.id.toLowerCase();
    const { reason } = request.query;
    const runs = (['held', 'ready'] as const).map((from): Run => ({ runId: nextId(), endpointId, from, to: 'discarded' }));
    await change(request, endpointId, { act: 'webhook.remove', why: reason === undefined ? null : { code: 'asked', message: reason } }, (there) => removed(there, runs));
    await move(endpointId);
    return { webhookId: endpointId, removed: true as const };
  });

  app.post('/api/webhooks/:id/rotate', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, webhook_secret_weak, webhook_secrets_too_many] },
    schema: {
      operationId: 'rotateWebhookSecret', summary: 'Change the secret of a webhook', description: 'The secret before signs along for 24 hours, so that the receiver can change without a gap. That of somebody else\'s webhook is changed with the scope admin alone.',
      tags: TAGS, params: pathId, body: rotationForm, response: { 200: webhookWithSecretView },
    },
  }, async (request) => {
    const { secret: given, signing: asked, reason } = request.body ?? {};
    const { endpoint } = await find(request, request.params.id);
    refuseForeign(request, endpoint);
    const signing = asked ?? box.open(endpoint.secrets, endpoint.endpointId).secrets[0]?.kind ?? 'hmac';
    refuseWeak(given, signing);
    const secret = given ?? makeSecret(signing, randomBytes);
    const after = await change<Present>(request, endpoint.endpointId, { act: 'webhook.rotate', why: reason ?? null, details: { signing } }, (there) => {
      const before = box.open(there.endpoint.secrets, endpoint.endpointId);
      if (inForce(before.secrets, nowMs()).length >= MOST_SECRETS) throw new WebhookRefused('webhook_secrets_too_many');
      return changed(there, { secrets: box.seal({ ...before, secrets: rotated(before.secrets, { kind: signing, secret }, nowMs()) }, endpoint.endpointId) }, new Date(nowMs()));
    });
    return { ...viewOf(await counted(after)), secret: given === undefined ? secret : null };
  });

  app.post('/api/webhooks/:id/test', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found] },
    schema: {
      operationId: 'testWebhook', summary: 'Send a test to a webhook', tags: TAGS, params: pathId, body: whyForm, response: { 200: testedView },
      description: `One attempt, signed and guarded as every delivery, to an endpoint that is enabled or not; answered when it has ended, after ${TEST_TIMEOUT_MS / 1_000} s at most. It counts nowhere.`,
    },
  }, async (request) => {
    const { endpoint } = await find(request, request.params.id);
    await recordOf(request, 'webhook.test', endpoint.endpointId, request.body?.reason);
    const eventId = nextId();
    const body = Buffer.from(JSON.stringify({ id: eventId, event: TEST_EVENT, created: new Date(nowMs()).toISOString(), data: { webhookId: endpoint.endpointId, message: 'This is a test.' } }));
    const tried: Endpoint = { ...endpoint, timeoutMs: Math.min(endpoint.timeoutMs, TEST_TIMEOUT_MS) };
    const attempt = await own.sender.send(tried, { eventId, name: TEST_EVENT, body, replayId: null, traceparent: request.traceparent ?? null }, request.signal);
    return { delivered: isDelivered(attempt), eventId, event: TEST_EVENT, status: attempt.status, durationMs: attempt.durationMs, answer: shortAnswer(attempt.answer), error: attempt.error };
  });

  app.post('/api/webhooks/:id/enable', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found, webhook_address_refused] },
    schema: { operationId: 'enableWebhook', summary: 'Enable a webhook, and say what becomes of what was held', description: 'May be repeated.', tags: TAGS, params: pathId, body: enableForm, response: { 200: enabledView } },
  }, async (request) => {
    const { held = 'deliver', reason } = request.body ?? {};
    const { endpoint: { endpointId, url } } = await find(request, request.params.id);
    await checkUrl(url);
    const before = new Date(nowMs());
    const after = await change<Present>(request, endpointId, { act: 'webhook.enable', why: reason ?? null, details: { held } }, (there) => enabled(there, new Date(nowMs()), [
      ...(held === 'discard' ? discarded(there, before) : []),
      ...(there.endpoint.status === 'disabled' ? [{ runId: nextId(), endpointId, from: 'held', to: 'ready' } as const] : []),
    ]));
    const moved = await move(endpointId);
    return { ...viewOf(await counted(after)), held: { ...moved } };
  });

  app.post('/api/webhooks/:id/disable', {
    config: { scope: 'webhooks:write', problems: [webhook_not_found] },
    schema: { operationId: 'disableWebhook', summary: 'Disable a webhook: its deliveries are held', description: 'May be repeated.', tags: TAGS, params: pathId, body: whyForm, response: { 200: webhookView } },
  }, async (request) => {
    const { id } = request.params;
    const reason = request.body?.reason;
    const after = await change<Present>(request, id, { act: 'webhook.disable', why: reason ?? null }, (there) => disabled(there, reason?.code ?? 'disabled by request', new Date(nowMs())));
    return viewOf(await counted(after));
  });

  addDeliveryRoutes(app, { pool, cursors, find, change, record, move, nextId, due: (endpointId) => own.dispatcher?.due([endpointId]) });
  addFiguresRoute(app, { pool });
  addReceivingRoutes(app, { log, pool, secrets: settings.inboundSecrets, nowMs });
}

/** SHA-256 of what was asked, in hex. */
function digestOf(form: object): string {
  return createHash('sha256').update(canonicalJson(JSON.parse(JSON.stringify(form)))).digest('hex');
}

function refuseWeak(given: string | undefined, signing: EndpointSecret['kind']): void {
  try {
    refuseWeakSecret(given, signing);
  } catch (error) {
    refused(error);
  }
}

/** Turns what is refused into problems. */
function refused(error: unknown): never {
  if (error instanceof AddressRefused) throw new Problem(webhook_address_refused, { detail: error.message, errors: [{ path: '/body/url', message: error.code }] });
  if (!(error instanceof WebhookRefused)) throw error;
  throw new Problem({ ...problems, ...webhookProblems }[error.code], error.detail === undefined ? {} : { detail: error.detail });
}
