/** Keeps the place in the stream, so that the next run goes on there: in memory, and in a file when one is named. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageFault } from '../failures.ts';

export interface PlaceKeeper {
  /** Undefined at first. */
  readonly id: string | undefined;
  moveTo(id: string): void;
}

const placeForm = z.strictObject({ service: z.string(), lastEventId: z.string() });

/** `service`: its address, for a place means nothing elsewhere. Throws UsageFault. */
export function placeKeeper(path: string | undefined, service: string): PlaceKeeper {
  let id = path === undefined ? undefined : readPlace(path, service);
  return {
    get id() {
      return id;
    },
    moveTo(next) {
      if (next === id) return;
      id = next;
      if (path !== undefined) writePlace(path, { service, lastEventId: next });
    },
  };
}

function readPlace(path: string, service: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageFault(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const place = placeForm.safeParse(jsonOf(text));
  if (!place.success) throw new UsageFault(`${path} holds no place of a stream: name another file with --place-file, or remove it.`);
  if (place.data.service !== service) throw new UsageFault(`${path} holds a place at ${place.data.service}, and this is ${service}: name another file with --place-file, or remove it.`);
  return place.data.lastEventId;
}

/** A process that is killed leaves the old place or the new one. */
function writePlace(path: string, place: z.infer<typeof placeForm>): void {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(place)}\n`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new UsageFault(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
