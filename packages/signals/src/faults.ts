/** Faults of a map, each with its place and its mend, and the one error that has all of them. */
import type { SignalMap } from './map.ts';
import { nearest } from './nearest.ts';
import type { Place } from './place.ts';
import { placeOfConnection, placeOfName } from './place.ts';

export interface Fault {
  readonly place: Place | undefined;
  /** What is wrong, and what to do. */
  readonly text: string;
}

/** The map does not fit the extensions; the message has every fault. */
export class MapRefused extends Error {
  override readonly name = 'MapRefused';
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(`The map of signals is refused, with ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}:\n${faults.map(faultLine).join('\n')}`);
    this.faults = faults;
  }
}

/** As it stands in a message, on one line. */
export function faultLine({ place, text }: Fault): string {
  return `  - ${place === undefined ? '' : `${place.file}:${place.line} `}${text.replaceAll(/\s*\n\s*/g, ' ')}`;
}

/** Where the map names this: a signal, or a handler anywhere. */
export function placeIn({ file }: SignalMap, name: string): Place | undefined {
  return file === undefined ? undefined : placeOfName(file, name);
}

/** Where the map connects this signal to this handler. */
export function connectionIn({ file }: SignalMap, type: string, handler: string): Place | undefined {
  return file === undefined ? undefined : placeOfConnection(file, type, handler);
}

/** The end of a sentence about a name that nobody knows. */
export function meant(wanted: string, names: Iterable<string>): string {
  const guess = near(wanted, names);
  return guess === '' ? ' Correct the name, or load the extension.' : guess;
}

/** The name that was meant, as a sentence; empty when none is near. */
export function near(wanted: string, names: Iterable<string>): string {
  const found = nearest(wanted, names);
  return found === undefined ? '' : ` Did you mean ${found}?`;
}
