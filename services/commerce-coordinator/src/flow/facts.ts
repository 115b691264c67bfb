/** What was measured, or looked at, of the flow. */
import type { ReaderLag, TypeCount } from '@commerce/event-log/log-figures';
import type { LatelyEnded } from '../monitoring/reports.pg.ts';
import type { WebhookFigures } from '../monitoring/webhook-figures.pg.ts';
import type { BusLook } from './bus-look.aws.ts';
import type { Told, Waiting } from './told.pg.ts';

export interface Facts {
  readonly nowMs: number;
  readonly told: Told;
  /** Of the last minute. */
  readonly events: ReadonlyMap<string, TypeCount>;
  readonly lately: LatelyEnded;
  /** When each handler ran last; one that never ran has no entry. */
  readonly ran: ReadonlyMap<string, Date>;
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly readers: readonly ReaderLag[];
  readonly webhooks: WebhookFigures;
  readonly webhookP95Ms: number | null;
  /** Own events that the bus has refused. */
  readonly refused: number;
  /** Roles of the processes that have told of themselves. */
  readonly roles: ReadonlySet<string>;
  /** Messages in the queues that were asked. */
  readonly depths: BusLook['depths'];
  /** What could not be asked, a sentence each. */
  readonly missing: readonly string[];
}

export const WINDOW_SECONDS = 60;
