/** For tests: events of orders as the log would give them, and what they come to, by the plainest of calculations. */
import type { StoredEvent } from '@commerce/event-log/event';
import type { DecideContext, Outcome } from '@commerce/event-log/extension';
import type { SendContext } from '@commerce/signals/signal';
import { inputDecision } from '@commerce/signals/sending';
import { analytics } from './extension.ts';
import type { Pattern } from './patterns.ts';
import type { Step } from './steps.ts';
import type { Reading } from './tally.ts';
import { UNSEEN } from './watch.ts';
import type { Watch, Watched } from './watch.ts';

export type Told = Pick<StoredEvent, 'type' | 'subject' | 'occurredAt' | 'recordedAtMs' | 'data'>;

export function told(type: string, subject: string, atMs: number, more: { readonly occurredMs?: number; readonly data?: object } = {}): Told {
  return { type, subject, occurredAt: new Date(more.occurredMs ?? atMs).toISOString(), recordedAtMs: atMs, data: more.data ?? {} };
}

/** What was emitted: the data of each event. */
export interface Played {
  readonly states: Map<string, Watched>;
  readonly readings: Reading[];
  readonly emitted: object[];
  observe(event: Told): void;
  /** As the job does it, for every wait that is over; `toldInTime`: what the log says. */
  passTo(nowMs: number, toldInTime?: (subject: string, pattern: string) => boolean): void;
}

/** A watch with its states in memory, each event a batch of its own. */
export function play(watch: Watch): Played {
  const states = new Map<string, Watched>();
  const readings: Reading[] = [];
  const emitted: object[] = [];
  const decide = (subject: string, nowMs: number, decision: (watched: Watched | undefined, context: SendContext) => Outcome<Watched>): void => {
    const context: DecideContext = { nowMs, trigger: { correlationId: '', causationId: null, metadata: {} }, other: (key) => states.get(key) };
    const outcome = inputDecision<Watched>(analytics, decision)(states.get(subject), context);
    if (outcome.kind !== 'apply') throw new Error(outcome.kind);
    readings.push(...outcome.state.readings);
    emitted.push(...outcome.events.map(({ type, data }) => ({ type, ...data })));
    for (const [key, state] of [[subject, outcome.state] as const, ...(outcome.others ?? [])]) states.set(key, { ...state, readings: UNSEEN.readings });
  };
  return {
    states, readings, emitted,
    observe: (event) => decide(event.subject, event.recordedAtMs, (watched, context) => watch.observe(watched, event, context)),
    passTo(nowMs, toldInTime = () => false) {
      for (const [subject, { waits }] of states) {
        for (const pattern of Object.keys(waits)) decide(subject, nowMs, (watched, context) => watch.fallDue(watched, { pattern, subject, toldInTime: toldInTime(subject, pattern) }, nowMs, context));
      }
    },
  };
}

/** How long each step of each subject took, looked up in all events. */
export function stepsTaken(events: readonly Told[], steps: readonly Step[]): { readonly step: string; readonly tookMs: number }[] {
  const first = (of: readonly Told[], type: string): number | undefined => of.filter((event) => event.type === type).map(({ occurredAt }) => Date.parse(occurredAt))[0];
  return [...Map.groupBy(events, ({ subject }) => subject).values()].flatMap((of) => steps.flatMap(({ name, from, to }) => {
    const [begun, ended] = [first(of, from), first(of, to)];
    return begun === undefined || ended === undefined ? [] : [{ step: name, tookMs: Math.max(0, ended - begun) }];
  }));
}

/** How often a time passes without any of the absent; while it lasts, no other one begins. */
export function absencesOf(events: readonly Told[], patterns: readonly Pattern[], nowMs: number): string[] {
  return patterns.flatMap((pattern) => {
    if (pattern.kind !== 'absence') return [];
    return [...Map.groupBy(events, ({ subject }) => subject)].flatMap(([subject, of]) => {
      const found: string[] = [];
      let dueMs = Number.POSITIVE_INFINITY;
      const close = (atMs: number): void => {
        if (atMs > dueMs) found.push(`${subject} ${pattern.name}`);
        dueMs = Number.POSITIVE_INFINITY;
      };
      for (const { type, recordedAtMs } of of) {
        if (pattern.absent.includes(type) && dueMs !== Number.POSITIVE_INFINITY) close(recordedAtMs);
        if (type === pattern.after && recordedAtMs > dueMs) close(recordedAtMs);
        if (type === pattern.after && dueMs === Number.POSITIVE_INFINITY) dueMs = recordedAtMs + pattern.withinMs;
      }
      if (dueMs <= nowMs) close(dueMs + 1);
      return found;
    });
  });
}
