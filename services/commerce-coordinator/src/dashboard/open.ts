/**
 * The dashboard, put together: its sessions beside the tokens of the API, the way in and out, its page, and the guide.
 *
 * Promise: in production sessions are held over https alone, and nothing signs in but the issuer. Without DASHBOARD_CLIENT_ID there are
 * no sessions but those of links, and outside development not even those: also what began before it was left out opens nothing.
 * Refuses: to start where people could not sign in in safety.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { EventLog } from '@commerce/event-log/log';
import type { Authenticator, TokenVerifier } from '@commerce/service-kit/auth';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpServer } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import { openPageFolder } from '@commerce/service-kit/page-folder';
import type { Ports } from '@commerce/service-kit/ports';
import type { Job } from '@commerce/signals/jobs';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { actRecorder } from '../operator-acts.ts';
import { cookie } from './cookies.ts';
import type { SignInIssuer } from './issuer.http.ts';
import { isLoopback, ownAddress } from './own-address.ts';
import { addPages } from './pages.http.ts';
import { rolesByValue } from './roles.ts';
import { bySessionOrToken, DASHBOARD_CLIENT, tokensOfPrograms } from './session-auth.ts';
import { addSessionRoutes } from './session.http.ts';
import { BY_LINK, Sessions } from './sessions.pg.ts';
import { addSignInRoutes } from './sign-in.http.ts';

export interface DashboardOptions {
  readonly config: Config;
  readonly pool: Pool;
  readonly tokens: TokenVerifier;
  readonly logger: Logger;
  readonly ports: Pick<Ports, 'clock'>;
  readonly nowMs: () => number;
}

export interface Dashboard {
  /** Tokens and sessions. */
  readonly auth: Authenticator;
  /** Those that are taken: none of the dashboard's own client. */
  readonly tokens: TokenVerifier;
  /** For the role api. */
  addRoutes(server: HttpServer, given: { readonly log: EventLog; readonly cursors: Cursors }): Promise<void>;
  readonly jobs: readonly Job[];
}

const ID = /^[\w-]{43}$/;
const SEALED = /^[\w.-]{1,3900}$/;
const SWEEP_EVERY_MS = 600_000;
const PAGE = fileURLToPath(new URL('./page/dist', import.meta.url));
const GUIDE = fileURLToPath(new URL('../../../../docs/site/dist', import.meta.url));

/** Throws when people could not sign in in safety, or when DASHBOARD_ROLES cannot be read. */
export function openDashboard({ config, pool, tokens, logger, ports, nowMs }: DashboardOptions): Dashboard {
  refuseUnsafe(config);
  const { publicUrl, dashboardIdleMs: idleMs, dashboardSessionMs: longestMs } = config;
  const isDevelopment = config.environment !== 'production';
  const own = ownAddress(publicUrl, isDevelopment);
  const sessionCookie = cookie('dashboard', publicUrl, ID);
  const hasLinks = isDevelopment && mayHoldSessions(publicUrl);
  const issuerUrl = config.dashboardIssuerUrl ?? config.issuerUrl;
  const ways = [...(config.dashboardClientId === undefined ? [] : [issuerUrl]), ...(hasLinks ? [BY_LINK] : [])];
  const sessions = new Sessions(pool, { idleMs, longestMs }, ways, nowMs);
  const roles = readRoles(config.dashboardRoles);
  const programs = tokensOfPrograms(tokens, new Set([DASHBOARD_CLIENT, config.dashboardClientId ?? DASHBOARD_CLIENT]));
  let scopes = (): string[] => [];
  return {
    tokens: programs,
    auth: bySessionOrToken({ tokens: programs, sessionCookie, own, find: (id) => sessions.find(id), scopes: () => scopes() }),
    async addRoutes(server, { log, cursors }) {
      scopes = () => server.routes.map(({ scope }) => scope).filter((scope) => scope !== 'public');
      const { app } = server;
      const record = actRecorder(log);
      const monotonicMs = (): number => ports.clock.monotonicMs();
      addSessionRoutes(app, { sessions, sessionCookie, scopes: () => scopes(), record, isDevelopment });
      await addSignInRoutes(app, {
        publicUrl, own, roles, sessions, sessionCookie, cursors, longestMs, record, nowMs, randomBytes, begunCookie: cookie('dashboard-sign-in', publicUrl, SEALED),
        hasLinks, issuer: await openIssuer(config, issuerUrl, logger, monotonicMs), issuerUrl,
      });
      addPages(app, { own, dashboard: openPageFolder(PAGE, monotonicMs), guide: openPageFolder(GUIDE, monotonicMs) });
    },
    jobs: [{ name: 'dashboard.sweep', everyMs: SWEEP_EVERY_MS, run: async () => (await sessions.sweep(), false) }],
  };
}

/** Its library is loaded where somebody signs in alone. */
async function openIssuer(config: Config, issuer: string, logger: Logger, monotonicMs: () => number): Promise<SignInIssuer | undefined> {
  const { dashboardClientId: clientId, publicUrl } = config;
  if (clientId === undefined) return undefined;
  const { signInIssuer } = await import('./issuer.http.ts');
  return signInIssuer({
    clientId, clientSecret: config.dashboardClientSecret, issuer, redirectUri: `${publicUrl}/dashboard/sign-in/callback`,
    scopes: config.dashboardScopes, rolesClaim: config.dashboardRolesClaim, allowsHttp: config.environment !== 'production', monotonicMs,
    onFailure: (error) => logger.warn({ err: error }, 'a sign-in by the issuer has failed'),
  });
}

function refuseUnsafe({ dashboardClientId, clientId, ingestClientId, environment, publicUrl }: Config): void {
  if (dashboardClientId === undefined) return;
  for (const [name, id] of [['OF_CLIENT_ID', clientId], ['INGEST_CLIENT_ID', ingestClientId]] as const) {
    if (id === dashboardClientId) throw new Error(`DASHBOARD_CLIENT_ID must not be ${name}: people sign in at a client of their own, and tokens of it are refused.`);
  }
  if (environment === 'production' && !publicUrl.startsWith('https:')) throw new Error('CC_URL must begin with https: where DASHBOARD_CLIENT_ID is set, for people sign in there. Leave DASHBOARD_CLIENT_ID out, and nobody does.');
  if (!mayHoldSessions(publicUrl)) throw new Error('CC_URL must begin with https: where DASHBOARD_CLIENT_ID is set, but on this machine. Leave DASHBOARD_CLIENT_ID out, and nobody signs in.');
}

function mayHoldSessions(publicUrl: string): boolean {
  return publicUrl.startsWith('https:') || isLoopback(publicUrl);
}

function readRoles(text: string): ReturnType<typeof rolesByValue> {
  try {
    return rolesByValue(text);
  } catch (error) {
    throw new Error(`DASHBOARD_ROLES ${error instanceof Error ? error.message : 'cannot be read'}`, { cause: error });
  }
}
