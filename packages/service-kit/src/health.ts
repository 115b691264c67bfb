/**
 * Health for load balancers and supervisors.
 * Promise: `/health/live` says that the event loop turns; `/health/ready` asks each dependency within a time limit, once
 * for all who ask at the same time, and turns to 503 when draining begins.
 * Refuses: to name versions, hosts or error texts.
 */
import type { FastifyInstance } from 'fastify';
import { PUBLIC } from './guard.ts';

/** Rejects when the dependency cannot be used. The signal is aborted at the time limit. */
export type ReadyCheck = (signal: AbortSignal) => Promise<unknown>;

export interface HealthOptions {
  checks: Readonly<Record<string, ReadyCheck>>;
  isDraining: () => boolean;
  /** Limit for each check. */
  timeLimitMs: number;
}

type Outcome = { status: 'ready' | 'not_ready' | 'draining'; checks: Record<string, 'ok' | 'failed'> };

export function addHealth(app: FastifyInstance, options: HealthOptions): void {
  let running: Promise<Outcome> | undefined;
  const ask = () => (running ??= askAll(options).finally(() => (running = undefined)));
  const config = { scope: PUBLIC };
  app.get('/health/live', { config, schema: { hide: true } }, async () => ({ status: 'live' }));
  app.get('/health/ready', { config, schema: { hide: true } }, async (_request, reply) => {
    const outcome = options.isDraining() ? { status: 'draining', checks: {} } : await ask();
    return reply.code(outcome.status === 'ready' ? 200 : 503).send(outcome);
  });
}

async function askAll({ checks, timeLimitMs }: HealthOptions): Promise<Outcome> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await askOne(check, timeLimitMs)] as const),
  );
  const failed = outcomes.some(([, outcome]) => outcome === 'failed');
  return { status: failed ? 'not_ready' : 'ready', checks: Object.fromEntries(outcomes) };
}

async function askOne(check: ReadyCheck, timeLimitMs: number): Promise<'ok' | 'failed'> {
  const limit = AbortSignal.timeout(timeLimitMs);
  const expired = Promise.withResolvers<never>();
  limit.addEventListener('abort', () => expired.reject(limit.reason), { once: true });
  try {
    await Promise.race([check(limit), expired.promise]);
    return 'ok';
  } catch {
    return 'failed';
  }
}
