/**
 * Fulfillments as an extension of the event log: what it hears and what it does then.
 *
 *   FulfillmentAccepted ──▶ fulfillments.start (local lines begin, timers)     ─▶ FulfillmentLineSettled … FulfillmentCompleted
 *                       └─▶ fulfillments.ask   (remote lines are asked for)    ─▶ the same; still open: timer
 *   FulfillmentReleased ──▶ fulfillments.start (after a hold without a start time ahead, or at the start time; a run begins beside it)
 *   FulfillmentCheckDue ──▶ fulfillments.ask, under the same keys: for outcomes, and to take lines back
 *   timer check_due     ──▶ FulfillmentCheckDue
 *   timer start_due     ──▶ FulfillmentReleased
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
import type { RemoteProvider, Returned } from '../providers/provider.ts';
import { CHECK_DUE, DEADLINE, LOCAL_DUE, START_DUE } from './arrange.ts';
import type { Rules } from './arrange.ts';
import { checksDue, deadlinePassed, localDue, start, startDue, takeRun } from './decide.ts';
import type { RunResult } from './decide.ts';
import { SOURCE } from './events.ts';
import { isPastDeadline, isTakenBack, openRemoteLines } from './fulfillment.ts';
import type { Fulfillment, FulfillmentsOfOrder, Line } from './fulfillment.ts';
import type { LineAnswer } from './settle.ts';

/** Names of the handlers, for the map. */
export type FulfillmentsHandler = 'fulfillments.start' | 'fulfillments.ask';

export interface FulfillmentsOptions {
  readonly rules: Rules;
  readonly store: StateStore<FulfillmentsOfOrder>;
  /** The active fulfillment of a client with this id, if there is one. */
  readonly findActive: (clientId: string, fulfillmentId: string) => Promise<Fulfillment | undefined>;
  /** Runs of `ask` at once in one process. */
  readonly askConcurrency: number;
  readonly nowMs: () => number;
  readonly faults: Pick<Faults, 'hit'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** A provider remembers the key of a line for good. */
const KEY_TTL_MS = 100 * 365 * 86_400_000;

type Learned = Omit<RunResult, 'run'>;
const NOTHING: Learned = { answers: [], returns: [] };

export function createFulfillments({ rules, store, findActive, askConcurrency, nowMs, faults, logger }: FulfillmentsOptions): Extension<FulfillmentsOfOrder> {
  return {
    name: 'fulfillments',
    source: SOURCE,
    store,
    handlers: {
      'fulfillments.start': { decide: (state, event, context) => start(rules, state, idsOf(event).fulfillmentId, context.nowMs) },
    },
    effects: {
      'fulfillments.ask': effect<FulfillmentsOfOrder, Learned>({
        idempotency: 'Every line is asked for, and taken back, under its own key, which its provider remembers; see the idempotency of each remote provider.',
        concurrency: askConcurrency,
        // Each line is asked for on its own; one fulfillment that cannot be asked for holds no other of the same order.
        ordered: false,
        // What fails here is this service's own (its database is away): only a job that ends sets the timer of the next one.
        retry: { maxAttempts: Number.POSITIVE_INFINITY },
        keyTtlMs: KEY_TTL_MS,
        isNeeded: mayHaveRemoteLines,
        run: (job) => ask(job),
        settle: (state, learned, event, context) => takeRun(rules, state, idsOf(event).fulfillmentId, { run: runOf(event), ...learned }, context.nowMs),
      }),
    },
    timers: {
      [LOCAL_DUE]: { decide: (state, _timer, context) => localDue(rules, state, context.nowMs) },
      [CHECK_DUE]: { decide: (state, _timer, context) => checksDue(rules, state, context.nowMs) },
      [START_DUE]: { decide: (state, _timer, context) => startDue(rules, state, context.nowMs) },
      [DEADLINE]: { decide: (state, _timer, context) => deadlinePassed(rules, state, context.nowMs) },
    },
  };

  /**
   * Asks about every open remote line, but begins none after the deadline, and takes back what is to be taken back, but for
   * what nobody was ever asked for. What stays open is asked again by the timer. A run that is not the present one asks nothing.
   */
  async function ask({ event, signal, attempt, maybeSent }: EffectJob): Promise<Learned> {
    const { clientId, fulfillmentId } = idsOf(event);
    const fulfillment = await findActive(clientId, fulfillmentId);
    if (fulfillment === undefined || !fulfillment.asking || fulfillment.checks !== runOf(event)) return NOTHING;
    const askedBefore = maybeSent || attempt > 1;
    const open = openRemoteLines(rules.providers, fulfillment).filter((line) => askedBefore || mayBeAsked(fulfillment, line));
    const unwanted = fulfillment.lines.filter((line) => isTakenBack(line) && (askedBefore || line.startedAtMs !== null));
    if (open.length + unwanted.length === 0) return NOTHING;
    const learned = await askProviders(fulfillment, open, unwanted, signal);
    await faults.hit('ask.answered');
    logWhenNothingWasLearned(fulfillment, learned);
    return askedBefore ? { ...learned, answers: learned.answers.map(inDoubt) } : learned;
  }

  function mayBeAsked(fulfillment: Fulfillment, line: Line): boolean {
    return line.startedAtMs !== null || !isPastDeadline(fulfillment, nowMs());
  }

  function logWhenNothingWasLearned({ fulfillmentId, orderId, checks }: Fulfillment, { answers, returns }: Learned): void {
    const said = [...answers.map(({ answer }) => answer), ...returns.map(({ returned }) => returned)];
    const reasons = said.flatMap((one) => (one.kind === 'unknown' ? [one.why] : []));
    if (reasons.length < said.length) return;
    logger.warn({ fulfillmentId, orderId, attempt: checks + 1, reason: reasons[0] }, 'the providers told nothing of any line; they are asked again');
  }

  /** The event of the acceptance names the providers, so that a fulfillment without remote lines costs no run. */
  function mayHaveRemoteLines({ data }: StoredEvent): boolean {
    const { lines } = data as { lines?: readonly { provider: string }[] };
    return lines === undefined || lines.some((line) => rules.providers.get(line.provider)?.place !== 'local');
  }

  async function askProviders(fulfillment: Fulfillment, open: readonly Line[], unwanted: readonly Line[], signal: AbortSignal): Promise<Learned> {
    const [answers, returns] = await Promise.all([
      each(open, async (provider, lines) => {
        const said = await provider.ask(fulfillment, lines, signal);
        return lines.map(({ lineId }, index) => ({ lineId, answer: said[index] ?? UNSAID }));
      }),
      each(unwanted, async (provider, lines) => {
        const said = await provider.revoke(fulfillment, lines, signal);
        return lines.map(({ lineId }, index) => ({ lineId, returned: said[index] ?? UNSAID }));
      }),
    ]);
    return { answers, returns };
  }

  async function each<Said>(lines: readonly Line[], say: (provider: RemoteProvider, lines: readonly Line[]) => Promise<Said[]>): Promise<Said[]> {
    const said = [...Map.groupBy(lines, (line) => line.provider)].map(async ([name, own]): Promise<Said[]> => {
      const provider = rules.providers.get(name) ?? ABSENT;
      return provider.place === 'remote' ? say(provider, own) : [];
    });
    return (await Promise.all(said)).flat();
  }
}

const NOT_HERE = { kind: 'unknown', why: 'this version knows no provider of that name', nothingDone: true } as const;

/** For lines of a provider that only a newer version knows, or that there was once: nothing is asked, and they are asked about again. */
const ABSENT: RemoteProvider = { name: 'absent', place: 'remote', idempotency: 'It does nothing.', ask: async (_fulfillment, lines) => lines.map(() => NOT_HERE), revoke: async (_fulfillment, lines) => lines.map(() => NOT_HERE) };

const UNSAID = { kind: 'unknown', why: 'the provider said nothing of the line' } as const satisfies Returned;

/** An earlier attempt of the same job may have begun the line, though this one did not. */
function inDoubt({ lineId, answer }: LineAnswer): LineAnswer {
  return { lineId, answer: answer.kind === 'unknown' ? { ...answer, nothingDone: false } : answer };
}

function idsOf(event: StoredEvent): { clientId: string; fulfillmentId: string } {
  return event.data as { clientId: string; fulfillmentId: string };
}

/** Number of the run that an event begins: the acceptance begins the first. */
function runOf({ data }: StoredEvent): number {
  return (data as { check?: number }).check ?? 0;
}
