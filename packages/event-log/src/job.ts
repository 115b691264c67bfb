/**
 * A job: one event for one effect handler, as it stands in memory. Made from an event that was just read, or from its row.
 */
import { isReadable } from './current-form.ts';
import type { StoredEvent } from './event.ts';
import type { EffectHandler } from './extension.ts';
import type { Understanding } from './handler-input.ts';
import type { JobSettings } from './job-settings.ts';
import { jobSettings } from './job-settings.ts';
import type { AnyState } from './map.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { WorkRow, WorkState } from './work.pg.ts';
import { workKey } from './work.pg.ts';

/** One row of `work` in memory. */
export interface Job {
  readonly name: string;
  readonly effect: EffectHandler<AnyState, never>;
  readonly settings: JobSettings;
  readonly event: StoredEvent;
  readonly key: string;
  readonly fence: number;
  state: WorkState;
  /** Attempts made. */
  attempt: number;
  /** An attempt may have reached the other side. */
  maybeSent: boolean;
  /** Until when the other side remembers the key, by the process's steady clock; infinite before the first send. */
  keyExpiresAtMs: number;
  /** By the process's steady clock. */
  dueAtMs: number;
  /** When the last run began (Unix milliseconds), and how long it took. */
  startedAtMs: number;
  tookMs: number;
}

export const DEFAULT_KEY_TTL_MS = 7 * 86_400_000;

/** An event that was just read. One of a version that is not known waits in the table. */
export function jobOfEvent({ log, mapped }: Understanding, name: string, event: StoredEvent, fence: number): Job {
  const effect = mapped.extension.effects[name];
  if (effect === undefined) throw new Error(`The extension has no effect ${name}.`);
  return {
    name, effect, settings: jobSettings(name, effect, event.type), event, fence, key: workKey(name, event.eventId), attempt: 0, maybeSent: false, keyExpiresAtMs: Number.POSITIVE_INFINITY, dueAtMs: 0, startedAtMs: 0, tookMs: 0,
    state: isReadable(log.catalogue, event) ? 'ready' : 'waiting',
  };
}

/** A row; none for one that waits for its version. `takenOver`: nobody knows whether its last attempt was sent. */
export function jobsOfRow({ log, mapped, monotonicMs }: Understanding & Pick<ReaderOptions, 'monotonicMs'>, row: WorkRow, takenOver: boolean): Job[] {
  const effect = mapped.extension.effects[row.handler];
  if (effect === undefined || (row.state === 'waiting' && !isReadable(log.catalogue, row.event))) return [];
  return [{
    name: row.handler, effect, settings: jobSettings(row.handler, effect, row.event.type), event: row.event, fence: row.fence, key: row.key, attempt: row.attempt, maybeSent: takenOver || row.attempt > 0 || row.keyLeftMs !== null,
    keyExpiresAtMs: keyEnd(row, effect, takenOver, monotonicMs()),
    dueAtMs: monotonicMs() + Math.max(0, row.dueInMs), state: row.state === 'waiting' ? 'ready' : row.state,
    startedAtMs: 0, tookMs: 0,
  }];
}

/** One that may have been sent by a process that died before it could say so lives from now. */
function keyEnd(row: WorkRow, effect: Job['effect'], takenOver: boolean, nowMs: number): number {
  if (row.keyLeftMs !== null) return nowMs + row.keyLeftMs;
  return takenOver ? nowMs + (effect.keyTtlMs ?? DEFAULT_KEY_TTL_MS) : Number.POSITIVE_INFINITY;
}
