/**
 * The states of an order and what moves it: the whole life of an order as data. Orders decide by it (and check it at their start), and
 * webhooks tell by it where an order stands. `on_hold` is no state of the table: it lies over the state in which the order was raised for
 * a person, and goes with the next move.
 */
const MOVING_STATUSES = ['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed', 'cancel_pending', 'refund_pending', 'cancelled', 'refunded'] as const;
/** The states of the table. */
export type MovingStatus = (typeof MOVING_STATUSES)[number];

export const ORDER_STATUSES = [...MOVING_STATUSES, 'on_hold'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Statuses in which nothing is waited for; a refund opens a completed order again. */
export const CLOSED_STATUSES: readonly OrderStatus[] = ['completed', 'cancelled', 'refunded'];

/**
 * What moves an order: signals, what a person asks (`cancel`, `refund`), and what follows from all that is known of it:
 * `undone` (nothing that was done for it is left), `revoked` (everything that was delivered was taken back), `returned` (all of
 * its money was given back).
 */
export type OrderInput =
  | 'InventoryReserved' | 'InventoryReservationFailed' | 'PaymentProcessed' | 'PaymentFailed'
  | 'FulfillmentRequested' | 'FulfillmentRefused' | 'FulfillmentCompleted' | 'FulfillmentFailed' | 'FulfillmentCancelled'
  | 'ShippingCreated' | 'OrderShipped'
  | 'cancel' | 'refund' | 'undone' | 'revoked' | 'returned';

interface OrderStates {
  readonly name: string;
  readonly initial: MovingStatus;
  readonly states: Readonly<Record<MovingStatus, { readonly meaning: string; readonly terminal: boolean }>>;
  readonly transitions: readonly { readonly from: MovingStatus; readonly on: OrderInput; readonly to: MovingStatus }[];
}

export const ORDER_STATES: OrderStates = {
  name: 'order',
  initial: 'created',
  states: {
    created: { terminal: false, meaning: 'Accepted; its stock is being set aside.' },
    reserved: { terminal: false, meaning: 'Stock is set aside for every line; it is being paid.' },
    paid: { terminal: false, meaning: 'The money was taken; fulfillment is being requested.' },
    fulfilling: { terminal: false, meaning: 'The fulfilling side has the order.' },
    fulfilled: { terminal: false, meaning: 'Every line has its outcome and at least one was fulfilled.' },
    shipped: { terminal: false, meaning: 'What was fulfilled is on its way.' },
    completed: { terminal: false, meaning: 'Everything that the order promised is done.' },
    cancel_pending: { terminal: false, meaning: 'It is to end: what was done for it is being undone.' },
    refund_pending: { terminal: false, meaning: 'It is taken back: its money is being given back.' },
    cancelled: { terminal: true, meaning: 'Ended without being fulfilled; the reason says why.' },
    refunded: { terminal: true, meaning: 'It was taken back after it had been fulfilled, and all of its money was given back.' },
  },
  transitions: [
    { from: 'created', on: 'InventoryReserved', to: 'reserved' },
    { from: 'created', on: 'InventoryReservationFailed', to: 'cancelled' },
    { from: 'created', on: 'cancel', to: 'cancel_pending' },
    { from: 'reserved', on: 'PaymentProcessed', to: 'paid' },
    { from: 'reserved', on: 'PaymentFailed', to: 'cancel_pending' },
    { from: 'reserved', on: 'cancel', to: 'cancel_pending' },
    { from: 'paid', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'paid', on: 'FulfillmentRefused', to: 'cancel_pending' },
    { from: 'paid', on: 'cancel', to: 'cancel_pending' },
    // A request that was lost is made again, and may be refused then.
    { from: 'fulfilling', on: 'FulfillmentRequested', to: 'fulfilling' },
    { from: 'fulfilling', on: 'FulfillmentRefused', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'FulfillmentCompleted', to: 'fulfilled' },
    { from: 'fulfilling', on: 'FulfillmentFailed', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'FulfillmentCancelled', to: 'cancel_pending' },
    { from: 'fulfilling', on: 'cancel', to: 'cancel_pending' },
    { from: 'fulfilled', on: 'ShippingCreated', to: 'shipped' },
    { from: 'shipped', on: 'OrderShipped', to: 'completed' },
    // The cancel came too late: what was delivered stays delivered.
    { from: 'cancel_pending', on: 'FulfillmentCompleted', to: 'fulfilled' },
    { from: 'cancel_pending', on: 'undone', to: 'cancelled' },
    ...(['fulfilled', 'shipped', 'completed'] as const).flatMap((from) => [
      { from, on: 'refund' as const, to: 'refund_pending' as const },
      { from, on: 'revoked' as const, to: 'refund_pending' as const },
      { from, on: 'returned' as const, to: 'refunded' as const },
    ]),
    { from: 'refund_pending', on: 'returned', to: 'refunded' },
  ],
};

/**
 * Where an order stands by what was accepted of it, for whoever hears only that: from this status, or from one that must have come
 * between. Undefined when it moves nothing, for it is past already.
 */
export function movedBy(status: MovingStatus, input: OrderInput): MovingStatus | undefined {
  const on = ORDER_STATES.transitions.filter((one) => one.on === input);
  return (on.find(({ from }) => from === status) ?? on.find(({ from }) => AHEAD[status].has(from)))?.to;
}

/** True when `later` follows `status`, at once or by way of others: an order that stands there never comes back. */
export function comesBefore(status: MovingStatus, later: MovingStatus): boolean {
  return status !== later && AHEAD[status].has(later);
}

/** What a dispute about its money says of an order before it is delivered: true while it has to wait. Undefined in any other status. `left`: a decimal string, of its money. */
export function isHeldByDispute(status: MovingStatus, { open, left }: { readonly open: number; readonly left: string }): boolean | undefined {
  return status === 'paid' || status === 'fulfilling' ? open > 0 || Number(left) === 0 : undefined;
}

/** What can follow each status. */
const AHEAD = Object.fromEntries(MOVING_STATUSES.map((status) => [status, reachableFrom(status)])) as Readonly<Record<MovingStatus, ReadonlySet<MovingStatus>>>;

function reachableFrom(status: MovingStatus): ReadonlySet<MovingStatus> {
  const reached = new Set([status]);
  for (const one of reached) for (const { from, to } of ORDER_STATES.transitions) if (from === one) reached.add(to);
  return reached;
}
