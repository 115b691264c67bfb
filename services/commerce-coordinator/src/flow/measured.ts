/** A planned way with what was measured of it. Pure. */
import { NOTHING_ENDED, percentileMs, plus } from '../monitoring/lately.ts';
import type { Ended, EndedByKey } from '../monitoring/lately.ts';
import type { Facts } from './facts.ts';
import { WINDOW_SECONDS } from './facts.ts';
import { edgeId } from './plan.ts';
import type { PlannedEdge, PlannedHandler } from './plan.ts';
import type { EdgeView, HandlerView } from './views.ts';

/** Times and failures of what ended; null where nothing did. */
export interface Speed {
  readonly p95Ms: number | null;
  readonly errorShare: number | null;
}

export function sumOfKeys(all: EndedByKey, keys: readonly string[]): Ended {
  return keys.reduce((sum, key) => plus(sum, all[key] ?? NOTHING_ENDED), NOTHING_ENDED);
}

export function speedOf(ended: Ended): Speed {
  return ended.ended === 0 ? { p95Ms: null, errorShare: null } : { p95Ms: percentileMs(ended, 0.95), errorShare: ended.failed / ended.ended };
}

export function perSecond(count: number): number {
  return Math.round((count / WINDOW_SECONDS) * 1_000) / 1_000;
}

export function eventsOf({ events }: Pick<Facts, 'events'>, types: readonly string[], origin: 'own' | 'foreign' | 'any'): number {
  return types.reduce((sum, type) => {
    const { own, foreign } = events.get(type) ?? { own: 0, foreign: 0 };
    return sum + (origin === 'any' ? own + foreign : origin === 'own' ? own : foreign);
  }, 0);
}

/** ISO 8601; null when none of the types stands in the log. */
export function lastOf({ told }: Pick<Facts, 'told'>, types: readonly string[]): string | null {
  const times = types.flatMap((type) => told.lastAt.get(type)?.getTime() ?? []);
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
}

export function measuredEdge(edge: PlannedEdge, facts: Facts): EdgeView {
  const { from, to, kind, types, origin } = edge;
  const view = { id: edgeId(edge), from, to, kind, types: [...types] };
  if (to === 'webhooks') return { ...view, ...webhooksSpeed(facts) };
  if (kind === 'dead') return { ...view, perSecond: null, p95Ms: null, errorShare: null, isUsed: null };
  if (kind === 'request') {
    const ended = sumOfKeys(facts.lately.requests, edge.routes);
    return { ...view, perSecond: perSecond(ended.ended), ...speedOf(ended), isUsed: ended.ended > 0 ? true : null };
  }
  const runs = sumOfKeys(facts.lately.runs, edge.runs);
  const count = kind === 'call' ? runs.ended : eventsOf(facts, types, origin);
  return { ...view, perSecond: perSecond(count), ...speedOf(runs), isUsed: types.length === 0 ? null : lastOf(facts, types) !== null };
}

function webhooksSpeed({ webhooks: { lately, delivered, givenUp }, webhookP95Ms }: Facts): Pick<EdgeView, 'perSecond' | 'p95Ms' | 'errorShare' | 'isUsed'> {
  const ended = lately.delivered + lately.givenUp;
  return { perSecond: perSecond(ended), p95Ms: webhookP95Ms, errorShare: ended === 0 ? null : lately.givenUp / ended, isUsed: delivered + givenUp > 0 };
}

export function measuredHandler({ handler, extension, kind, hears, filtered, watches }: PlannedHandler, facts: Facts): HandlerView {
  const runs = sumOfKeys(facts.lately.runs, hears.map((type) => `${handler} ${type}`));
  const { waiting, dead, oldestDueSeconds } = facts.waiting.get(handler) ?? { waiting: 0, dead: 0, oldestDueSeconds: 0 };
  return {
    handler, extension, kind, hears: [...hears], filtered: [...filtered], watches, perSecond: perSecond(runs.ended), ...speedOf(runs), waiting, dead, oldestDueSeconds: Math.round(oldestDueSeconds),
    lastAt: (runs.ended > 0 ? new Date(facts.nowMs) : facts.ran.get(handler))?.toISOString() ?? null,
  };
}
