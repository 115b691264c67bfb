/**
 * The room of monitoring, put together: what it counts, what it tells the other processes, and its routes. Nothing of it stands in the
 * way of an event: it watches, and it asks the database when somebody asks it.
 */
import type { LogObserver } from '@commerce/event-log/observer';
import { countEvents, EventWindow, readLogFigures } from '@commerce/event-log/log-figures';
import type { LogFigures, TypeCount } from '@commerce/event-log/log-figures';
import { figuresLine, LINE_FIELDS, logMetrics, runMetrics } from '@commerce/event-log/log-metrics';
import type { EventLog } from '@commerce/event-log/log';
import { RunFigures } from '@commerce/event-log/run-figures';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { alwaysSaid } from '@commerce/service-kit/logging';
import type { Logger } from '@commerce/service-kit/logging';
import { addMetricsRoute, Distributions, processFigures, requestFigures } from '@commerce/service-kit/metrics';
import type { Figure, FigureSource, HistogramFigure, Labels } from '@commerce/service-kit/metrics';
import type { Ports } from '@commerce/service-kit/ports';
import type { SignalMap } from '@commerce/event-log/extension';
import { EventNames } from '@commerce/signals/event-names';
import type { Job } from '@commerce/signals/jobs';
import type { FollowedLog } from '@commerce/signals/follow-log';
import type { Live } from '@commerce/signals/live-bus';
import type { Pool } from 'pg';
import { HandlerRuns } from './handler-runs.pg.ts';
import { keptFor } from './kept-for.ts';
import { endedOf, Lately } from './lately.ts';
import type { EndedByKey } from './lately.ts';
import { addEventHealth, addMonitoringRoutes } from './monitoring.http.ts';
import { readOverdueOrders } from './overdue-orders.pg.ts';
import { Reports, together } from './reports.pg.ts';
import type { ProcessReport } from './reports.pg.ts';
import { streamTail } from './stream-tail.pg.ts';
import { addStreamRoute, STREAM_LIMITS } from './stream.http.ts';
import type { StreamLimits, Streams } from './stream.http.ts';
import { noWebhooks, readWebhookFigures } from './webhook-figures.pg.ts';
import type { ReadWebhooks, WebhookFigures } from './webhook-figures.pg.ts';

export interface MonitoringOptions {
  readonly log: EventLog;
  readonly pool: Pool;
  /** For the streams. */
  readonly followed: FollowedLog;
  readonly live: Live;
  readonly heardBy: SignalMap;
  readonly cursors: Cursors;
  readonly logger: Logger;
  readonly ports: Ports;
  readonly nowMs: () => number;
  readonly workerId: string;
  readonly roles: readonly string[];
  /** How much waits in each dead-letter topic of Kafka; undefined where nothing is read from Kafka. */
  readonly deadRecords: (() => Promise<ReadonlyMap<string, number>>) | undefined;
  /** The extension of webhooks is loaded. */
  readonly hasWebhooks: boolean;
  /** In the place of the usual ones. */
  readonly streamLimits?: Partial<StreamLimits> | undefined;
}

export interface Monitoring {
  /** For the readers of this process. */
  readonly observer: LogObserver;
  readonly requestFigures: ReturnType<typeof requestFigures>;
  /** Further figures of this process. */
  addFigures(source: FigureSource): void;
  /** Routes of every process. */
  addRoutes(app: HttpApp): void;
  /** Routes of the API. The streams end when `close` is called. */
  addApiRoutes(app: HttpApp): Streams;
  /** What it looks at, for others who show it: what the database is asked for is asked once for all of them within two seconds. */
  readonly looks: Looks;
  /** Writes the figures that alarms are made of into the log file, once a minute. */
  readonly jobs: readonly Job[];
  /** How the readers of this process fare, once there are some. */
  watch(isReading: () => boolean): void;
  /** Begins to tell the other processes. */
  start(): void;
  stop(): Promise<void>;
}

export interface Looks {
  /** Events of the last minute by type. */
  readonly eventsByType: () => Promise<ReadonlyMap<string, TypeCount>>;
  readonly log: () => Promise<LogFigures>;
  readonly webhooks: ReadWebhooks;
  readonly processes: () => Promise<readonly ProcessReport[]>;
}

/** Names of the figures in the lines of the log file. */
export const LOGGED_FIGURES = [...LINE_FIELDS, 'overdueOrders', 'webhooksGivenUpShare', 'webhooksDisabled', 'webhooksHeld', 'webhooksOldestDueS', 'webhooksQueued', 'deadRecords'] as const;

/** What the database is asked for is not asked for again within this time. */
const KEPT_MS = 2_000;
const LINE_EVERY_MS = 60_000;
/** Of fewer deliveries in a minute a share says nothing. */
const FEW_DELIVERIES = 10;

export function openMonitoring(options: MonitoringOptions): Monitoring {
  const { log, pool, followed, live, heardBy, cursors, logger, ports, nowMs, workerId, roles, hasWebhooks, deadRecords = noRecords, streamLimits } = options;
  const monotonicMs = (): number => ports.clock.monotonicMs();
  const kept = <Value>(look: () => Promise<Value>): (() => Promise<Value>) => keptFor(KEPT_MS, monotonicMs, look);
  const names = new EventNames([...log.catalogue.entries, ...JOB_ENTRIES]);
  const durations = new Distributions();
  const runs = new RunFigures({ monotonicMs, onRun: (handler, type, seconds) => durations.add(`${handler} ${type}`, () => ({ handler, type }), seconds) });
  let isReading = (): boolean => false;
  const requests = requestFigures();
  const runsLately = new Lately(monotonicMs, () => runsByHandler(durations, runs));
  const requestsLately = new Lately(monotonicMs, () => answersByRoute(requests.figure()));
  const reports = new Reports({
    pool, workerId, roles, sleep: ports.sleep, logger, handlerRuns: new HandlerRuns(pool, () => runs.counts()),
    report: () => {
      const { totalEvents, subscribers, subscriptionsByType, dropped, failed, timedOut } = live.bus.getStats();
      return { bus: { active: isReading(), totalEvents, subscribers, subscriptionsByType, dropped, failed, timedOut }, runs: runs.window(), lately: { runs: runsLately.look(), requests: requestsLately.look() } };
    },
  });
  const window = new EventWindow(pool, log.epoch);
  const readLog = kept(() => readLogFigures(pool));
  const readWebhooks = kept(hasWebhooks ? () => readWebhookFigures(pool) : noWebhooks);
  const readOrders = kept(() => readOverdueOrders(pool));
  const readDead = kept(deadRecords);
  const further: FigureSource[] = [];
  let streams: Streams | undefined;

  const busFigures = (): Figure[] => {
    const { totalEvents, subscribers, dropped, failed, timedOut } = live.bus.getStats();
    return [
      plain('counter', 'commerce_live_events_total', 'Events that the live bus of this process was given.', totalEvents),
      plain('gauge', 'commerce_live_subscribers', 'Who listens on the live bus of this process.', subscribers),
      { kind: 'counter', name: 'commerce_live_missed_total', help: 'What subscribers of the live bus of this process missed or failed at.', samples: Object.entries({ dropped, failed, timed_out: timedOut }).map(([reason, value]) => ({ labels: { reason }, value })) },
      ...relayFigures(live.relayStats()),
      plain('gauge', 'commerce_event_streams', 'Streams of events that are open at this process.', streams?.open() ?? 0),
    ];
  };
  const figuresLogger = alwaysSaid(logger);
  const line = async (): Promise<void> => {
    const [figures, webhooks, orders, all, dead] = await Promise.all([readLog(), readWebhooks(), readOrders(), reports.all(), readDead().catch(() => undefined)]);
    figuresLogger.info({
      ...figuresLine(figures, together(all).runs), overdueOrders: orders.reduce((sum, { orders: count }) => sum + count, 0), webhooksGivenUpShare: webhooks.lately.givenUp / Math.max(FEW_DELIVERIES, webhooks.lately.delivered + webhooks.lately.givenUp),
      webhooksDisabled: webhooks.disabled, webhooksHeld: webhooks.held, webhooksOldestDueS: webhooks.oldestDueSeconds, webhooksQueued: webhooks.queued,
      // What Kafka cannot say is left out: the other figures are said all the same.
      ...(dead !== undefined && { deadRecords: sumOf(dead) }),
    }, 'figures');
  };

  return {
    observer: runs.observer,
    requestFigures: requests,
    addFigures: (source) => void further.push(source),
    addRoutes(app) {
      addMetricsRoute(app, {
        logger,
        sources: [
          requests.source, processFigures, busFigures,
          () => [...runMetrics(runs.counts()), handlerSeconds(durations)],
          async () => logMetrics(await readLog(), await countEvents(pool)),
          async () => webhookMetrics(await readWebhooks()),
          async () => [{ kind: 'gauge', name: 'commerce_kafka_dead_letters', help: 'Records that wait in the dead-letter topics of Kafka, by the topic they came from. The same from every process.', samples: [...await readDead()].map(([topic, value]) => ({ labels: { topic }, value })) }],
          async () => (await Promise.all(further.map(async (source) => source()))).flat(),
          async () => [{ kind: 'gauge', name: 'commerce_orders_overdue', help: 'Orders that are past the time promised for their status. The same from every process.', samples: (await readOrders()).map(({ status, orders }) => ({ labels: { status }, value: orders })) }],
        ],
      });
      addEventHealth(app, { heardBy, readLog, readReports: kept(() => reports.all()), readWebhooks });
    },
    addApiRoutes(app) {
      addMonitoringRoutes(app, { log, live, names, heardBy, reports, window, readLog, readWebhooks, readReports: () => reports.all() });
      streams = addStreamRoute(app, { join: streamTail({ followed, bus: live.bus, sleep: ports.sleep }), log, cursors, requestFigures: requests, ports, nowMs, limits: { ...STREAM_LIMITS, ...streamLimits } });
      return streams;
    },
    looks: { eventsByType: () => window.byType(), log: readLog, webhooks: readWebhooks, processes: () => reports.all() },
    jobs: [{ name: 'monitoring.figures', everyMs: LINE_EVERY_MS, run: async () => (await line(), false) }],
    watch: (reading) => {
      isReading = reading;
    },
    start: () => reports.start(),
    stop: () => reports.stop(),
  };
}

function runsByHandler(durations: Distributions, runs: RunFigures): EndedByKey {
  const failed = new Map(runs.counts().map((count) => [`${count.handler} ${count.type}`, count.failed]));
  const keyOf = ({ handler, type }: Labels): string => `${handler} ${type}`;
  return endedOf(handlerSeconds(durations), keyOf, (labels) => failed.get(keyOf(labels)) ?? 0);
}

/** What the caller did wrong is no failure. */
function answersByRoute(figure: HistogramFigure): EndedByKey {
  return endedOf(figure, ({ method, route }) => (method === 'none' ? undefined : `${method} ${route}`), ({ status }, count) => (Number(status) >= 500 ? count : 0));
}

function handlerSeconds(durations: Distributions): HistogramFigure {
  return durations.figure('commerce_handler_seconds', 'Time of a run of a handler in this process, by handler and type of event; of a handler in the database that of its batch.');
}

function webhookMetrics({ registered, disabled, delivered, givenUp, queued, held, oldestDueSeconds }: WebhookFigures): Figure[] {
  return [
    { kind: 'gauge', name: 'commerce_webhook_endpoints', help: 'Endpoints that are registered for webhooks. The same from every process.', samples: [{ labels: { status: 'enabled' }, value: registered - disabled }, { labels: { status: 'disabled' }, value: disabled }] },
    { kind: 'counter', name: 'commerce_webhook_deliveries_total', help: 'Webhook deliveries by what became of them. The same from every process.', samples: [{ labels: { outcome: 'delivered' }, value: delivered }, { labels: { outcome: 'given_up' }, value: givenUp }] },
    { kind: 'gauge', name: 'commerce_webhook_waiting', help: 'Webhook deliveries that wait to be sent, and those that are held for disabled endpoints. The same from every process.', samples: [{ labels: { state: 'queued' }, value: queued }, { labels: { state: 'held' }, value: held }] },
    plain('gauge', 'commerce_webhook_oldest_due_seconds', 'Since when the webhook delivery that is due longest has been due. The same from every process.', oldestDueSeconds),
  ];
}

/** How the way to the live buses of other processes fares. */
function relayFigures(stats: ReturnType<Live['relayStats']>): Figure[] {
  if (stats === undefined) return [];
  const { connected, told, heard, dropped, gaps, waiting } = stats;
  return [
    plain('gauge', 'commerce_live_relay_connected', 'Is this process connected with the live buses of others, 1 or 0.', connected ? 1 : 0),
    plain('gauge', 'commerce_live_relay_waiting', 'Live events of this process that wait to be told to others.', waiting),
    { kind: 'counter', name: 'commerce_live_relay_events_total', help: 'Live events that this process has told to others and heard from them, and those of its own that it dropped.', samples: Object.entries({ told, heard, dropped }).map(([outcome, value]) => ({ labels: { outcome }, value })) },
    plain('counter', 'commerce_live_relay_gaps_total', 'Times that this process has missed live events of others.', gaps),
  ];
}

function plain(kind: 'counter' | 'gauge', name: string, help: string, value: number): Figure {
  return { kind, name, help, samples: [{ labels: {}, value }] };
}

const noRecords = async (): Promise<ReadonlyMap<string, number>> => new Map();

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
