/**
 * All of the event catalogue over HTTP: the registry, the pages to read, and the intake of events of others.
 */
import type { BusRules } from '@commerce/bus/bus-rules';
import type { EventLog } from '@commerce/event-log/log';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Loaded } from '../catalogue.ts';
import { addCatalogueRoutes } from './catalogue.http.ts';
import { createCounter } from './counts.pg.ts';
import { addExternalEventRoutes } from './external-events.http.ts';
import { addCataloguePages } from './pages.http.ts';
import { createRegistry } from './registry.ts';
import { rulesLetting, UNKNOWN_RULES } from './rules.ts';

export interface EventCatalogueParts {
  readonly loaded: Loaded;
  readonly log: EventLog;
  readonly nowMs: () => number;
  /** Address under which clients know this service. */
  readonly publicUrl: string;
  /** The name of this service, and the source of what its processes tell live. */
  readonly service: string;
  readonly clientId: string;
  readonly busName: string;
  readonly queueUrl: string;
  /** The rules as AWS has them now; undefined where it is not asked. */
  readonly busRules: (() => Promise<BusRules>) | undefined;
  /** Whether the pages, which need no token, show how much is told. */
  readonly pagesShowCounts: boolean;
}

export async function addEventCatalogueRoutes(app: HttpApp, parts: EventCatalogueParts): Promise<void> {
  const { loaded, log, nowMs, publicUrl, service, clientId, busName, queueUrl, busRules, pagesShowCounts } = parts;
  const registry = createRegistry(loaded, service);
  const counts = createCounter(log.pool, nowMs);
  addCatalogueRoutes(app, { registry, counts, publicUrl });
  await addCataloguePages(app, {
    registry, counts, showsCounts: pagesShowCounts, ways: { service, bus: lastPart(busName), queue: lastPart(queueUrl) },
    rulesFor: async (type) => (busRules === undefined ? UNKNOWN_RULES : rulesLetting(await busRules(), type, clientId)),
  });
  await addExternalEventRoutes(app, { log });
}

/** Of an ARN or a URL, the name at its end. */
function lastPart(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}
