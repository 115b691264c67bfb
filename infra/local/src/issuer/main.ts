// The local issuer as a process of its own: its configuration, its start, its end. Refuses: production.
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { createLogger } from '@commerce/service-kit/logging';
import { listenOnLoopback } from '../listen.http.ts';
import { loadClients, loadCookieKey, loadSigningKey, loadUsers } from './identity.file.ts';
import { issuerHandler } from './issuer.http.ts';

const declaration = declareConfig('The local issuer', {
  port: integer('ISSUER_PORT', { meaning: 'port on 127.0.0.1, 0 takes a free one', default: 3002, maximum: 65_535 }),
  directory: text('ISSUER_DIR', { meaning: 'folder that keeps the signing key, the client secrets and the passwords of the users' }),
  audiences: text('ISSUER_AUDIENCES', { meaning: 'base addresses of the services that tokens are for, separated by commas' }),
  redirectUris: text('ISSUER_REDIRECT_URIS', { meaning: 'where a sign-in at the dashboard comes back to, addresses with commas between them; without it nobody signs in', optional: true }),
  tokenLifetimeSeconds: integer('ISSUER_TOKEN_LIFETIME_SECONDS', { meaning: 'how long a token is valid', default: 900, minimum: 1 }),
});

await runMain(
  async ({ env }) => {
    if (env['NODE_ENV'] === 'production') throw new Error('The local issuer is for development: in production people and programs sign in at an issuer of yours.');
    const { port, directory, audiences, redirectUris, tokenLifetimeSeconds } = readConfig(declaration, env);
    const clients = loadClients(directory);
    const users = loadUsers(directory);
    const signingKey = await loadSigningKey(directory);
    const server = await listenOnLoopback(port, (url) => issuerHandler({
      url, audiences: audiences.split(','), clients, users, redirectUris: redirectUris?.split(',') ?? [], signingKey, cookieKey: loadCookieKey(directory), tokenLifetimeSeconds, nowMs: Date.now,
    }));
    return { announce: { url: server.url }, stop: () => server.stop() };
  },
  { log: createLogger({ name: 'issuer' }) },
);
