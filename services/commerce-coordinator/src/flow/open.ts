/**
 * The flow over HTTP: `GET /api/flow`.
 *
 * Promise: it is looked at only when somebody asks, once for all who ask within two seconds; nothing is done for it when an event is told
 * or handled. What cannot be asked is named in the answer, and the rest is answered.
 */
import type { BusRules } from '@commerce/bus/bus-rules';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Pool } from 'pg';
import type { Loaded } from '../catalogue.ts';
import { createRegistry } from '../event-catalogue/registry.ts';
import { rulesLetting } from '../event-catalogue/rules.ts';
import { readHandlerRuns } from '../monitoring/handler-runs.pg.ts';
import { keptFor } from '../monitoring/kept-for.ts';
import type { Looks } from '../monitoring/open.ts';
import { latelyTogether } from '../monitoring/reports.pg.ts';
import { createBusLook } from './bus-look.aws.ts';
import type { BusLook } from './bus-look.aws.ts';
import type { Facts } from './facts.ts';
import { flowOf } from './flow.ts';
import { planOf } from './plan.ts';
import { readRefused, readTold, readWaiting, readWebhookTime } from './told.pg.ts';
import { flowView } from './views.ts';
import type { FlowView } from './views.ts';
import { judged } from './ways.ts';
import type { JudgedRule } from './ways.ts';

export interface OpenFlow {
  readonly loaded: Loaded;
  readonly pool: Pool;
  readonly looks: Looks;
  /** The name of this service, and its own name at the fulfilling side. */
  readonly service: string;
  readonly clientId: string;
  /** Where events go and come from on EventBridge; undefined where Kafka is the bus. */
  readonly eventBridge: { readonly busName: string; readonly queueUrl: string; readonly undeliveredUrl: string | undefined } | undefined;
  /** The rules as AWS has them; undefined where AWS is not asked. */
  readonly busRules: (() => Promise<BusRules>) | undefined;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

const KEPT_MS = 2_000;
/** SQS counts some seconds behind, and each of these calls is one that is paid for. */
const BUS_KEPT_MS = 5_000;
/** What is told newly is known from the window; the rest changes seldom. */
const TOLD_KEPT_MS = 10_000;
const MOST_REFUSED = 1_000;
const MOST_DELIVERIES = 1_000;

const NO_BUS: BusLook = { rules: { rules: [], isWhole: true }, depths: new Map(), missing: [] };
const BUS_NOT_ASKED: BusLook = { ...NO_BUS, missing: ['The bus and its queues are not asked by this process.'] };

/** Gives the way to close it. */
export function openFlow(app: HttpApp, options: OpenFlow): () => void {
  const { eventBridge, busRules, monotonicMs } = options;
  const bus = eventBridge === undefined || busRules === undefined ? undefined : createBusLook({ ...eventBridge, busRules });
  const nothing = eventBridge === undefined ? NO_BUS : BUS_NOT_ASKED;
  const lookAtBus = bus === undefined ? async () => nothing : keptFor(BUS_KEPT_MS, monotonicMs, bus.look);
  const read = keptFor(KEPT_MS, monotonicMs, flowReader(options, lookAtBus));
  app.get('/api/flow', {
    config: { scope: 'events:read' },
    schema: {
      operationId: 'readFlow', summary: 'Read the whole flow of events as a graph, with what was measured of it', tags: ['monitoring'], response: { 200: flowView },
      description: 'Drawn from the map of signals, the rules on the buses and what really happens: who tells, who hears, how often, how fast, how much fails, what waits, and what was never used.',
    },
  }, async () => read());
  return () => bus?.close();
}

function flowReader({ loaded, pool, looks, service, clientId, eventBridge, nowMs, monotonicMs }: OpenFlow, lookAtBus: () => Promise<BusLook>): () => Promise<FlowView> {
  const plan = planOf(loaded);
  const registry = createRegistry(loaded, service);
  const judge = judgeOf(registry, clientId);
  const hasWebhooks = loaded.extensions.some(({ name }) => name === 'webhooks');
  const readLastTold = keptFor(TOLD_KEPT_MS, monotonicMs, () => readTold(pool, plan.signals.map(({ signal }) => signal)));
  const places = { bus: eventBridge === undefined ? 'Kafka' : lastPart(eventBridge.busName), queue: eventBridge === undefined ? undefined : lastPart(eventBridge.queueUrl) };
  return async () => {
    const [events, { readers }, webhooks, processes, told, ran, waiting, refused, webhookP95Ms, bus] = await Promise.all([
      looks.eventsByType(), looks.log(), looks.webhooks(), looks.processes(), readLastTold(), readHandlerRuns(pool), readWaiting(pool), readRefused(pool, MOST_REFUSED), hasWebhooks ? readWebhookTime(pool, MOST_DELIVERIES) : null, lookAtBus(),
    ]);
    const at = nowMs();
    const facts: Facts = {
      nowMs: at, events, readers, webhooks, ran, waiting, refused, webhookP95Ms, depths: bus.depths, missing: bus.missing, lately: latelyTogether(processes), roles: new Set(processes.flatMap(({ roles }) => roles)),
      // What the window has seen was told, whenever the log was asked last.
      told: { since: told.since ?? (events.size > 0 ? new Date(at) : undefined), lastAt: new Map([...[...events.keys()].map((type) => [type, new Date(at)] as const), ...told.lastAt]) },
    };
    return flowOf({ plan, places, nameOf: (type) => registry.find(type)?.entry.webhook ?? type }, judge(bus.rules), facts);
  };
}

/** Judges rules once: they stay the same ones until AWS is asked again. */
function judgeOf({ types }: ReturnType<typeof createRegistry>, clientId: string): (rules: BusRules) => readonly JudgedRule[] {
  let last: { readonly rules: BusRules; readonly judged: readonly JudgedRule[] } | undefined;
  return (rules) => {
    if (last?.rules !== rules) last = { rules, judged: judged(rules.rules, types.map((type) => ({ type: type.entry.type, letting: rulesLetting(rules, type, clientId).rules }))) };
    return last.judged;
  };
}

/** Of an ARN or a URL, the name at its end. */
function lastPart(address: string): string {
  return address.slice(Math.max(address.lastIndexOf('/'), address.lastIndexOf(':')) + 1);
}
