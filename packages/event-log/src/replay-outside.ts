/**
 * What of new events would go outside: the effects that hear them, and the deliveries to those who have registered. Told, not done.
 */
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import type { MappedExtension } from './map.ts';
import type { ReplayDifference } from './replay.ts';
import type { ReplayMark } from './replay-mark.ts';

/** The deliveries that these events would bring, given in the order in which they were appended. Writes nothing. */
export type OutsideOf = (tx: Tx, events: readonly StoredEvent[]) => Promise<readonly { readonly eventId: string; readonly endpointId: string }[]>;

export interface OutsideOptions {
  readonly outside: OutsideOf;
  readonly all: readonly MappedExtension[];
  readonly mark: ReplayMark;
}

/**
 * One difference for each effect and delivery; and, when effects are held back, one for each subject and effect that it is left
 * waiting for: its row says that somebody outside was asked, and nobody was. Its own deadlines act for real.
 */
export async function outsideOf(tx: Tx, { outside, all, mark }: OutsideOptions, events: readonly StoredEvent[]): Promise<{ readonly count: number; readonly differences: readonly ReplayDifference[] }> {
  if (events.length === 0) return { count: 0, differences: [] };
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const differences: ReplayDifference[] = [];
  const waiting = new Map<string, ReplayDifference>();
  for (const event of events) {
    for (const { routes } of all) {
      for (const { name, effect } of routes.get(event.type)?.effects ?? []) {
        if (effect.skip?.(event) !== undefined || effect.isNeeded?.(event) === false) continue;
        differences.push(told(`effect:${name}:${event.eventId}`, 'effect', name, event));
        const key = `waiting:${name}:${event.subject}`;
        if (mark.effects === 'suppressed') waiting.set(key, told(key, 'waiting', name, event));
      }
    }
  }
  for (const { eventId, endpointId } of await outside(tx, events)) {
    const event = byId.get(eventId);
    if (event !== undefined) differences.push(told(`delivery:${endpointId}:${eventId}`, 'effect', `endpoint:${endpointId}`, event));
  }
  return { count: differences.length, differences: [...differences, ...waiting.values()] };
}

function told(key: string, kind: 'effect' | 'waiting', name: string, { type, subject }: StoredEvent): ReplayDifference {
  return { key, kind, name, subject, eventId: null, before: null, after: JSON.stringify({ signal: type }) };
}
