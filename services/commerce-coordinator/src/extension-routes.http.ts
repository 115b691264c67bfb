/**
 * The routes of the extensions, and the list of their panels for whoever shows them.
 *
 * Promise: what an extension adds is what it declares, and nothing is added later; a hook or a parser of one extension touches no
 * route of another. Throws `RoutesRefused` with every difference.
 */
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Opened } from '@commerce/signals/host';
import { faultsOfRoutes, RoutesRefused } from '@commerce/signals/routes';
import { z } from 'zod';

interface Added {
  /** `METHOD /path`. */
  readonly name: string;
  readonly scope: string;
}

const panelsView = z.strictObject({
  items: z.array(z.strictObject({
    id: z.string(), title: z.string(),
    extension: z.string().meta({ description: 'Whose panel it is.' }),
    data: z.string().meta({ description: 'Path of its data.' }),
    scope: z.string().meta({ description: 'What a token needs to read its data.' }),
  })),
});

/** Adds them in the order of the list. `resources` is what their `addRoutes` takes. */
export async function addExtensionRoutes(app: HttpApp, opened: readonly Opened[], resources: unknown): Promise<void> {
  const added: Added[] = [];
  let isOpen = true;
  app.addHook('onRoute', ({ method, url, config }) => {
    // The server answers HEAD wherever it answers GET.
    const names = [method].flat().filter((one) => one !== 'HEAD').map((one) => `${one} ${url}`);
    if (!isOpen && names.length > 0) throw new RoutesRefused(names.map((name) => ({ place: undefined, text: `The route ${name} is added when all others are there: add it in addRoutes, and let addRoutes end after it.` })));
    added.push(...names.map((name) => ({ name, scope: config?.scope ?? '' })));
  });
  const faults = [];
  const panels: z.infer<typeof panelsView>['items'] = [];
  for (const { definition, own } of opened) {
    const before = added.length;
    // A scope of its own.
    await app.register(async (scope) => definition.addRoutes?.(scope, own, resources));
    const its = added.slice(before);
    faults.push(...faultsOfRoutes(definition, its.map(({ name }) => name)));
    panels.push(...(definition.panels ?? []).map(({ id, title, data }) => ({ id, title, extension: definition.name, data, scope: its.find(({ name }) => name === `GET ${data}`)?.scope ?? '' })));
  }
  if (faults.length > 0) throw new RoutesRefused(faults);
  app.get('/panels', {
    config: { scope: 'events:read' },
    schema: { operationId: 'listPanels', summary: 'List the panels of the loaded extensions', tags: ['panels'], response: { 200: panelsView } },
  }, async () => ({ items: panels }));
  isOpen = false;
}
