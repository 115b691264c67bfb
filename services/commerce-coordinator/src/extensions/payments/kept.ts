/**
 * Updates whose time has not come: they are kept with the payment, and have their effect with the first change after which they can.
 * Pure.
 *
 * Promise: of one order a bounded number waits, and each is judged once for each decision, however they came. The bound of those whose
 * order nobody knows is held where they are written.
 */
import { stale } from '@commerce/event-log/extension';
import type { SendContext } from '@commerce/signals/signal';
import { takeDispute } from './disputes.ts';
import type { Decision, KeptUpdate, Payment } from './payment.ts';
import { send } from './signals.ts';
import { disputeUpdate, paymentUpdate } from './told.ts';
import type { Told } from './told.ts';
import { takeUpdate } from './update.ts';
import type { Judged, Verdict } from './verdict.ts';

/** Of one order. More is no provider that is early, but one that is wrong. */
export const MAX_KEPT = 20;
/** Rule of what is not kept, for as much waits already. */
export const TOO_MANY = 'too_many_early';
/** What decides whether money was taken. Everything else that may wait waits for this. */
const FIRST: ReadonlySet<string> = new Set(['authorised', 'captured', 'attempt_failed', 'failed']);

/** Judges what was told; what is early is kept. */
export function take(payment: Payment | undefined, told: Told): Judged {
  const judged = judge(payment, told);
  if (payment === undefined || judged.verdict !== 'early') return judged;
  if (payment.kept.length >= MAX_KEPT) return { verdict: 'illegal', decision: stale(TOO_MANY, { providerEventId: told.update.providerEventId }) };
  return { verdict: 'early', decision: { kind: 'apply', state: { ...payment, kept: [...payment.kept, { told, verdict: null }] }, events: [], timers: [] } };
}

/** Sends what a decision says, with what follows of it from updates that were kept. Every decision of this extension goes through here. */
export function sendAll(decision: Decision, context: SendContext): Decision {
  return send(withKept(decision), context);
}

/** The decision, and after it every kept update whose time has come with it. */
export function withKept(decision: Decision): Decision {
  if (decision.kind !== 'apply' || decision.state === undefined || decision.state.kept.every(({ verdict }) => verdict !== null)) return decision;
  let after: Applied = decision;
  const verdicts = new Map<KeptUpdate, Verdict>();
  for (const one of inTurn(decision.state.kept)) {
    const { verdict, decision: next } = judge(after.state, one.told);
    if (verdict === 'early') continue;
    verdicts.set(one, verdict);
    if (next.kind === 'apply') after = { ...next, events: [...after.events, ...next.events], timers: [...after.timers, ...next.timers] };
  }
  return { ...after, state: { ...after.state, kept: after.state.kept.map((one) => ({ ...one, verdict: verdicts.get(one) ?? one.verdict })) } };
}

type Applied = Extract<Decision, { kind: 'apply' }>;

/** Those that wait, what decides first; each kind as it came. */
function inTurn(kept: readonly KeptUpdate[]): readonly KeptUpdate[] {
  const waiting = kept.filter(({ verdict }) => verdict === null);
  const isFirst = ({ told }: KeptUpdate): boolean => told.about === 'payment' && FIRST.has(told.update.status);
  return [...waiting.filter(isFirst), ...waiting.filter((one) => !isFirst(one))];
}

function judge(payment: Payment | undefined, told: Told): Judged {
  return told.about === 'payment' ? takeUpdate(payment, paymentUpdate(told.update)) : takeDispute(payment, disputeUpdate(told.update));
}
