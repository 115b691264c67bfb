/**
 * Updates whose time has not come: they are kept with the payment, and have their effect with the first change after which they can.
 * Pure.
 */
import { stale } from '@commerce/event-log/extension';
import type { SendContext } from '@commerce/signals/signal';
import { takeDispute } from './disputes.ts';
import type { Decision, Payment } from './payment.ts';
import { send } from './signals.ts';
import { disputeUpdate, paymentUpdate } from './told.ts';
import type { Told } from './told.ts';
import { takeUpdate } from './update.ts';
import type { Judged } from './verdict.ts';

/** Of one payment. More is no provider that is early, but one that is wrong. */
const MAX_KEPT = 20;

/** Judges what was told; what is early is kept. */
export function take(payment: Payment | undefined, told: Told): Judged {
  const judged = judge(payment, told);
  if (payment === undefined || judged.verdict !== 'early') return judged;
  if (payment.kept.length >= MAX_KEPT) return { verdict: 'illegal', decision: stale('too_many_early', { providerEventId: told.update.providerEventId }) };
  return { verdict: 'early', decision: { kind: 'apply', state: { ...payment, kept: [...payment.kept, { told, verdict: null }] }, events: [], timers: [] } };
}

/** Sends what a decision says, with what follows of it from updates that were kept. Every decision of this extension goes through here. */
export function sendAll(decision: Decision, context: SendContext): Decision {
  return send(withKept(decision), context);
}

/** The decision, and after it every kept update whose time has come with it. */
export function withKept(decision: Decision): Decision {
  if (decision.kind !== 'apply' || decision.state === undefined) return decision;
  let after = decision;
  for (let next; (next = nextOf(after.state)) !== undefined; ) after = { ...after, ...next, events: [...after.events, ...next.events], timers: [...after.timers, ...next.timers] };
  return after;
}

type Applied = Extract<Decision, { kind: 'apply' }>;

function nextOf(payment: Payment): Pick<Applied, 'state' | 'events' | 'timers'> | undefined {
  for (const one of payment.kept) {
    if (one.verdict !== null) continue;
    const { verdict, decision } = judge(payment, one.told);
    if (verdict === 'early') continue;
    const { state, events, timers } = decision.kind === 'apply' ? decision : { state: payment, events: [], timers: [] };
    return { state: { ...state, kept: state.kept.map((other) => (other === one ? { ...one, verdict } : other)) }, events, timers };
  }
  return undefined;
}

function judge(payment: Payment | undefined, told: Told): Judged {
  return told.about === 'payment' ? takeUpdate(payment, paymentUpdate(told.update)) : takeDispute(payment, disputeUpdate(told.update));
}
