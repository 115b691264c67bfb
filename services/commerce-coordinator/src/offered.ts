/**
 * What the service offers to each of its extensions: what they share. What one of them alone needs it opens itself, in its
 * `provide`, and registers here how it is closed. Each names what it takes: `Pick<Offered<…>, 'log' | 'config'>`.
 * Nothing of it can be subscribed to: an extension hears what the map connects, so the live bus is not among it.
 */
import type { SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import type { RecordSpan } from '@commerce/event-log/trace';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import type { Pool } from 'pg';
import type { CallNotes } from './calls/call-notes.ts';

/** `Settings`: of the configuration, what is taken. */
export interface Offered<Settings extends object = object> {
  /** All settings of the service; the type has those that the extension names. */
  readonly config: Settings;
  readonly log: EventLog;
  readonly pool: Pool;
  readonly logger: Logger;
  /** Clock, waits, randomness and ids. */
  readonly ports: Ports;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Seals the places in lists. */
  readonly cursors: Cursors;
  /** This service's own name at the fulfilling side. */
  readonly clientId: string;
  /** Where the calls that effects make are noted, for people. */
  readonly calls?: CallNotes | undefined;
  /** Which handlers hear what. */
  readonly heardBy: SignalMap;
  /** This process answers requests. */
  readonly isApi: boolean;
  /** This process runs the readers, and what works beside them. */
  readonly runsReaders: boolean;
  /** Tells a span that is over; left out where nothing is traced. */
  readonly recordSpan?: RecordSpan | undefined;
  /** Registers what begins by itself, such as a loop: once the map is registered, before the readers. */
  readonly onBegin: (begin: () => Promise<unknown>) => void;
  /** Registers how something is closed: what is registered last is closed first. */
  readonly onStop: (end: () => unknown) => void;
  /** Registers what ends before that, together with everything else that takes something in. */
  readonly onStopTaking: (end: () => unknown) => void;
}
