// The ways that orders took beside the straight one, and what must be true of every order that took them. Judged by the events that
// were told of the order, the books of the payment provider, and the outcomes at Order Fulfillment. Pure.
import type { Plan } from './plan.ts';

export type PathFacts = {
  readonly orderNumber: number;
  readonly status: string;
  /** Types of the events of this order in Commerce Coordinator's log. */
  readonly told: ReadonlySet<string>;
  /** On the books of the payment provider; undefined when it was never charged. Minor units. */
  readonly money: { readonly charged: bigint; readonly refunded: bigint } | undefined;
  /** Statuses of its lines at Order Fulfillment; none when it never came there. */
  readonly lines: readonly string[];
};

type Claim = readonly [words: string, holds: (facts: PathFacts) => boolean];
type Path = { readonly label: string; readonly takes: (facts: PathFacts) => boolean; readonly claims: readonly Claim[] };

const tells = (...types: readonly string[]) => ({ told }: PathFacts): boolean => types.some((type) => told.has(type));
const isPartial = ({ lines }: PathFacts): boolean => lines.includes('fulfilled') && lines.some((status) => status === 'failed' || status === 'cancelled');
const byCustomer = tells('OrderCancelRequested');
const toldWithoutCustomer = (type: string) => (facts: PathFacts): boolean => facts.told.has(type) && !byCustomer(facts);

const CANCELLED: Claim = ['cancelled', ({ status }) => status === 'cancelled'];
const NOT_CHARGED: Claim = ['never charged', ({ money }) => money === undefined];
const NOT_REQUESTED: Claim = ['never requested', ({ lines }) => lines.length === 0];
const RELEASED: Claim = ['stock released', tells('InventoryReleased')];
const ALL_REFUNDED: Claim = ['all refunded', ({ money }) => money !== undefined && money.refunded === money.charged];
const NOTHING_KEPT: Claim = ['nothing kept', ({ money }) => money === undefined || money.refunded === money.charged];
const NOTHING_DELIVERED: Claim = ['nothing delivered', ({ lines }) => !lines.includes('fulfilled')];
const SOME_REFUNDED: Claim = ['the missing lines refunded', tells('PaymentRefunded')];
const SOME_RELEASED: Claim = ['and released', tells('InventoryReleased')];

export const PATHS = {
  no_stock: { label: 'No stock', takes: tells('InventoryReservationFailed'), claims: [CANCELLED, NOT_CHARGED, NOT_REQUESTED] },
  card_refused: { label: 'Card refused', takes: toldWithoutCustomer('PaymentFailed'), claims: [CANCELLED, NOT_CHARGED, NOT_REQUESTED, RELEASED] },
  fulfillment_refused: { label: 'Fulfillment refused', takes: toldWithoutCustomer('FulfillmentRefused'), claims: [CANCELLED, ALL_REFUNDED, RELEASED, NOTHING_DELIVERED] },
  fulfillment_failed: { label: 'Fulfillment failed', takes: toldWithoutCustomer('FulfillmentFailed'), claims: [CANCELLED, ALL_REFUNDED, RELEASED, NOTHING_DELIVERED] },
  partial: { label: 'Partly fulfilled', takes: isPartial, claims: [['the rest went on', ({ status }) => status !== 'cancelled'], SOME_REFUNDED, SOME_RELEASED] },
  cancelled: { label: 'Customer cancelled', takes: (facts) => byCustomer(facts) && !facts.told.has('OrderCancelRefused'), claims: [CANCELLED, NOTHING_KEPT, NOTHING_DELIVERED, RELEASED] },
  cancelled_too_late: { label: 'Cancelled too late', takes: tells('OrderCancelRefused'), claims: [['what was delivered stands', ({ status, lines }) => status !== 'cancelled' && lines.includes('fulfilled')]] },
  refunded: { label: 'Sent back', takes: tells('OrderRefunded'), claims: [['refunded', ({ status }) => status === 'refunded'], ALL_REFUNDED] },
  partly_refunded: {
    label: 'Sent back in part', takes: (facts) => facts.told.has('OrderRefundRequested') && facts.status === 'completed',
    claims: [['the rest stays', ({ lines }) => lines.includes('fulfilled')], ['its lines refunded', ({ money }) => money !== undefined && money.refunded > 0n && money.refunded < money.charged]],
  },
} as const satisfies Readonly<Record<string, Path>>;

export type PathName = keyof typeof PATHS;
export type PathReport = { readonly taken: Readonly<Record<PathName, number>>; readonly complaints: readonly string[] };

/** Counts who took which way; a claim that does not hold is a complaint, and so is a way that `mustOccur` and nobody took, and too small a part that is completed. */
export function judgePaths(orders: readonly PathFacts[], { mustOccur, leastCompleted }: Pick<Plan, 'mustOccur' | 'leastCompleted'>): PathReport {
  const complaints: string[] = [];
  const completed = orders.filter(({ status }) => status === 'completed').length;
  if (completed < leastCompleted * orders.length) complaints.push(`${completed} of ${orders.length} orders are completed, fewer than ${leastCompleted * 100} %`);
  const taken = {} as Record<PathName, number>;
  for (const [name, { label, takes, claims }] of Object.entries(PATHS) as [PathName, Path][]) {
    const those = orders.filter(takes);
    taken[name] = those.length;
    for (const [words, holds] of claims) for (const facts of those.filter((one) => !holds(one))) complaints.push(`order ${facts.orderNumber}, ${label.toLowerCase()}: not true of it: ${words}`);
    if (those.length === 0 && mustOccur.includes(name)) complaints.push(`no order took the way "${label.toLowerCase()}"`);
  }
  return { taken, complaints };
}
