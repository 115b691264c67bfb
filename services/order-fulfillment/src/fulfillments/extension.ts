/**
 * Fulfillments as an extension of the event log: what it hears and what it does then.
 *
 *   FulfillmentAccepted ──▶ fulfillments.start (local lines begin, timer)      ─▶ FulfillmentLineSettled … FulfillmentCompleted
 *                       └─▶ fulfillments.ask   (remote lines are asked for)    ─▶ the same; still open: timer
 *   timer check_due     ──▶ FulfillmentCheckDue ──▶ fulfillments.ask again, under the same keys
 *   timer local_due     ──▶ local lines are due
 */
import { RetryLater, effect } from '@commerce/event-log/extension';
import type { EffectJob, Extension, StateStore } from '@commerce/event-log/extension';
import type { StoredEvent } from '@commerce/event-log/event';
import type { Faults } from '@commerce/service-kit/ports';
import { CHECK_DUE, LOCAL_DUE, checksDue, localDue, start, takeRun } from './decide.ts';
import type { Rules } from './decide.ts';
import { SOURCE } from './events.ts';
import { openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder } from './fulfillment.ts';
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
  readonly faults: Pick<Faults, 'hit'>;
}

export function createFulfillments({ rules, store, findOpen, askConcurrency, faults }: FulfillmentsOptions): Extension<FulfillmentsOfOrder> {
  return {
    name: 'fulfillments',
    source: SOURCE,
    store,
    handlers: {
      'fulfillments.start': { decide: (state, event, { nowMs }) => start(rules, state, idsOf(event).fulfillmentId, nowMs) },
    },
    effects: {
      'fulfillments.ask': effect<FulfillmentsOfOrder, LineAnswer[]>({
        idempotency: 'Every line is asked for under its own key, which its provider remembers; see the idempotency of each remote provider.',
        concurrency: askConcurrency,
        // Each line is asked for on its own; one fulfillment that cannot be asked for holds no other of the same order.
        ordered: false,
        run: (job) => ask(job),
        settle: (state, answers, event, { nowMs }) => takeRun(rules, state, idsOf(event).fulfillmentId, answers, nowMs),
      }),
    },
    timers: {
      [LOCAL_DUE]: { decide: (state, _timer, { nowMs }) => localDue(rules, state, nowMs) },
      [CHECK_DUE]: { decide: (state, _timer, { nowMs }) => checksDue(rules, state, nowMs) },
    },
  };

  /**
   * Asks about every open remote line. What is known of some lines is kept at once, the others are asked again by the timer;
   * a run that learned nothing is repeated as a whole.
   */
  async function ask({ event, signal }: EffectJob): Promise<LineAnswer[]> {
    if (!mayHaveRemoteLines(event)) return [];
    const { clientId, fulfillmentId } = idsOf(event);
    const fulfillment = await findOpen(clientId, fulfillmentId);
    const lines = fulfillment === undefined ? [] : openRemoteLines(rules.providers, fulfillment);
    if (fulfillment === undefined || lines.length === 0) return [];
    const answers = await askProviders(fulfillment, lines, signal);
    await faults.hit('ask.answered');
    refuseIfNothingWasLearned(answers);
    return answers;
  }

  /** The event of the acceptance names the providers, so that a fulfillment without remote lines costs no read. */
  function mayHaveRemoteLines({ data }: StoredEvent): boolean {
    const { lines } = data as { lines?: readonly { provider: string }[] };
    return lines === undefined || lines.some((line) => rules.providers.get(line.provider)?.place === 'remote');
  }

  async function askProviders(fulfillment: Fulfillment, lines: readonly Fulfillment['lines'][number][], signal: AbortSignal): Promise<LineAnswer[]> {
    const asked = [...Map.groupBy(lines, (line) => line.provider)].map(async ([name, own]): Promise<LineAnswer[]> => {
      const provider = rules.providers.get(name);
      if (provider?.place !== 'remote') return [];
      const answers = await provider.ask(fulfillment, own, signal);
      return answers.map((answer, index) => ({ lineId: own[index]?.lineId ?? '', answer }));
    });
    return (await Promise.all(asked)).flat();
  }
}

function refuseIfNothingWasLearned(answers: readonly LineAnswer[]): void {
  const unknown = answers.flatMap(({ answer }) => (answer.kind === 'unknown' ? [answer] : []));
  if (unknown.length < answers.length) return;
  const waits = unknown.flatMap((answer) => answer.retryAfterMs ?? []);
  throw new RetryLater(unknown[0]?.why ?? 'no answer', waits.length === 0 ? {} : { afterMs: Math.max(...waits) });
}

function idsOf(event: StoredEvent): { clientId: string; fulfillmentId: string } {
  return event.data as { clientId: string; fulfillmentId: string };
}
