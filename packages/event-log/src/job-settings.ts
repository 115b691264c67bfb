/**
 * What holds for the runs of an effect handler for one type of event: what its connection says, else what the handler says,
 * else the default.
 */
import { DEFAULT_RETRY } from './backoff.ts';
import type { EffectHandler, RetryPolicy } from './extension.ts';
import type { AnyState } from './map.ts';

export interface JobSettings {
  /** Runs with the same pool count together against `concurrency`. */
  readonly pool: string;
  readonly concurrency: number;
  readonly priority: number;
  readonly timeBudgetMs: number;
  readonly retry: RetryPolicy;
}

const DEFAULT_CONCURRENCY = 16;
const DEFAULT_BUDGET_MS = 10_000;

type Effect = EffectHandler<AnyState, never>;
const known = new WeakMap<Effect, Map<string, JobSettings>>();

/** The settings of this handler for events of this type; the same object each time. */
export function jobSettings(name: string, effect: Effect, type: string): JobSettings {
  let byType = known.get(effect);
  if (byType === undefined) known.set(effect, (byType = new Map()));
  let settings = byType.get(type);
  if (settings === undefined) byType.set(type, (settings = make(name, effect, type)));
  return settings;
}

function make(name: string, effect: Effect, type: string): JobSettings {
  const own = effect.ofType?.[type] ?? {};
  return {
    pool: own.concurrency === undefined ? name : `${name}\n${type}`,
    concurrency: own.concurrency ?? effect.concurrency ?? DEFAULT_CONCURRENCY,
    priority: own.priority ?? effect.priority ?? 0,
    timeBudgetMs: own.timeBudgetMs ?? effect.timeBudgetMs ?? DEFAULT_BUDGET_MS,
    retry: { ...DEFAULT_RETRY, ...effect.retry, ...own.retry },
  };
}

/** The longest time that a run may take, of whatever type. */
export function longestBudgetMs(effect: Effect): number {
  const budgets = Object.values(effect.ofType ?? {}).flatMap(({ timeBudgetMs }) => timeBudgetMs ?? []);
  return Math.max(effect.timeBudgetMs ?? DEFAULT_BUDGET_MS, ...budgets);
}
