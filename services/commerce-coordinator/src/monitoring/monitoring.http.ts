/**
 * What is going on with events, over HTTP: statistics and figures of the whole service, an event to try what listens, and the health of
 * the event system.
 *
 * Promise: a figure says whose it is. What stands at the top is of the whole service, from the log, which all share, and from what its
 * processes have told within the last seconds; `thisProcess` is the one that answers.
 */
import { countEvents } from '@commerce/event-log/log-figures';
import type { EventWindow, LogFigures } from '@commerce/event-log/log-figures';
import type { SignalMap } from '@commerce/event-log/extension';
import { readHistory } from '@commerce/event-log/history';
import { historyItem } from '@commerce/event-log/history-item';
import type { EventLog } from '@commerce/event-log/log';
import { createCatalogue, InvalidEvent, UnknownEventType } from '@commerce/events/catalogue';
import { JOB_ENTRIES } from '@commerce/events/entries/jobs';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { EventNames } from '@commerce/signals/event-names';
import type { Live } from '@commerce/signals/live-bus';
import { z } from 'zod';
import { eventSights, SIGHT_TEXT } from '../event-history/event-sight.ts';
import { itemOf, itemView } from '../event-history/history-views.ts';
import { monitoringProblems } from './problems.ts';
import type { ProcessReport, Reports } from './reports.pg.ts';
import { together } from './reports.pg.ts';
import { isDelivering, isFlowing, serviceFigures, WINDOW_SECONDS } from './service-figures.ts';
import type { ReadWebhooks } from './webhook-figures.pg.ts';

export interface MonitoringApi {
  readonly log: EventLog;
  readonly live: Live;
  readonly names: EventNames;
  readonly heardBy: SignalMap;
  readonly reports: Reports;
  readonly window: EventWindow;
  readonly readLog: () => Promise<LogFigures>;
  readonly readWebhooks: ReadWebhooks;
  /** For whoever asks without a token: kept for a moment. */
  readonly readReports: () => Promise<ProcessReport[]>;
}

const RECENT = 10;
/** An event to try what listens needs no more. */
const TEST_BYTES = 65_536;
const PUBLIC = 'public';

const counts = z.record(z.string(), z.int()).meta({ description: 'By name (order.created) or wildcard (order.*).' });
const liveView = { totalEvents: z.int().meta({ description: 'That its live bus was given since its start.' }), subscribers: z.int(), subscriptionsByType: counts, dropped: z.int(), failed: z.int(), timedOut: z.int() };

const statsView = z.strictObject({
  totalEvents: z.int().meta({ description: 'Of the whole service: events that were ever appended to its log.' }),
  subscriptionsByType: z.record(z.string(), z.int()).meta({ description: 'Of the whole service: handlers that the map connects to each type, and what listens on the live buses of all processes.', example: { 'order.created': 3 } }),
  recentEvents: z.array(z.strictObject({ name: z.string(), ...itemView.shape })).meta({ description: 'Of the whole service: the last 10 events of its log that the caller may see, the newest at the end.' }),
  handlersByType: counts.meta({ description: 'Of them, what the map connects.' }),
  liveSubscriptionsByType: counts.meta({ description: 'Of them, what listens on the live buses of all processes.' }),
  processes: z.array(z.strictObject({ workerId: z.string(), roles: z.array(z.string()), ageMs: z.int().meta({ description: 'How old what it told is.' }), active: z.boolean(), totalEvents: z.int(), subscribers: z.int() })).meta({ description: 'Every process that has told of itself within 10 s. An event that several of them see is counted by each.' }),
  thisProcess: z.strictObject({ workerId: z.string(), ...liveView }),
});

const rate = (description: string) => z.number().meta({ description });
const metricsView = z.strictObject({
  eventsPerSecond: rate('Events appended to the log by whatever process, over the last 60 s.'),
  averageProcessingTime: rate('Of a run of a handler in the last 60 s, in ms, over all processes; of a handler in the database the time of its batch.'),
  webhookDeliveryRate: rate('Share of the webhook deliveries that ended in the last 60 s and were delivered, from 0 to 1; 1 when none ended.'),
  errorRate: rate('Share of the runs of handlers in the last 60 s that failed, from 0 to 1, over all processes.'),
  queueDepth: z.int().meta({ description: 'Jobs, parked events and webhook deliveries that wait now. What was given up is not among them.' }),
  window: z.strictObject({ seconds: z.int(), events: z.int(), runs: z.int(), failedRuns: z.int(), webhooksDelivered: z.int(), webhooksGivenUp: z.int(), processes: z.int().meta({ description: 'Processes that have told of their runs.' }) }),
});

const healthView = z.strictObject({
  status: z.enum(['healthy', 'unhealthy']),
  eventBus: z.strictObject({ active: z.boolean(), subscribers: z.int() }),
  webhooks: z.strictObject({ registered: z.int(), healthy: z.boolean() }),
});
type Health = z.infer<typeof healthView>;

const testForm = z.strictObject({
  name: z.string().min(1).max(200).default('order.created').meta({ description: 'Any name of a type of the catalogue, or of a job: job.completed.' }),
  data: z.record(z.string(), z.unknown()).optional().meta({ description: 'Data of this type in its current version; its example when left out.' }),
});
const testView = z.strictObject({
  event: z.strictObject({
    eventId: z.string(), eventType: z.string(), eventVersion: z.string(), timestamp: z.string(), source: z.string(), correlationId: z.string(), causationId: z.string().nullable(),
    data: z.record(z.string(), z.unknown()), metadata: z.record(z.string(), z.unknown()), name: z.string(),
  }),
  thisProcess: z.strictObject({ subscribers: z.int().meta({ description: 'Who listens on the live bus of the process that answers, to whatever; each stream of events is one.' }) }),
});

export function addMonitoringRoutes(app: HttpApp, api: MonitoringApi): void {
  const { log, live, names, reports, window, readLog, readWebhooks } = api;
  const byMap = handlersByName(api);
  const sightOf = eventSights(log);

  app.get('/api/events/stats', {
    config: { scope: 'events:read' },
    schema: { operationId: 'readEventStatistics', summary: 'Read how many events there are, what listens, and the last events', tags: ['monitoring'], description: SIGHT_TEXT, response: { 200: statsView } },
  }, async ({ signal, caller }) => {
    const { personal, withoutTopic } = sightOf(caller);
    const [totalEvents, recent, all] = await Promise.all([countEvents(log.pool), readHistory(log.pool, log.epoch, { withoutTopic }, { limit: RECENT, signal, personal }), reports.all()]);
    const { subscriptionsByType: byLive } = together(all);
    const { totalEvents: seen, subscriptionsByType, subscribers, dropped, failed, timedOut } = live.bus.getStats();
    return {
      totalEvents, subscriptionsByType: sums(byMap, byLive), recentEvents: recent.events.toReversed().map((event) => ({ name: names.nameOf(event.type), ...itemOf(historyItem(event)) })),
      handlersByType: byMap, liveSubscriptionsByType: byLive,
      processes: all.map(({ workerId, roles, ageMs, bus }) => ({ workerId, roles: [...roles], ageMs, active: bus.active, totalEvents: bus.totalEvents, subscribers: bus.subscribers })),
      thisProcess: { workerId: all[0]?.workerId ?? '', totalEvents: seen, subscribers, subscriptionsByType: { ...subscriptionsByType }, dropped, failed, timedOut },
    };
  });

  app.get('/api/events/metrics', {
    config: { scope: 'events:read' },
    schema: { operationId: 'readEventMetrics', summary: 'Read the figures of the last minute', tags: ['monitoring'], response: { 200: metricsView } },
  }, async () => {
    const [events, all, webhooks, { work }] = await Promise.all([window.count(), reports.all(), readWebhooks(), readLog()]);
    const { runs } = together(all);
    return {
      ...serviceFigures({ events, runs, webhooks, work }),
      window: {
        seconds: WINDOW_SECONDS, events, runs: runs.completed + runs.failed, failedRuns: runs.failed, webhooksDelivered: webhooks.lately.delivered, webhooksGivenUp: webhooks.lately.givenUp, processes: all.length,
      },
    };
  });

  const known = createCatalogue([...log.catalogue.entries, ...JOB_ENTRIES]);
  app.post('/api/events/test', {
    bodyLimit: TEST_BYTES,
    config: { scope: 'events:write', problems: [monitoringProblems.unknown_event_name, monitoringProblems.test_event_invalid] },
    schema: {
      operationId: 'emitTestEvent', summary: 'Emit an event to whoever listens on the live bus', tags: ['monitoring'], body: testForm, response: { 202: testView },
      description: 'To try what listens: it goes over the live bus and to the streams of events only. It stands in no log, no handler hears it, it is not published, and its metadata says that it is a test.',
    },
  }, async ({ body: { name, data: given }, caller, correlationId }, reply) => {
    const { type } = asProblem(() => names.eventOf(name));
    const data = given ?? (known.entry(type).example as Record<string, unknown>);
    asProblem(() => known.checkData(type, data));
    const event = live.createEvent(name, data, { correlationId, userId: caller.subject, isTest: true });
    // Who is slow to hear it is not waited for.
    void live.emitEvent(event);
    const { userId: _userId, truncated: _truncated, ...shown } = event;
    return reply.code(202).send({ event: { ...shown, metadata: { ...shown.metadata } }, thisProcess: { subscribers: live.bus.getStats().subscribers } });
  });
}

/** For every process, whatever its roles; a question of people and monitors, not of load balancers. Told to anybody, so it names nothing. */
export function addEventHealth(app: HttpApp, { heardBy, readLog, readReports, readWebhooks }: Pick<MonitoringApi, 'heardBy' | 'readLog' | 'readReports' | 'readWebhooks'>): void {
  const connected = Object.values(heardBy).reduce((sum, handlers) => sum + handlers.length, 0);
  const look = async (): Promise<Health> => {
    const [all, webhooks, log] = await Promise.all([readReports(), readWebhooks(), readLog()]);
    const active = isFlowing(log) && all.some(({ roles, bus }) => roles.includes('readers') && bus.active);
    const healthy = isDelivering(webhooks);
    return { status: active && healthy ? 'healthy' : 'unhealthy', eventBus: { active, subscribers: connected + together(all).subscribers }, webhooks: { registered: webhooks.registered, healthy } };
  };
  app.get('/health/events', { config: { scope: PUBLIC }, schema: { hide: true } }, async (_request, reply) => {
    const health = await look().catch((): Health => ({ status: 'unhealthy', eventBus: { active: false, subscribers: 0 }, webhooks: { registered: 0, healthy: false } }));
    return reply.code(health.status === 'healthy' ? 200 : 503).send(health);
  });
}

function handlersByName({ heardBy, names }: MonitoringApi): Record<string, number> {
  return Object.fromEntries(Object.entries(heardBy).map(([type, handlers]) => [names.nameOf(type), handlers.length]));
}

function sums(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const all = { ...one };
  for (const [name, count] of Object.entries(other)) all[name] = (all[name] ?? 0) + count;
  return all;
}

function asProblem<Result>(attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof UnknownEventType) throw new Problem(monitoringProblems.unknown_event_name, { detail: error.message });
    if (error instanceof InvalidEvent) throw new Problem(monitoringProblems.test_event_invalid, { errors: error.issues.map(({ path, message }) => ({ path: `data.${path}`, message })) });
    throw error;
  }
}
