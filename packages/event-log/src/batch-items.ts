/**
 * What the events of a stretch mean to this extension, and how many of them one transaction takes.
 */
import type { Input } from './change.pg.ts';
import { isReadable } from './current-form.ts';
import type { Owned } from './cursors.pg.ts';
import type { Cursor, StoredEvent } from './event.ts';
import { compareCursors, triggerOf } from './event.ts';
import { stale } from './extension.ts';
import { handlerInput } from './handler-input.ts';
import type { Understanding } from './handler-input.ts';
import type { Job } from './job.ts';
import { jobOfEvent } from './job.ts';
import type { AnyState } from './map.ts';
import { SUPPRESSED, suppressedBy } from './replay-mark.ts';
import type { Stretch } from './fetch.pg.ts';

/** One event with what it means to this extension. */
export interface Item {
  readonly event: StoredEvent;
  readonly owned: Owned;
  readonly inputs: readonly Input<AnyState>[];
  readonly effects: readonly Job[];
}

/** The items of one transaction, and where the cursors stand after it. */
export interface Batch {
  readonly items: readonly Item[];
  readonly upTo: Cursor;
  readonly recordedAtMs: number;
}

/** Does this handler hear the event, which is of this partition and after its cursor? */
export type Hears = (name: string, event: StoredEvent, partition: Owned) => boolean;

/** What of an event these partitions handle; undefined when nothing. */
export function itemOf(given: Understanding, partition: Owned, event: StoredEvent, hears: Hears): Item | undefined {
  const route = given.mapped.routes.get(event.type);
  if (route === undefined) return undefined;
  const inputs = route.handlers.filter(({ name }) => hears(name, event, partition)).map(({ name }) => handlerInput(given, name, event));
  const effects: Job[] = [];
  for (const { name, effect } of route.effects) {
    if (!hears(name, event, partition)) continue;
    const isKnown = isReadable(given.log.catalogue, event);
    const skipped = heldBack(event) ?? (isKnown ? effect.skip?.(event) : undefined);
    if (skipped === undefined && isKnown && effect.isNeeded?.(event) === false) continue;
    if (skipped === undefined) effects.push(jobOfEvent(given, name, event, partition.fence));
    else inputs.push({ subject: event.subject, handler: name, trigger: triggerOf(event), event, decide: () => stale(skipped.rule, skipped.evidence) });
  }
  return inputs.length + effects.length > 0 ? { event, owned: partition, inputs, effects } : undefined;
}

/** Of what a replay has caused that may do nothing outside, no effect is run. */
function heldBack(event: StoredEvent): { readonly rule: string; readonly evidence: object } | undefined {
  const replay = suppressedBy(event);
  return replay === undefined ? undefined : { rule: SUPPRESSED, evidence: { replay } };
}

/** What one transaction takes at most. */
export interface MostItems {
  readonly subjects: number;
  readonly items: number;
  readonly locks: number;
}

/**
 * The stretch up to its end, or cut before the item that would be one too many: `subjects` bounds the subjects of the events, and
 * `locks` what is locked, further subjects among them. Those do not count as size: many events share them, and a size
 * that counted them could not tell a full batch from one of few events.
 */
export function batchOf(stretch: Stretch, itemOfEvent: (event: StoredEvent) => Item | undefined, most: MostItems): Batch {
  const items: Item[] = [];
  const subjects = new Set<string>();
  const locked = new Set<string>();
  let previous: StoredEvent | undefined;
  for (const event of stretch.events) {
    const item = itemOfEvent(event);
    if (item !== undefined) {
      if (item.inputs.length > 0) {
        const isOneMore = !subjects.has(event.subject) && subjects.size >= most.subjects;
        const further = item.inputs.flatMap(({ subject, also = [] }) => [subject, ...also]).filter((subject) => !locked.has(subject));
        const full = items.length >= most.items || isOneMore || (further.length > 0 && locked.size > 0 && locked.size + further.length > most.locks);
        if (full && previous !== undefined) return { items, upTo: previous.cursor, recordedAtMs: previous.recordedAtMs };
        subjects.add(event.subject);
        for (const subject of further) locked.add(subject);
      }
      items.push(item);
    }
    previous = event;
  }
  return { items, upTo: stretch.upTo, recordedAtMs: stretch.events.at(-1)?.recordedAtMs ?? 0 };
}

/** An event of this partition that its cursor has not passed. */
export function isNewTo(partition: Owned, event: StoredEvent): boolean {
  return event.slot >= partition.slotFrom && event.slot <= partition.slotTo && compareCursors(event.cursor, partition.cursor) > 0;
}
