/**
 * An event as history lists it, and what of a pattern over such items a database can be asked for. Pure.
 */
import type { EventEnvelope } from '@commerce/events/envelope';
import type { CompiledPattern } from '@commerce/events/pattern';
import type { StoredEvent } from './event.ts';
import { toEnvelope } from './event.ts';

/** The envelope, and what the log knows beside it. A pattern judges this form. */
export interface HistoryItem extends EventEnvelope {
  readonly topic: string;
  readonly subject: string;
  readonly origin: 'own' | 'foreign';
  /** When it came into this log, by the clock of the database; ISO 8601. */
  readonly recordedAt: string;
  /** Who appended it at which attempt; see `StoredEvent`. */
  readonly handler: string | null;
  readonly attempt: number | null;
}

export function historyItem(event: StoredEvent): HistoryItem {
  const { topic, subject, origin, recordedAtMs, handler = null, attempt = null } = event;
  return { ...toEnvelope(event), topic, subject, origin, recordedAt: new Date(recordedAtMs).toISOString(), handler, attempt };
}

/** The JSON text of the item of an event whose data and metadata are JSON texts still. */
export function historyItemText(event: StoredEvent, metadataJson: string, dataJson: string): string {
  const { metadata: _metadata, data: _data, ...rest } = historyItem(event);
  return `${JSON.stringify(rest).slice(0, -1)},"metadata":${metadataJson},"data":${dataJson}}`;
}

/**
 * The texts of which the field must be one, whatever else the pattern asks for; undefined when it does not say so: when one of its
 * branches leaves the field out or asks for it by anything but equality.
 */
export function exactTexts({ branches }: CompiledPattern, path: string): readonly string[] | undefined {
  const texts = new Set<string>();
  for (const branch of branches) {
    const values = branch.get(path);
    if (values === undefined || values.orAbsent) return undefined;
    for (const { keys, unless } of values.predicates) {
      for (const key of keys) {
        if (unless || key.kind !== 'leaf' || typeof key.leaf !== 'string') return undefined;
        texts.add(key.leaf);
      }
    }
  }
  return [...texts];
}
