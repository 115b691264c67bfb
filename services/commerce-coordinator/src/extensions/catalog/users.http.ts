/**
 * The API of users: register, change, deactivate, read, list.
 * Promise: answers come after the commit. A change names the version that it was made from, so that no update is lost.
 */
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_REPLAYED, LOCATION } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { problems } from '../../problems.ts';
import { audited } from '../../audit.ts';
import { actorOf, cursor, ETAG, etagOf, IF_MATCH, pageOf, requestProblems, requiredVersionOf, triggerOf } from '../../requests.http.ts';
import type { CatalogApi } from './api.ts';
import { refused, why, whyForm } from './api.ts';
import { readUser, readUsers, userSubject, userView as viewOf } from './catalog.pg.ts';
import { catalogProblems } from './problems.ts';
import { deactivate, register, update, USER_STATUSES, userForm, userPatch } from './users.ts';
import type { User } from './users.ts';
import { userListView, userView } from './views.ts';

const pathId = z.strictObject({ userId: z.string().min(1).max(200) });
const listQuery = z.strictObject({ status: z.enum(USER_STATUSES).optional(), limit: pageLimit, cursor });
const { version_required, version_invalid, version_differs } = requestProblems;

/** Adds the routes of users. */
export function addUserRoutes(app: HttpApp, { pool, cursors, run, checkId }: CatalogApi): void {
  app.post('/users', {
    config: { scope: 'users:write', answerHeaders: [LOCATION, ETAG, IDEMPOTENCY_REPLAYED], problems: [catalogProblems.user_exists, problems.customer_id_personal] },
    schema: {
      operationId: 'registerUser', summary: 'Register a user', description: 'The id makes it repeatable: the same form again answers with the user as it is now.',
      tags: ['users'], body: userForm.extend(why), response: { 201: userView },
    },
  }, async (request, reply) => {
    const { reason = null, ...body } = request.body;
    checkId(body.userId);
    let wasThere = false;
    const user = await run<User>({
      subject: userSubject(body.userId), name: 'catalog.register', trigger: triggerOf(request),
      decide: audited<User>({ act: 'user.register', about: body.userId, by: actorOf(request), why: reason }, (there, context) => {
        wasThere = there !== undefined;
        return register(there, body, context);
      }),
    }).catch(refused);
    if (wasThere) void reply.header('idempotency-replayed', 'true');
    return reply.code(201).header('location', `/users/${encodeURIComponent(user.userId)}`).header('etag', etagOf(user)).send(viewOf(user));
  });

  app.patch('/users/:userId', {
    config: { scope: 'users:write', headers: [IF_MATCH], answerHeaders: [ETAG], problems: [catalogProblems.user_not_found, catalogProblems.user_deactivated, version_required, version_invalid, version_differs] },
    schema: { operationId: 'updateUser', summary: 'Change the profile of a user', tags: ['users'], params: pathId, body: userPatch.extend(why), response: { 200: userView } },
  }, async (request, reply) => {
    const seen = requiredVersionOf(request);
    const { userId } = request.params;
    const { reason = null, ...patch } = request.body;
    const act = { act: 'user.update', about: userId, by: actorOf(request), why: reason, details: { fields: Object.keys(patch) } };
    const user = await run<User>({
      subject: userSubject(userId), name: 'catalog.update_user', trigger: triggerOf(request), decide: audited<User>(act, (there, context) => update(there, patch, seen, context)),
    }).catch(refused);
    return reply.header('etag', etagOf(user)).send(viewOf(user));
  });

  app.post('/users/:userId/deactivate', {
    config: { scope: 'users:write', answerHeaders: [ETAG], problems: [catalogProblems.user_not_found] },
    schema: { operationId: 'deactivateUser', summary: 'Deactivate a user for good', description: 'May be repeated.', tags: ['users'], params: pathId, body: whyForm, response: { 200: userView } },
  }, async (request, reply) => {
    const { userId } = request.params;
    const act = { act: 'user.deactivate', about: userId, by: actorOf(request), why: request.body?.reason ?? null };
    const user = await run<User>({ subject: userSubject(userId), name: 'catalog.deactivate', trigger: triggerOf(request), decide: audited<User>(act, deactivate) }).catch(refused);
    return reply.header('etag', etagOf(user)).send(viewOf(user));
  });

  app.get('/users/:userId', {
    config: { scope: 'users:read', answerHeaders: [ETAG], problems: [catalogProblems.user_not_found] },
    schema: { operationId: 'readUser', summary: 'Read a user', tags: ['users'], params: pathId, response: { 200: userView } },
  }, async ({ params }, reply) => {
    const user = await readUser(pool, params.userId);
    if (user === undefined) throw new Problem(catalogProblems.user_not_found);
    return reply.header('etag', etagOf(user)).send(user);
  });

  app.get('/users', {
    config: { scope: 'users:read', problems: [problems.invalid_cursor] },
    schema: { operationId: 'listUsers', summary: 'List users by their id', tags: ['users'], querystring: listQuery, response: { 200: userListView } },
  }, async ({ query }) => pageOf(cursors, JSON.stringify(['users', query.status]), query, ({ userId }) => userId, (afterId, count) => readUsers(pool, { status: query.status, afterId, limit: count })));
}
