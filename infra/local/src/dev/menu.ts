// The keys of `pnpm dev`, and the small menu behind "f": data, and what a key means. Pure.
import type { Dependency } from '../lab/kinds.ts';
import type { Wish } from '../lab/wish.ts';

export const KEYS_LINE = 'press o open · t place an order · f break something · q quit';

/** Something to break, as a person chooses it. `isBefore`: while it is broken no order is accepted, so they are placed just before. */
export type Experiment = { readonly title: string; readonly dependency: Dependency; readonly wish: Wish; readonly isBefore?: boolean };

export const EXPERIMENTS: readonly Experiment[] = [
  { title: 'Order Fulfillment down for 30 s', dependency: 'order-fulfillment', wish: { kind: 'down', seconds: 30 } },
  { title: 'the bus brings everything twice, for 10 s', dependency: 'bus', wish: { kind: 'duplicate', seconds: 10, share: 1 } },
  { title: 'the bus lets later events overtake earlier ones, for 10 s', dependency: 'bus', wish: { kind: 'reorder', seconds: 10, share: 0.5 } },
  { title: 'the LMS fails in half of its calls, and loses answers, for 15 s', dependency: 'lms', wish: { kind: 'partial', seconds: 15, share: 0.5 } },
  { title: 'the payment provider takes 3 s for every answer, for 15 s', dependency: 'payments', wish: { kind: 'slow', seconds: 15, latencyMs: 3_000 } },
  { title: 'the database cuts every connection, for 5 s', dependency: 'database', wish: { kind: 'down', seconds: 5 }, isBefore: true },
  { title: 'Commerce Coordinator killed, and away for 5 s', dependency: 'commerce-coordinator', wish: { kind: 'down', seconds: 5 }, isBefore: true },
  // It is back before the last attempt, some 15 s after the first.
  { title: 'your receiver down for 8 s', dependency: 'receiver', wish: { kind: 'down', seconds: 8 } },
  { title: 'bad messages: five events that nobody knows come into the queue, and become dead letters', dependency: 'queue', wish: { kind: 'unknown', seconds: 1 } },
];

export type Mode = 'keys' | 'menu';
export type Act = { readonly kind: 'open' | 'order' | 'menu' | 'back' | 'mend' | 'quit' | 'help' } | { readonly kind: 'break'; readonly experiment: Experiment } | undefined;

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** What a key asks for; undefined for one that means nothing. */
export function actOf(key: string, mode: Mode): Act {
  if (key === CTRL_C || key === CTRL_D) return { kind: 'quit' };
  if (mode === 'menu') {
    if (key === '0') return { kind: 'mend' };
    const experiment = EXPERIMENTS[Number(key) - 1];
    return experiment === undefined || !/^[1-9]$/.test(key) ? { kind: 'back' } : { kind: 'break', experiment };
  }
  switch (key.toLowerCase()) {
    case 'o': return { kind: 'open' };
    case 't': return { kind: 'order' };
    case 'f': return { kind: 'menu' };
    case 'q': return { kind: 'quit' };
    case '?': case 'h': return { kind: 'help' };
    default: return undefined;
  }
}

/** The lines of the menu. `more`: where there is more of it. `isExperimenting`: something is broken already, and can only be mended. */
export function menuLines(more: string, isExperimenting = false): string[] {
  if (isExperimenting) return ['One at a time: wait for the end of this one, or press 0 to mend everything now, or any other key to go back.'];
  return ['Break something: press a number, or any other key to go back.', ...EXPERIMENTS.map(({ title }, index) => `  ${index + 1}  ${title}`), '  0  mend everything', `  More, with every setting: ${more}`];
}
