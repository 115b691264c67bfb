/**
 * What streams of events listen to in this process: the log as it grows, one read of it for all of them, and what is emitted to try what
 * listens. Nobody who failed to join leaves anything behind.
 */
import type { Sleep } from '@commerce/event-log/backoff';
import { Bell } from '@commerce/event-log/backoff';
import type { FollowedLog } from '@commerce/signals/follow-log';
import type { Live } from '@commerce/signals/live-bus';
import type { SystemEvent } from '@commerce/signals/system-event';
import type { StreamSource } from './stream.ts';

export interface StreamTailOptions {
  readonly followed: FollowedLog;
  readonly bus: Live['bus'];
  readonly sleep: Sleep;
}

/** Somebody who listens. */
export interface Listener extends StreamSource {
  leave(): void;
}

/** Joins one listener. Rejects when the database cannot be read. */
export type JoinStream = () => Promise<Listener>;

/** Events to try what listens that wait for one listener; the oldest are dropped. */
const MOST_TESTS = 20;

export function streamTail({ followed, bus, sleep }: StreamTailOptions): JoinStream {
  return async () => {
    const bell = new Bell(sleep);
    const { tail, now, leave } = await followed.join(bell.ring);
    let tests: SystemEvent[] = [];
    const unsubscribe = bus.subscribe('*', (event) => {
      tests = [...tests, event].slice(-MOST_TESTS);
      bell.ring();
    }, { onlyTests: true });
    return {
      now,
      read: (place, rows) => tail.read(place.cursor, place.recordedAtMs, rows),
      start: () => tail.start,
      heldSinceMs: () => tail.heldSinceMs,
      takeTests: () => {
        const taken = tests;
        tests = [];
        return taken;
      },
      wait: (ms, signal) => bell.wait(ms, signal),
      leave: () => {
        unsubscribe();
        leave();
      },
    };
  };
}
