/**
 * The administration of clients.
 * Promise: a change counts in this process when it is answered, in the others within 5 s. Each is recorded with who made it and
 * why. No answer and no record holds a secret.
 * Refuses: a provider that this service does not have, a filter that the matcher refuses, and a key id that somebody has.
 */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { LOCATION } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import type { ProblemDefinition } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { whyOf, whyQuery } from '../audit.ts';
import type { Doing, GivenReason } from '../audit.ts';
import { triggerOf } from '../fulfillments/trigger.http.ts';
import { problems } from '../problems.ts';
import { CLIENTS_ADMIN } from './authenticate.ts';
import { changedClient, clientChangeForm, clientKeyOf, clientView, keyChangeForm, newClientForm, newClientOf, newKeyForm, providerChoiceOf, viewOfClient } from './client-forms.ts';
import type { ProvidersForm } from './client-forms.ts';
import { namedProviders } from './clients.ts';
import type { Client } from './clients.ts';
import type { Clash, ClientStore } from './clients.pg.ts';

export interface ClientsApi {
  readonly store: ClientStore;
  /** Reads what was changed; called after each change. Does not reject. */
  readonly changed: () => Promise<void>;
  readonly providerNames: readonly string[];
  readonly cursors: Cursors;
  readonly nowMs: () => number;
}

const TAGS = ['clients'];

const OF_A_CLASH: Readonly<Record<Clash, ProblemDefinition>> = {
  client_exists: problems.client_exists,
  key_exists: problems.key_exists,
  subject_in_use: problems.subject_in_use,
  client_not_found: problems.client_not_found,
  key_not_found: problems.key_not_found,
  client_does_not_sign: problems.client_does_not_sign,
  too_many_keys: problems.too_many_keys,
};

const clientParams = z.strictObject({ clientId: z.string() });
const keyParams = z.strictObject({ clientId: z.string(), keyid: z.string() });
const listQuery = z.strictObject({
  limit: pageLimit,
  cursor: z.string().min(1).max(1_000).optional(),
});

export function addClientRoutes(app: HttpApp, api: ClientsApi): void {
  addReads(app, api);
  addChanges(app, api);
  addKeys(app, api);
}

function admin(...definitions: ProblemDefinition[]) {
  return { scope: CLIENTS_ADMIN, problems: definitions };
}

function addReads(app: HttpApp, { store, cursors }: ClientsApi): void {
  app.get('/v1/clients', {
    config: admin(problems.invalid_cursor),
    schema: {
      operationId: 'listClients', summary: 'List clients by id', tags: TAGS, querystring: listQuery,
      response: { 200: z.strictObject({ items: z.array(clientView), nextCursor: z.string().nullable() }) },
    },
  }, async ({ query: { limit, cursor } }) => {
    const after = cursor === undefined ? undefined : cursors.open('clients', cursor);
    if (cursor !== undefined && after === undefined) throw new Problem(problems.invalid_cursor);
    const found = await store.list(after, limit + 1);
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return { items: items.map(viewOfClient), nextCursor: last === undefined ? null : cursors.seal('clients', last.clientId) };
  });

  app.get('/v1/clients/:clientId', {
    config: admin(problems.client_not_found),
    schema: { operationId: 'readClient', summary: 'Read a client', tags: TAGS, params: clientParams, response: { 200: clientView } },
  }, async ({ params }) => viewOfClient((await store.find(params.clientId)) ?? refuse('client_not_found')));
}

function addChanges(app: HttpApp, { store, changed, providerNames, nowMs }: ClientsApi): void {
  app.post('/v1/clients', {
    config: { ...admin(problems.client_exists, problems.key_exists, problems.subject_in_use, problems.unknown_provider), answerHeaders: [LOCATION] },
    schema: {
      operationId: 'addClient', summary: 'Add a client', tags: TAGS, body: newClientForm, response: { 201: clientView },
      description: 'It counts at once here, and within 5 s on every other instance.',
    },
  }, async (request, reply) => {
    const { body } = request;
    refuseUnknownProviders(body.providers, providerNames);
    const client = made(await store.add(newClientOf(body, nowMs()), doing(request, body.reason)));
    await changed();
    return reply.code(201).header('location', `/v1/clients/${encodeURIComponent(client.clientId)}`).send(viewOfClient(client));
  });

  app.patch('/v1/clients/:clientId', {
    config: admin(problems.client_not_found, problems.subject_in_use, problems.unknown_provider),
    schema: {
      operationId: 'changeClient', summary: 'Change a client', tags: TAGS, params: clientParams, body: clientChangeForm, response: { 200: clientView },
      description: 'Each field that is there replaces the whole of what was there before; null takes a limit or filter away.',
    },
  }, async (request) => {
    const { params, body } = request;
    if (body.providers !== undefined) refuseUnknownProviders(body.providers, providerNames);
    const client = made(await store.change(params.clientId, (present) => changedClient(present, body, nowMs()), doing(request, body.reason)));
    await changed();
    return viewOfClient(client);
  });

  app.delete('/v1/clients/:clientId', {
    config: admin(problems.client_not_found),
    schema: {
      operationId: 'removeClient', summary: 'Remove a client', tags: TAGS, params: clientParams, querystring: whyQuery, response: { 204: z.null() },
      description: 'It can no longer call. Its fulfillments go on, and are there again for a client that is added under the same id.',
    },
  }, async (request, reply) => {
    made(await store.remove(request.params.clientId, nowMs(), doing(request, whyOf(request.query))));
    await changed();
    return reply.code(204).send(null);
  });
}

function addKeys(app: HttpApp, { store, changed, nowMs }: ClientsApi): void {
  app.post('/v1/clients/:clientId/keys', {
    config: admin(problems.client_not_found, problems.key_exists, problems.client_does_not_sign, problems.too_many_keys),
    schema: {
      operationId: 'addKey', summary: 'Add a key', tags: TAGS, params: clientParams, body: newKeyForm, response: { 201: clientView },
      description: 'It holds beside the others: to change a key, add the new one, then give the old one an end.',
    },
  }, async (request, reply) => {
    const { params, body } = request;
    const client = made(await store.addKey(params.clientId, clientKeyOf(body, nowMs()), doing(request, body.reason)));
    await changed();
    return reply.code(201).send(viewOfClient(client));
  });

  app.patch('/v1/clients/:clientId/keys/:keyid', {
    config: admin(problems.client_not_found, problems.key_not_found),
    schema: { operationId: 'endKey', summary: 'Say when a key ends', tags: TAGS, params: keyParams, body: keyChangeForm, response: { 200: clientView } },
  }, async (request) => {
    const { params: { clientId, keyid }, body: { notAfter, reason } } = request;
    const client = made(await store.endKey(clientId, keyid, notAfter === null ? null : Date.parse(notAfter), nowMs(), doing(request, reason)));
    await changed();
    return viewOfClient(client);
  });

  app.delete('/v1/clients/:clientId/keys/:keyid', {
    config: admin(problems.client_not_found, problems.key_not_found),
    schema: { operationId: 'removeKey', summary: 'Remove a key at once', tags: TAGS, params: keyParams, querystring: whyQuery, response: { 204: z.null() } },
  }, async (request, reply) => {
    const { clientId, keyid } = request.params;
    made(await store.removeKey(clientId, keyid, nowMs(), doing(request, whyOf(request.query))));
    await changed();
    return reply.code(204).send(null);
  });
}

/** Who asks for a change, and why. */
function doing(request: Parameters<typeof triggerOf>[0], why: GivenReason | null = null): Doing {
  const { subject, clientId } = request.caller;
  return { by: { subject, clientId }, why, trigger: triggerOf(request) };
}

function made<Made extends Client | undefined>(result: Made | Clash): Made {
  if (typeof result === 'string') return refuse(result);
  return result;
}

function refuse(clash: Clash): never {
  throw new Problem(OF_A_CLASH[clash]);
}

function refuseUnknownProviders(form: ProvidersForm, providerNames: readonly string[]): void {
  const unknown = namedProviders(providerChoiceOf(form)).filter(({ name }) => !providerNames.includes(name));
  if (unknown.length === 0) return;
  const errors = unknown.slice(0, 20).map(({ path }) => ({ path: `/body/providers/${path}`, message: `There is no such provider, only ${providerNames.join(', ')}.` }));
  throw new Problem(problems.unknown_provider, { errors });
}
