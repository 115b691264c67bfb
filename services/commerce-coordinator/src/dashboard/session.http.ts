/** The session that asks, and for admins all that last: who is signed in, and an end to it. */
import type { HttpApp } from '@commerce/service-kit/http-server';
import { unauthenticated } from '@commerce/service-kit/auth';
import { z } from 'zod';
import { reasonForm } from '../audit.ts';
import type { RecordAct } from '../operator-acts.ts';
import { actorOf, triggerOf } from '../requests.http.ts';
import type { Cookie } from './cookies.ts';
import { DASHBOARD_ROLES, SESSION_SCOPE, scopesOf } from './roles.ts';
import { csrfTokenOf, DASHBOARD_CLIENT } from './session-auth.ts';
import type { Sessions } from './sessions.pg.ts';

export interface SessionApi {
  readonly sessions: Sessions;
  readonly sessionCookie: Cookie;
  /** Every scope that a route asks for. */
  readonly scopes: () => Iterable<string>;
  readonly record: RecordAct;
  /** What is not for production is there. */
  readonly isDevelopment: boolean;
}

const role = z.enum(DASHBOARD_ROLES);
const time = z.iso.datetime();

const sessionView = z.strictObject({
  user: z.strictObject({ name: z.string(), subject: z.string() }), role, scopes: z.array(z.string()), csrfToken: z.string(), expiresAt: time, development: z.boolean(), clientName: z.string(),
});

const sessionsView = z.strictObject({
  items: z.array(z.strictObject({ subject: z.string(), name: z.string(), role, beganAt: time, seenAt: time, expiresAt: time.meta({ description: 'If nothing more is asked in it.' }) })),
}).meta({ title: 'DashboardSessions' });

const endForm = z.strictObject({ subject: z.string().min(1).max(255).meta({ description: 'The user whose sessions end, all of them.' }), reason: reasonForm.optional() }).meta({ title: 'EndOfSessions' });

export function addSessionRoutes(app: HttpApp, { sessions, sessionCookie, scopes, record, isDevelopment }: SessionApi): void {
  app.get('/dashboard/session', { config: { scope: SESSION_SCOPE }, schema: { hide: true, response: { 200: sessionView } } }, async ({ headers }) => {
    const id = sessionCookie.read(headers.cookie);
    const session = id === undefined ? undefined : await sessions.find(id);
    // It may have ended since it was judged.
    if (id === undefined || session === undefined) throw unauthenticated('The session has ended: sign in again.');
    return {
      user: { name: session.name, subject: session.subject }, role: session.role, scopes: scopesOf(session.role, scopes()), csrfToken: csrfTokenOf(id),
      expiresAt: session.expiresAt.toISOString(), development: isDevelopment, clientName: DASHBOARD_CLIENT,
    };
  });

  app.get('/api/dashboard/sessions', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'listDashboardSessions', summary: 'List who is signed in at the dashboard', tags: ['dashboard'], response: { 200: sessionsView },
      description: 'Sessions that last, the newest first, 1,000 at most.',
    },
  }, async () => ({ items: (await sessions.list()).map(({ beganAt, seenAt, expiresAt, ...user }) => ({ ...user, beganAt: beganAt.toISOString(), seenAt: seenAt.toISOString(), expiresAt: expiresAt.toISOString() })) }));

  app.post('/api/dashboard/sessions/end', {
    config: { scope: 'admin' },
    schema: {
      operationId: 'endDashboardSessions', summary: 'Sign a user out of the dashboard', tags: ['dashboard'], body: endForm, response: { 200: z.strictObject({ ended: z.int() }).meta({ title: 'EndedSessions' }) },
      description: 'Ends all sessions of the user, in every process, at once. He may sign in again while the issuer gives him a role. It is recorded with the reason.',
    },
  }, async (request) => {
    const { subject, reason } = request.body;
    let ended = 0;
    await record({ act: 'dashboard.end_sessions', about: subject.slice(0, 200), by: actorOf(request), why: reason ?? null }, triggerOf(request), async (tx) => ({ ended: (ended = await sessions.endOf(tx, subject)) }));
    return { ended };
  });
}
