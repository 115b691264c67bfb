/**
 * What this service knows of events: the signals of its extensions, and what other services send.
 */
import { createCatalogue } from '@commerce/events/catalogue';
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import { ENTRIES } from '@commerce/events/entries';
import { checkMap } from '@commerce/signals/check';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import type { ForeignSignal, SignalMap } from '@commerce/signals/map';

/** Whose events may be taken from the queue. */
const OTHERS = ['order-fulfillment'];

/** What is loaded, and how it is connected. */
export interface Loaded {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
}

/** Entries of what other services may send. */
function foreignEntries({ foreign }: SignalMap): EventEntry<any>[] {
  const types = new Set(foreign.filter(({ source }) => OTHERS.includes(source)).map(({ type }) => type));
  return (ENTRIES as readonly EventEntry<any>[]).filter(({ type }) => types.has(type));
}

/** Throws `MapRefused` with every fault. `delivered`: what the rules on the buses let through, when that is known. */
export function checkLoaded({ extensions, map }: Loaded, delivered?: readonly ForeignSignal[]): void {
  checkMap({ extensions, map, foreignEntries: foreignEntries(map), ...(delivered !== undefined && { delivered }) });
}

/** Every type of event that may stand in the log. */
export function catalogueOf({ extensions, map }: Loaded): Catalogue {
  const own = extensions.flatMap(({ signals }) => signals.map(({ entry }) => entry as EventEntry<any>));
  const types = new Set(own.map(({ type }) => type));
  return createCatalogue([...own, ...foreignEntries(map).filter(({ type }) => !types.has(type))]);
}
