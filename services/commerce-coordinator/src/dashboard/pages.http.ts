/**
 * Built pages over HTTP: the dashboard at `/dashboard/`, the guide at `/docs/guide/`. Public, for they hold nothing: what they show comes
 * from the API.
 *
 * Promise: files whose names change with their content are kept for good, and pages are asked for each time. A view of the dashboard is
 * its index.html, whatever its path. What is not built says so, with the command.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { KEEP_FOR_GOOD, pageHeaders, sendFile } from '@commerce/service-kit/page-files';
import type { PageFolder } from '@commerce/service-kit/page-folder';
import { baseProblems, Problem, retryAfter } from '@commerce/service-kit/problems';
import type { OwnAddress } from './own-address.ts';
import { dashboardProblems } from './problems.ts';
import { notePage } from './sign-in-pages.ts';

export interface PagesApi {
  readonly own: OwnAddress;
  readonly dashboard: PageFolder;
  readonly guide: PageFolder;
}

interface Site {
  readonly folder: PageFolder;
  readonly title: string;
}

/** By hand. */
const BUILD_COMMAND = 'npx --yes pnpm@12.21.0 pages';
const INDEX = 'index.html';
const LOOK_AGAIN_S = 3;
const ASSET = /^assets\/.*[-.][\w-]{8,}\.\w+$/;
const HAS_ENDING = /\.\w+$/;

export function addPages(app: HttpApp, { own, dashboard, guide }: PagesApi): void {
  const route = { config: { scope: 'public' }, schema: { hide: true }, onRequest: async ({ headers }: FastifyRequest) => own.refuseForeignHost(headers) } as const;
  const page: Site = { folder: dashboard, title: 'The dashboard' };
  const docs: Site = { folder: guide, title: 'The guide' };

  app.get('/', route, (_request, reply) => reply.redirect('/dashboard/', 302));
  app.get('/dashboard', route, (_request, reply) => reply.redirect('/dashboard/', 302));
  app.get<{ Params: { '*': string } }>('/dashboard/*', route, async (request, reply) => {
    const path = request.params['*'];
    if (path !== '' && path !== INDEX && (HAS_ENDING.test(path) || path.startsWith('assets/'))) return sendNamed(request, reply, page, path);
    const index = await dashboard.file(INDEX);
    return index === undefined ? sayNotBuilt(request, reply, page) : sendFile(request, reply, index, 'no-store');
  });

  app.get('/docs/guide', route, (_request, reply) => reply.redirect('/docs/guide/', 302));
  app.get<{ Params: { '*': string } }>('/docs/guide/*', route, async (request, reply) => {
    const path = request.params['*'];
    const names = await guide.names();
    if (names === undefined) return sayNotBuilt(request, reply, docs);
    const isFolder = path === '' || path.endsWith('/');
    if (!isFolder && !names.has(path) && names.has(`${path}/${INDEX}`)) return reply.redirect(`/docs/guide/${encodeURI(path)}/`, 302);
    const name = isFolder ? `${path}${INDEX}` : names.has(path) ? path : `${path}.html`;
    return sendNamed(request, reply, docs, name);
  });
}

async function sendNamed(request: FastifyRequest, reply: FastifyReply, site: Site, name: string): Promise<FastifyReply> {
  if ((await site.folder.names()) === undefined) return sayNotBuilt(request, reply, site);
  const file = await site.folder.file(name);
  if (file === undefined) throw new Problem(baseProblems.not_found);
  return sendFile(request, reply, file, ASSET.test(name) ? KEEP_FOR_GOOD : 'no-cache');
}

function sayNotBuilt(request: FastifyRequest, reply: FastifyReply, { title }: Site): FastifyReply {
  if (request.headers.accept?.includes('text/html') !== true) throw new Problem(dashboardProblems.page_not_built, { detail: `Built by: ${BUILD_COMMAND}`, headers: retryAfter(LOOK_AGAIN_S * 1_000) });
  const note = { title: `${title} is not built`, text: 'pnpm dev and pnpm demo build it beside their start, and this page looks again by itself. By hand:', command: BUILD_COMMAND, againInSeconds: LOOK_AGAIN_S };
  return reply.code(503).headers({ ...pageHeaders(), ...retryAfter(LOOK_AGAIN_S * 1_000), 'cache-control': 'no-store' }).type('text/html; charset=utf-8').send(notePage(note));
}
