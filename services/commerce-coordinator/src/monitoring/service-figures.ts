/**
 * The five figures of the service over the last minute, out of what is counted elsewhere, and whether it is well. Pure.
 *
 * `webhookDeliveryRate` is the share of the deliveries that ended and were delivered, `errorRate` the share of the runs of handlers that
 * failed: numbers from 0 to 1. Where nothing ended the one is 1 and the other 0: nothing went wrong.
 */
import type { LogFigures, WorkCount } from '@commerce/event-log/log-figures';
import type { RunWindow } from '@commerce/event-log/run-figures';
import type { WebhookFigures } from './webhook-figures.pg.ts';

export interface Counted {
  /** Events of the last minute. */
  readonly events: number;
  readonly runs: RunWindow;
  readonly webhooks: WebhookFigures;
  readonly work: readonly WorkCount[];
}

export interface ServiceFigures {
  readonly eventsPerSecond: number;
  /** Of a run of a handler, in ms. */
  readonly averageProcessingTime: number;
  readonly webhookDeliveryRate: number;
  readonly errorRate: number;
  /** Jobs and webhook deliveries that wait. What was given up does not count. */
  readonly queueDepth: number;
}

export const WINDOW_SECONDS = 60;

export function serviceFigures({ events, runs, webhooks, work }: Counted): ServiceFigures {
  const ended = runs.completed + runs.failed;
  const sent = webhooks.lately.delivered + webhooks.lately.givenUp;
  return {
    eventsPerSecond: events / WINDOW_SECONDS,
    averageProcessingTime: ended === 0 ? 0 : runs.busyMs / ended,
    webhookDeliveryRate: sent === 0 ? 1 : webhooks.lately.delivered / sent,
    errorRate: ended === 0 ? 0 : runs.failed / ended,
    queueDepth: work.filter(({ state }) => state !== 'dead').reduce((sum, { rows }) => sum + rows, 0) + webhooks.queued,
  };
}

/** Not when half of the endpoints are unwell: one that is slow or gone is its owner's business. */
export function isDelivering({ registered, disabled, unwell }: WebhookFigures): boolean {
  return unwell === 0 || unwell * 2 < registered - disabled;
}

/** As the alarms judge it. */
const [MOST_LAG_SECONDS, MOST_HORIZON_SECONDS] = [60, 15];

/** Not when a reader does not come forward, or an open transaction holds them all. */
export function isFlowing({ readers, horizonAgeSeconds }: Pick<LogFigures, 'readers' | 'horizonAgeSeconds'>): boolean {
  return horizonAgeSeconds < MOST_HORIZON_SECONDS && readers.every(({ lagSeconds }) => lagSeconds < MOST_LAG_SECONDS);
}
