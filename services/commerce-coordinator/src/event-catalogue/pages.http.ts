/**
 * `/catalog`: the catalogue of events as pages to read. Like `/docs` they need no token: a person reads them in a browser. They show
 * no event, and the counts only where `showsCounts` says so. Everything comes from this service, under a policy that lets nothing else in.
 */
import { TOPICS } from '@commerce/events/topics';
import { versionsInOrder } from '@commerce/events/upcasting';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { KEEP_FOR_GOOD, packed, sendFile } from '@commerce/service-kit/page-files';
import { baseProblems, Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import type { CatalogueApi } from './catalogue.http.ts';
import { exampleOf, schemaOf } from './examples.ts';
import { CSS, indexPage, typePage } from './page-html.ts';
import { matching } from './registry.ts';
import type { KnownType } from './registry.ts';
import { routesOf } from './routes.ts';
import { UNKNOWN_RULES } from './rules.ts';
import type { RulesLetting } from './rules.ts';
import { viewOf } from './views.ts';

export interface CataloguePages extends Pick<CatalogueApi, 'registry' | 'counts'> {
  readonly showsCounts: boolean;
  /** This service, its bus and its queue, by name. */
  readonly ways: { readonly service: string; readonly bus: string; readonly queue: string };
  /** The rules that let a type through. */
  readonly rulesFor: (type: KnownType) => Promise<RulesLetting>;
}

/** Counts are live. */
const KEEP = 'no-cache';
const PUBLIC = 'public';
const HTML = 'text/html; charset=utf-8';

const query = z.strictObject({ topic: z.string().max(100).optional(), text: z.string().max(200).optional() });

/** Adds the pages. */
export async function addCataloguePages(app: HttpApp, { registry, counts, showsCounts, ways, rulesFor }: CataloguePages): Promise<void> {
  const css = await packed('text/css; charset=utf-8', Buffer.from(CSS));
  const links = { css: `catalog/page.css?${css.tag.slice(1, -1)}` };
  const route = { config: { scope: PUBLIC }, schema: { hide: true } } as const;
  const nothingCounted = { byType: new Map(), since: new Date(0).toISOString() };
  const counted = () => (showsCounts ? counts() : nothingCounted);

  app.get('/catalog', { ...route, schema: { hide: true, querystring: query } }, async (request, reply) => {
    const { topic, text } = request.query;
    const filter = { text, ...(topic !== undefined && Object.hasOwn(TOPICS, topic) && { topic }) };
    const at = await counted();
    const types = matching(registry.types, filter).map((type) => viewOf(type, at));
    return sendFile(request, reply, await packed(HTML, Buffer.from(indexPage({ links, types, all: registry.types.length, filter, showsCounts }))), KEEP, { hasForms: true });
  });

  app.get('/catalog/page.css', route, async (request, reply) => sendFile(request, reply, css, KEEP_FOR_GOOD));

  app.get('/catalog/:type', { ...route, schema: { hide: true, params: z.strictObject({ type: z.string().min(1).max(128) }) } }, async (request, reply) => {
    const found = registry.find(request.params.type);
    if (found === undefined) throw new Problem(baseProblems.not_found, { detail: 'There is no such type of event: /catalog lists them.' });
    const { envelope, subject } = exampleOf(found);
    const schemas = versionsInOrder(found.entry.versions).toReversed().map((version) => [version, schemaOf(found, version)] as const);
    const routes = routesOf(found, ways);
    const [at, rules] = await Promise.all([counted(), routes.length === 0 ? UNKNOWN_RULES : rulesFor(found)]);
    const html = typePage({ links, type: viewOf(found, at), example: envelope, subject, schemas, routes, rules, showsCounts });
    return sendFile(request, reply, await packed(HTML, Buffer.from(html)), KEEP);
  });
}
