/**
 * The way in for people: `/dashboard/sign-in` leads to the issuer, the callback ends the flow and begins a session; in development a
 * link that opens once does so, too. The way out.
 *
 * Promise: what a browser brings back is taken only from the browser that began, once, within ten minutes. Every sign-in has a session of
 * its own, with a new id. Nobody is led anywhere but into the dashboard. Wrong tries are counted by the sign-in that was begun: after 5
 * it has to be begun anew. So nobody can use up what others need: behind a balancer all have one address. Only links, which are for
 * development, are counted by address: after 100 within a quarter of an hour it has to wait. Each sign-in and sign-out is recorded.
 * Refuses: links outside development.
 */
import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { packed, pageHeaders, sendFile } from '@commerce/service-kit/page-files';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import { z } from 'zod';
import type { RecordAct } from '../operator-acts.ts';
import { actorOf, triggerOf } from '../requests.http.ts';
import type { Cookie } from './cookies.ts';
import type { SignInIssuer, SignInSecrets } from './issuer.http.ts';
import { returnPath } from './own-address.ts';
import type { OwnAddress } from './own-address.ts';
import { dashboardProblems } from './problems.ts';
import { roleOf, SESSION_SCOPE } from './roles.ts';
import type { DashboardRole } from './roles.ts';
import { DASHBOARD_CLIENT } from './session-auth.ts';
import { BY_LINK, REFUSALS } from './sessions.pg.ts';
import type { Sessions, SignedInUser } from './sessions.pg.ts';
import { NOTE_CSS, NOTE_CSS_PATH, notePage, problemNote } from './sign-in-pages.ts';

export interface SignInApi {
  readonly publicUrl: string;
  readonly own: OwnAddress;
  /** Undefined where nobody signs in by the issuer. */
  readonly issuer: SignInIssuer | undefined;
  /** Its address: of sessions that begin there. */
  readonly issuerUrl: string;
  readonly roles: ReadonlyMap<string, DashboardRole>;
  readonly sessions: Sessions;
  readonly sessionCookie: Cookie;
  /** Holds a sign-in that has begun. */
  readonly begunCookie: Cookie;
  /** Seals what that holds. */
  readonly cursors: Cursors;
  readonly longestMs: number;
  /** Links that open once are there. */
  readonly hasLinks: boolean;
  readonly record: RecordAct;
  readonly nowMs: () => number;
  /** Cryptographic. */
  readonly randomBytes: (length: number) => Buffer;
}

const BEGUN_LIST = 'dashboard/sign-in';
const BEGUN_MS = 600_000;
const ID_BYTES = 32;
const MAX_ABOUT = 200;
const LINK_USER: SignedInUser = { subject: 'one-time-link', name: 'One-time link', role: 'admin' };
const begunForm = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string(), atMs: z.number() });

export async function addSignInRoutes(app: HttpApp, api: SignInApi): Promise<void> {
  const { own, sessions, sessionCookie, begunCookie } = api;
  const css = await packed('text/css; charset=utf-8', Buffer.from(NOTE_CSS));
  const route = { config: { scope: 'public' }, onRequest: async ({ headers }: FastifyRequest) => own.refuseForeignHost(headers) } as const;

  app.get(NOTE_CSS_PATH, { ...route, schema: { hide: true } }, async (request, reply) => sendFile(request, reply, css, 'no-cache'));

  app.get('/dashboard/sign-in', { ...route, schema: { hide: true, querystring: z.strictObject({ to: z.string().max(2_000).optional() }) } }, (request, reply) => asPage(request, reply, async () => {
    const { to } = request.query;
    // The cookie belongs to the name by which the issuer sends people back.
    if (!own.isPublicHost(request.headers)) return leadTo(reply, `${api.publicUrl}/dashboard/sign-in${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`);
    if (api.issuer === undefined) throw new Problem(dashboardProblems.sign_in_unavailable, { headers: retryAfter(BEGUN_MS) });
    const { url, secrets } = await api.issuer.begin();
    const begun = api.cursors.seal(BEGUN_LIST, JSON.stringify({ ...secrets, to: returnPath(to, api.publicUrl), atMs: api.nowMs() }));
    reply.header('set-cookie', begunCookie.set(begun, BEGUN_MS / 1_000));
    return leadTo(reply, url.href);
  }));

  app.get('/dashboard/sign-in/callback', { ...route, exposeHeadRoute: false, schema: { hide: true } }, (request, reply) => asPage(request, reply, async () => {
    reply.header('set-cookie', begunCookie.clear());
    const begun = begunBy(request, api);
    // Costs nothing, so nothing is counted: anybody can send it.
    if (begun === undefined || api.issuer === undefined) throw new Problem(dashboardProblems.sign_in_refused);
    const who = signInOf(begun);
    await refuseTooMany(sessions, who, REFUSALS.mostOfSignIn);
    const { url } = request.raw;
    const claims = await api.issuer.end(url?.slice(url.indexOf('?')) ?? '', begun.secrets).catch(async (error: unknown) => {
      throw error instanceof Problem && error.status < 500 ? await refused(sessions, who, error) : error;
    });
    const role = roleOf(claims.values, api.roles);
    if (role === undefined) throw new Problem(dashboardProblems.sign_in_without_role);
    return enter(request, reply, api, { user: { subject: claims.subject, name: claims.name, role }, by: api.issuerUrl, to: begun.to });
  }));

  app.post('/dashboard/sign-out', {
    config: { scope: SESSION_SCOPE }, schema: { hide: true, body: z.strictObject({}).nullish() },
  }, async (request, reply) => {
    const id = sessionCookie.read(request.headers.cookie);
    if (id !== undefined) await sessions.end(id);
    await api.record({ act: 'dashboard.sign_out', about: request.caller.subject.slice(0, MAX_ABOUT), by: actorOf(request), why: null }, triggerOf(request));
    return reply.header('set-cookie', sessionCookie.clear()).code(204).send();
  });

  if (api.hasLinks) addLinkRoutes(app, api, route);
}

function addLinkRoutes(app: HttpApp, api: SignInApi, route: { readonly config: { readonly scope: 'public' }; readonly onRequest: (request: FastifyRequest) => Promise<void> }): void {
  const { sessions } = api;

  app.post('/dashboard/links', {
    config: { scope: 'admin' }, schema: { hide: true, body: z.strictObject({}).nullish(), response: { 201: z.strictObject({ url: z.url(), expiresAt: z.string() }) } },
  }, async (request, reply) => {
    const token = api.randomBytes(ID_BYTES).toString('base64url');
    let endsAt = new Date(0);
    await api.record({ act: 'dashboard.link', about: LINK_USER.subject, by: actorOf(request), why: null }, triggerOf(request), async (tx) => {
      endsAt = await sessions.addLink(tx, token);
      return { expiresAt: endsAt.toISOString() };
    });
    return reply.header('cache-control', 'no-store').code(201).send({ url: `${api.publicUrl}/dashboard/sign-in/once?token=${token}`, expiresAt: endsAt.toISOString() });
  });

  app.get('/dashboard/sign-in/once', { ...route, exposeHeadRoute: false, schema: { hide: true, querystring: z.strictObject({ token: z.string().max(200) }) } }, (request, reply) => asPage(request, reply, async () => {
    // A browser that looks ahead would use it up.
    if (request.headers['sec-purpose'] !== undefined) throw new Problem(dashboardProblems.sign_in_refused);
    const who = addressOf(request.ip);
    await refuseTooMany(sessions, who, REFUSALS.mostOfAddress);
    if (!(await sessions.useLink(request.query.token))) throw await refused(sessions, who, new Problem(dashboardProblems.sign_in_link_over));
    return enter(request, reply, api, { user: LINK_USER, by: BY_LINK, to: returnPath(undefined, api.publicUrl) });
  }));
}

interface Entering {
  readonly user: SignedInUser;
  /** The way that the session came by. */
  readonly by: string;
  readonly to: string;
}

/** Begins the session, and leads into the dashboard. A session that the browser had before ends. */
async function enter(request: FastifyRequest, reply: FastifyReply, { sessions, sessionCookie, record, randomBytes, longestMs }: SignInApi, { user, by, to }: Entering): Promise<FastifyReply> {
  const { correlationId, headers } = request;
  const before = sessionCookie.read(headers.cookie);
  const id = randomBytes(ID_BYTES).toString('base64url');
  await record(
    { act: 'dashboard.sign_in', about: user.subject.slice(0, MAX_ABOUT), by: { subject: user.subject, clientId: DASHBOARD_CLIENT }, why: null },
    { correlationId, causationId: null, metadata: { userId: user.subject.slice(0, MAX_ABOUT) } },
    async (tx) => {
      await sessions.begin(tx, id, user, by);
      return { role: user.role };
    },
  );
  if (before !== undefined) await sessions.end(before);
  const kept = reply.getHeader('set-cookie');
  reply.header('set-cookie', [...(kept === undefined ? [] : [kept].flat().map(String)), sessionCookie.set(id, Math.floor(longestMs / 1_000))]);
  return leadTo(reply, to);
}

interface Begun {
  readonly secrets: SignInSecrets;
  readonly to: string;
}

function begunBy({ headers }: FastifyRequest, { begunCookie, cursors, nowMs }: SignInApi): Begun | undefined {
  const sealed = begunCookie.read(headers.cookie);
  const text = sealed === undefined ? undefined : cursors.open(BEGUN_LIST, sealed);
  if (text === undefined) return undefined;
  const { to, atMs, ...secrets } = begunForm.parse(JSON.parse(text));
  return atMs > nowMs() - BEGUN_MS ? { secrets, to } : undefined;
}

async function refuseTooMany(sessions: Sessions, who: string, most: number): Promise<void> {
  const waitMs = await sessions.waitMs(who, most);
  if (waitMs > 0) throw new Problem(baseProblems.rate_limited, { detail: 'Too many tries did not come to their end. A sign-in that is begun anew is another one.', headers: retryAfter(waitMs) });
}

async function refused(sessions: Sessions, who: string, problem: Problem): Promise<Problem> {
  await sessions.countRefusal(who);
  return problem;
}

/** By which the tries of one sign-in are counted: what stands in the table ends none. */
function signInOf({ secrets }: Begun): string {
  return `sign-in ${hash('sha256', secrets.state, 'base64url')}`;
}

/** One who has an IPv6 address has all of its /64. */
function addressOf(ip: string): string {
  if (!ip.includes(':') || ip.includes('.')) return ip;
  const [head = [], tail = []] = (ip.split('%')[0] ?? '').split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

function leadTo(reply: FastifyReply, to: string): FastifyReply {
  return reply.headers({ ...pageHeaders(), 'cache-control': 'no-store' }).redirect(to, 303);
}

/** A person sees a page where a program sees a problem. */
async function asPage(request: FastifyRequest, reply: FastifyReply, act: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Problem) || request.headers.accept?.includes('text/html') !== true) throw error;
    request.log.info({ code: error.code }, 'a sign-in did not come to its end');
    return reply.code(error.status).headers({ ...pageHeaders(), ...error.headers, 'cache-control': 'no-store' }).type('text/html; charset=utf-8').send(notePage(problemNote(error.definition, request.id)));
  }
}
