/**
 * The check of the map against the extensions, both ways, before anything is accepted. Pure: needs no resource, so that it
 * runs at start and in a build alike.
 *
 * Promise: every fault is found at once, each with its place and the mend.
 */
import type { EventEntry } from '@commerce/events/catalogue';
import { faultsOfConnections } from './check-connections.ts';
import { faultsOfExtensions } from './check-extensions.ts';
import { faultsOfForeign } from './check-foreign.ts';
import { faultsOfSignals } from './check-signals.ts';
import type { ExtensionDefinition } from './extension.ts';
import { MapRefused } from './faults.ts';
import type { ForeignSignal, SignalMap } from './map.ts';

export { MapRefused } from './faults.ts';

export interface Checked {
  readonly extensions: readonly ExtensionDefinition[];
  readonly map: SignalMap;
  /** The entries under which foreign signals are known. */
  readonly foreignEntries: readonly EventEntry<any>[];
  /** The services whose signals may be taken in. */
  readonly foreignSources: readonly string[];
  /** What other services publish, whoever else may send it here: nobody hears it without its being taken in as well. */
  readonly sentByOthers: readonly ForeignSignal[];
  /** Migrations that are the service's own: no extension makes a table of theirs. */
  readonly migrations: readonly { readonly name: string; readonly sql: string }[];
  /** What the rules on the buses deliver, when that is to be checked too. */
  readonly delivered?: readonly Delivery[];
}

/** A signal that a rule brings. */
export interface Delivery extends ForeignSignal {
  readonly rule: string;
}

/** Throws `MapRefused` with all faults. */
export function checkMap(checked: Checked): void {
  const faults = [...faultsOfExtensions(checked), ...faultsOfConnections(checked), ...faultsOfSignals(checked), ...faultsOfForeign(checked)];
  if (faults.length > 0) throw new MapRefused(faults);
}
