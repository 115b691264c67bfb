/**
 * Which personal fields an event pattern asks for. A pattern that is kept would keep their values for ever, where no erasure finds them. Pure.
 */
import type { EventEntry } from './catalogue.ts';
import type { CompiledPattern } from './pattern/pattern.ts';
import { personalFieldsOf } from './personal.ts';

/** `data.shipTo.city`, the first personal path for which a pattern asks of one of these entries; undefined when it asks for none. */
export function personalPathIn({ branches }: CompiledPattern, entries: readonly Pick<EventEntry<any>, 'versions'>[]): string | undefined {
  const marked = entries.flatMap(({ versions }) => Object.values(versions).flatMap((schema) => personalFieldsOf(schema).map(({ path }) => `data.${path.join('.')}`)));
  return branches.flatMap((branch) => [...branch.keys()]).find((asked) => marked.some((field) => asked === field || asked.startsWith(`${field}.`)));
}
