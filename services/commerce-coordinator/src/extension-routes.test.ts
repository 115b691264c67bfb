import { afterEach, expect, test } from '@jest/globals';
import { byToken } from '@commerce/service-kit/auth';
import { createHttpServer } from '@commerce/service-kit/http-server';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { createLogger } from '@commerce/service-kit/logging';
import { systemPorts } from '@commerce/service-kit/ports';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { RoutesRefused } from '@commerce/signals/routes';
import { z } from 'zod';
import { addExtensionRoutes } from './extension-routes.http.ts';

const servers: HttpApp[] = [];
afterEach(() => Promise.all(servers.splice(0).map((app) => app.close())));

async function serverWith(...definitions: Partial<ExtensionDefinition>[]): Promise<HttpApp> {
  const { app } = await createHttpServer({
    name: 'Test', version: '0', logger: createLogger({ name: 'test', level: 'silent' }), issuer: 'http://127.0.0.1:1', ports: systemPorts({ uuid: () => crypto.randomUUID() }),
    auth: byToken({ verify: async (authorization) => ({ clientId: 'operator', subject: 'anna', scopes: new Set([authorization ?? '']) }) }),
  });
  servers.push(app);
  await addExtensionRoutes(app, definitions.map((definition) => ({ definition: definition as ExtensionDefinition, own: undefined, extension: undefined as never })), undefined);
  return app;
}

const view = z.strictObject({ told: z.string() });
const add = (app: HttpApp, path: string): unknown => app.get(path, { config: { scope: 'users:read' }, schema: { response: { 200: view } } }, async () => ({ told: path }));
const bells: Partial<ExtensionDefinition> = {
  name: 'bells', routes: ['GET /bells', 'GET /bells/:id'], panels: [{ id: 'bells', title: 'Bells', data: '/bells' }],
  addRoutes: (app: HttpApp) => {
    add(app, '/bells');
    // Not awaited, as an extension may do it that needs another parser.
    void app.register(async (scope) => void add(scope as unknown as HttpApp, '/bells/:id'));
  },
};

test('the panels of the extensions are listed with the path and the scope of their data', async () => {
  const app = await serverWith(bells, { name: 'silent' });
  expect((await app.inject({ url: '/panels', headers: { authorization: 'users:read' } })).statusCode).toBe(403);
  expect((await app.inject({ url: '/panels', headers: { authorization: 'events:read' } })).json()).toEqual({
    items: [{ id: 'bells', title: 'Bells', extension: 'bells', data: '/bells', scope: 'users:read' }],
  });
  expect((await app.inject({ url: '/bells/7', headers: { authorization: 'users:read' } })).json()).toEqual({ told: '/bells/:id' });
});

test('what is added and not declared, and what is declared and not added, is refused in one message', async () => {
  const added: Partial<ExtensionDefinition> = { ...bells, routes: ['GET /bells', 'PUT /bells'] };
  const forgetful: Partial<ExtensionDefinition> = { name: 'gongs', routes: ['GET /gongs'] };
  const error = await serverWith(added, forgetful).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RoutesRefused);
  expect((error as RoutesRefused).faults.map(({ text }) => text)).toEqual([
    'The extension bells adds the route GET /bells/:id, which it does not declare: name it under routes, or do not add it.',
    'The extension bells declares the route PUT /bells, which its addRoutes does not add: add it, or take it out of routes.',
    'The extension gongs declares the route GET /gongs, which its addRoutes does not add: add it, or take it out of routes.',
  ]);
});

test('a route cannot be added when the others are there', async () => {
  let kept: HttpApp | undefined;
  await serverWith({ name: 'late', addRoutes: (app: HttpApp) => void (kept = app) });
  expect(() => add(kept as HttpApp, '/late')).toThrow('The route GET /late is added when all others are there');
});

test('a hook of one extension touches no route of another', async () => {
  const nosy: Partial<ExtensionDefinition> = { name: 'nosy', addRoutes: (app: HttpApp) => void app.addHook('onSend', async () => JSON.stringify({ told: 'nothing' })) };
  const app = await serverWith(nosy, bells);
  expect((await app.inject({ url: '/bells', headers: { authorization: 'users:read' } })).json()).toEqual({ told: '/bells' });
});
