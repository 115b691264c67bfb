/**
 * What a registered map connects: kept beside it, so that nobody outside of the log comes at the handlers by it.
 */
import type { MappedExtension } from './map.ts';
import { MapRefused } from './map.ts';
import type { Registered } from './registry.pg.ts';

/** The map, checked and registered: what `startReaders` starts from. What it connects is kept out of reach. */
export interface RegisteredMap {
  readonly registered: Registered;
}

export interface Connected {
  readonly mapped: readonly MappedExtension[];
  /** Names. */
  readonly streams: ReadonlySet<string>;
}

const connectedBy = new WeakMap<RegisteredMap, Connected>();

export function connect(map: RegisteredMap, connected: Connected): void {
  connectedBy.set(map, connected);
}

/** Throws `MapRefused` for a map that was not registered. */
export function connectionsOf(map: RegisteredMap): Connected {
  const connected = connectedBy.get(map);
  if (connected === undefined) throw new MapRefused(['it was not registered: readers start from what registerMap gives']);
  return connected;
}
