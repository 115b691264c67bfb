/**
 * What this service knows of events: the signals of its extensions, and what other services send.
 */
import { BUS_MIGRATION, REPLAYS_MIGRATION } from '@commerce/bus/schema';
import { DEAD_LETTERS_MIGRATIONS } from '@commerce/dead-letters/schema';
import { MIGRATIONS as LOG_MIGRATIONS } from '@commerce/event-log/schema';
import { createCatalogue } from '@commerce/events/catalogue';
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import { FULFILLING_ENTRIES } from '@commerce/events/entries';
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { checkMap } from '@commerce/signals/check';
import type { Delivery } from '@commerce/signals/check';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import { JOBS_MIGRATION } from '@commerce/signals/job-status';
import type { ForeignSignal, SignalMap } from '@commerce/signals/map';
import { DASHBOARD_MIGRATION } from './dashboard/sessions.pg.ts';
import { CALLS_MIGRATION } from './calls/calls.pg.ts';
import { HANDLER_RUNS_MIGRATION } from './monitoring/handler-runs.pg.ts';
import { MONITORING_MIGRATION } from './monitoring/reports.pg.ts';

/** The migrations that are no extension's, in the order in which they are applied. */
export const SERVICE_MIGRATIONS = [...LOG_MIGRATIONS, BUS_MIGRATION, JOBS_MIGRATION, REPLAYS_MIGRATION, ...DEAD_LETTERS_MIGRATIONS, MONITORING_MIGRATION, DASHBOARD_MIGRATION, HANDLER_RUNS_MIGRATION, CALLS_MIGRATION];

/** Whose events may be taken from the queue; and whoever the map names for a type that is known outside first. */
const OTHERS = ['order-fulfillment'];

const SENT_BY_OTHERS: readonly ForeignSignal[] = FULFILLING_ENTRIES.map(({ type }) => ({ source: 'order-fulfillment', type }));

/** What is loaded, and how it is connected. */
export interface Loaded {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
}

/** Entries of what other services may send. */
function foreignEntries(map: SignalMap): EventEntry<any>[] {
  const sources = foreignSources(map);
  const types = new Set(map.foreign.filter(({ source }) => sources.includes(source)).map(({ type }) => type));
  return (PUBLISHED_ENTRIES as readonly EventEntry<any>[]).filter(({ type }) => types.has(type));
}

function foreignSources({ foreign }: SignalMap): string[] {
  const external = new Set(PUBLISHED_ENTRIES.filter(({ isExternal }) => isExternal === true).map(({ type }) => type));
  return [...new Set([...OTHERS, ...foreign.filter(({ type }) => external.has(type)).map(({ source }) => source)])];
}

/** Throws `MapRefused` with every fault. `delivered`: what the rules on the buses let through, when that is known. */
export function checkLoaded({ extensions, map }: Loaded, delivered?: readonly Delivery[]): void {
  checkMap({ extensions, map, foreignEntries: foreignEntries(map), foreignSources: foreignSources(map), sentByOthers: SENT_BY_OTHERS, migrations: SERVICE_MIGRATIONS, ...(delivered !== undefined && { delivered }) });
}

/** Every type of event that may stand in the log. */
export function catalogueOf({ extensions, map }: Loaded): Catalogue {
  const own = extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry as EventEntry<any>));
  const types = new Set(own.map(({ type }) => type));
  return createCatalogue([...own, ...foreignEntries(map).filter(({ type }) => !types.has(type))]);
}
