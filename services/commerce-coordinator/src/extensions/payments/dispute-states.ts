/**
 * The states of a dispute, as data, checked at start. What is told out of order may begin anywhere: a dispute that was won before
 * anybody told that it was opened has been open all the same.
 */
import type { StateTable } from '@commerce/service-kit/state-table';

export type DisputeStatus = 'untold' | 'opened' | 'under_review' | 'won' | 'lost';

/** What the provider tells. */
export type DisputeInput = Exclude<DisputeStatus, 'untold'>;

export const DISPUTE_STATES: StateTable<DisputeStatus, DisputeInput> = {
  name: 'dispute',
  initial: 'untold',
  states: {
    untold: { terminal: false, meaning: 'Nothing was told of it.' },
    opened: { terminal: false, meaning: 'The customer disputes the payment.' },
    under_review: { terminal: false, meaning: 'The provider looks into it.' },
    won: { terminal: true, meaning: 'Decided for the shop: the money stays.' },
    lost: { terminal: true, meaning: 'Decided for the customer: the money is gone.' },
  },
  transitions: [
    ...(['opened', 'under_review', 'won', 'lost'] as const).map((to) => ({ from: 'untold' as const, on: to, to })),
    ...(['under_review', 'won', 'lost'] as const).map((to) => ({ from: 'opened' as const, on: to, to })),
    ...(['won', 'lost'] as const).map((to) => ({ from: 'under_review' as const, on: to, to })),
  ],
};
