/** What an action of EventBridge works with. */
import type { Account } from '../account.ts';
import type { Faults } from '../faults.ts';
import type { Counts } from '../metrics.ts';
import type { Clock, NewId } from '../ports.ts';
import type { Archives } from './archives.ts';
import type { AcceptedEvent } from './envelope.ts';
import type { EventBuses } from './event-buses.ts';
import type { Replays } from './replays.ts';
import type { Tags } from './tags.ts';

export interface EventsContext {
  readonly account: Account;
  readonly buses: EventBuses;
  readonly archives: Archives;
  readonly replays: Replays;
  readonly tags: Tags;
  readonly faults: Faults;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly newId: NewId;
  /** False when so many deliveries are under way that this many more events would be too many. */
  hasRoomFor(events: number): boolean;
  /** Takes accepted events on: they reach their targets after the answer to the publisher. */
  deliver(events: readonly AcceptedEvent[]): void;
}

export type EventsAction = (input: Readonly<Record<string, unknown>>, context: EventsContext) => object;
