/**
 * Fulfillments as an extension of the event log: what it hears and what it does then.
 *
 *   FulfillmentAccepted ──▶ fulfillments.start (local lines begin, timer)      ─▶ FulfillmentLineSettled … FulfillmentCompleted
 *                       └─▶ fulfillments.ask   (remote lines are asked for)    ─▶ the same; still open: timer
 *   timer check_due     ──▶ FulfillmentCheckDue ──▶ fulfillments.ask again, under the same keys
 *   timer local_due     ──▶ local lines are due
 *   timer deadline      ──▶ what was not begun or not done by then fails
 *
 * A run of `ask` comes to an end whatever the providers say, so that the next one is the timer's: an LMS that is away for days,
 * or refuses our key, holds no work in memory and leaves no dead letter. Each run is counted (`checks`) and one that learned
 * nothing is logged with its reason.
 */
import { effect } from '@commerce/event-log/extension';
import type { EffectJob, Extension, StateStore } from '@commerce/event-log/extension';
import type { StoredEvent } from '@commerce/event-log/event';
import type { Logger } from '@commerce/service-kit/logging';
import type { Faults } from '@commerce/service-kit/ports';
import { CHECK_DUE, DEADLINE, LOCAL_DUE, checksDue, deadlinePassed, localDue, start, takeRun } from './decide.ts';
import type { Rules } from './decide.ts';
import { SOURCE } from './events.ts';
import { isPastDeadline, openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import type { LineAnswer } from './settle.ts';

/** Names of the handlers, for the map. */
export type FulfillmentsHandler = 'fulfillments.start' | 'fulfillments.ask';

export interface FulfillmentsOptions {
  readonly rules: Rules;
  readonly store: StateStore<FulfillmentsOfOrder>;
  /** The open fulfillment of a client with this id, if there is one. */
  readonly findOpen: (clientId: string, fulfillmentId: string) => Promise<Fulfillment | undefined>;
  /** Runs of `ask` at once in one process. */
  readonly askConcurrency: number;
  readonly nowMs: () => number;
  readonly faults: Pick<Faults, 'hit'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** A provider remembers the key of a line for good. */
const KEY_TTL_MS = 100 * 365 * 86_400_000;

export function createFulfillments({ rules, store, findOpen, askConcurrency, nowMs, faults, logger }: FulfillmentsOptions): Extension<FulfillmentsOfOrder> {
  return {
    name: 'fulfillments',
    source: SOURCE,
    store,
    handlers: {
      'fulfillments.start': { decide: (state, event, context) => start(rules, state, idsOf(event).fulfillmentId, context.nowMs) },
    },
    effects: {
      'fulfillments.ask': effect<FulfillmentsOfOrder, LineAnswer[]>({
        idempotency: 'Every line is asked for under its own key, which its provider remembers; see the idempotency of each remote provider.',
        concurrency: askConcurrency,
        // Each line is asked for on its own; one fulfillment that cannot be asked for holds no other of the same order.
        ordered: false,
        // What fails here is this service's own (its database is away): only a job that ends sets the timer of the next one.
        retry: { maxAttempts: Number.POSITIVE_INFINITY },
        keyTtlMs: KEY_TTL_MS,
        run: (job) => ask(job),
        settle: (state, answers, event, context) => takeRun(rules, state, idsOf(event).fulfillmentId, answers, context.nowMs),
      }),
    },
    timers: {
      [LOCAL_DUE]: { decide: (state, _timer, context) => localDue(rules, state, context.nowMs) },
      [CHECK_DUE]: { decide: (state, _timer, context) => checksDue(rules, state, context.nowMs) },
      [DEADLINE]: { decide: (state, _timer, context) => deadlinePassed(rules, state, context.nowMs) },
    },
  };

  /** Asks about every open remote line, but begins none after the deadline. What stays open is asked again by the timer. */
  async function ask({ event, signal, attempt, maybeSent }: EffectJob): Promise<LineAnswer[]> {
    if (!mayHaveRemoteLines(event)) return [];
    const { clientId, fulfillmentId } = idsOf(event);
    const fulfillment = await findOpen(clientId, fulfillmentId);
    if (fulfillment === undefined) return [];
    const askedBefore = maybeSent || attempt > 1;
    const lines = openRemoteLines(rules.providers, fulfillment).filter((line) => askedBefore || mayBeAsked(fulfillment, line));
    if (lines.length === 0) return [];
    const answers = await askProviders(fulfillment, lines, signal);
    await faults.hit('ask.answered');
    logWhenNothingWasLearned(fulfillment, answers);
    return askedBefore ? answers.map(inDoubt) : answers;
  }

  function mayBeAsked(fulfillment: Fulfillment, line: Line): boolean {
    return line.startedAtMs !== null || !isPastDeadline(fulfillment, nowMs());
  }

  function logWhenNothingWasLearned({ fulfillmentId, orderId, checks }: Fulfillment, answers: readonly LineAnswer[]): void {
    const reasons = answers.flatMap(({ answer }) => (answer.kind === 'unknown' ? [answer.why] : []));
    if (reasons.length < answers.length) return;
    logger.warn({ fulfillmentId, orderId, attempt: checks + 1, reason: reasons[0] }, 'the providers told nothing of any line; they are asked again');
  }

  /** The event of the acceptance names the providers, so that a fulfillment without remote lines costs no read. */
  function mayHaveRemoteLines({ data }: StoredEvent): boolean {
    const { lines } = data as { lines?: readonly { provider: string }[] };
    return lines === undefined || lines.some((line) => rules.providers.get(line.provider)?.place === 'remote');
  }

  async function askProviders(fulfillment: Fulfillment, lines: readonly Line[], signal: AbortSignal): Promise<LineAnswer[]> {
    const asked = [...Map.groupBy(lines, (line) => line.provider)].map(async ([name, own]): Promise<LineAnswer[]> => {
      const provider = rules.providers.get(name);
      if (provider?.place !== 'remote') return [];
      const answers = await provider.ask(fulfillment, own, signal);
      return answers.map((answer, index) => ({ lineId: own[index]?.lineId ?? '', answer }));
    });
    return (await Promise.all(asked)).flat();
  }
}

/** An earlier attempt of the same job may have begun the line, though this one did not. */
function inDoubt({ lineId, answer }: LineAnswer): LineAnswer {
  return { lineId, answer: answer.kind === 'unknown' ? { ...answer, nothingDone: false } : answer };
}

function idsOf(event: StoredEvent): { clientId: string; fulfillmentId: string } {
  return event.data as { clientId: string; fulfillmentId: string };
}
