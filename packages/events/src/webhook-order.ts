/**
 * What is known of an order from its events alone, for the payloads that tell of it. Pure.
 *
 * The status is what the order itself says in its events. Between these it moves as the order will, by the table of its states. What comes
 * late, because another extension told it meanwhile, moves nothing back.
 */
import { comesBefore, isHeldByDispute, movedBy } from './order-states.ts';
import type { MovingStatus, OrderInput } from './order-states.ts';
import type { orderChanges } from './entries.ts';
import type { z } from 'zod';

type OrderChanges = z.infer<typeof orderChanges>;

/** What of an event is needed; `occurredAt` is ISO 8601. */
export interface OrderEvent {
  readonly type: string;
  readonly data: unknown;
  readonly occurredAt: string;
}

export interface OrderItem {
  readonly lineId: string;
  readonly sku: string;
  readonly name?: string;
  readonly quantity: number;
  readonly unitPrice: string;
  readonly discount: string;
  readonly total: string;
}

export interface PaymentDetails {
  readonly paymentId: string;
  readonly provider: string;
  readonly status: 'initiated' | 'completed' | 'failed' | 'refunded';
  readonly amount: string;
  readonly currency: string;
  /** At the provider. */
  readonly reference?: string;
  /** In all. */
  readonly refunded?: string;
}

export interface OrderFacts {
  readonly orderNumber: number;
  readonly customerId: string;
  readonly status: MovingStatus;
  /** It was raised for a person, or its payment is disputed; gone with the next move, unless that says nothing of a dispute. */
  readonly isOnHold?: boolean;
  /** It is on hold because its payment is disputed. */
  readonly isDisputed?: boolean;
  /** ISO 8601. */
  readonly statusChangedAt: string;
  readonly total: string;
  readonly currency: string;
  readonly items: readonly OrderItem[];
  readonly paymentInfo?: PaymentDetails;
}

/** The order after the event; the same object when it says nothing new. Undefined while its creation was not heard. */
export function follow(order: OrderFacts | undefined, event: OrderEvent): OrderFacts | undefined {
  const data = event.data as Readonly<Record<string, any>>;
  if (event.type === 'OrderCreated') return order ?? created(data, event.occurredAt);
  if (order === undefined) return undefined;
  const paid = paymentOf(order.paymentInfo, event.type, data);
  const known = paid === order.paymentInfo ? order : { ...order, paymentInfo: paid as PaymentDetails };
  const standing = standingAfter(order, event.type, data);
  if (standing === undefined || (standing.status === order.status && standing.isOnHold === order.isOnHold && standing.isDisputed === order.isDisputed)) return known;
  const { isOnHold: _hold, isDisputed: _dispute, ...rest } = known;
  const isSame = standing.status === order.status && standing.isOnHold === order.isOnHold;
  return { ...rest, ...standing, statusChangedAt: isSame ? order.statusChangedAt : event.occurredAt };
}

type Standing = Pick<OrderFacts, 'status' | 'isOnHold' | 'isDisputed'>;

const DISPUTED = { isOnHold: true, isDisputed: true } as const;

/** Undefined when the event moves nothing. */
function standingAfter({ status, isDisputed }: OrderFacts, type: string, data: Readonly<Record<string, any>>): Standing | undefined {
  const told = data['changes'] as Pick<OrderChanges, 'status' | 'heldFrom'> | undefined;
  if (told?.status !== undefined) {
    const isOnHold = told.status === 'on_hold';
    const said = (isOnHold ? told.heldFrom : told.status) as MovingStatus;
    if (comesBefore(said, status)) return undefined;
    // What says where it stood already is older than the dispute, or says no more than it.
    if (isDisputed === true && (isOnHold || said === status)) return { status: said, ...DISPUTED };
    return { status: said, ...(isOnHold && { isOnHold }) };
  }
  if (type.startsWith('Dispute')) {
    const isHeld = isHeldByDispute(status, data as { open: number; left: string });
    return isHeld === undefined ? undefined : { status, ...(isHeld && DISPUTED) };
  }
  const input = ACCEPTED[type];
  const next = input === undefined ? undefined : movedBy(status, input);
  // That the fulfilling side has taken it on says nothing of a dispute; an order that was raised for want of that answer has it now.
  return next === undefined ? undefined : { status: next, ...(isDisputed === true && next === 'fulfilling' && DISPUTED) };
}

function created(data: Readonly<Record<string, any>>, at: string): OrderFacts {
  return {
    orderNumber: data['orderNumber'], customerId: data['customerId'], status: 'created', statusChangedAt: at, total: data['total'], currency: data['currency'], items: data['lines'],
  };
}

/** What the order has accepted, or will accept, when such an event is told: where it does not say by itself where it stands. */
const ACCEPTED: Readonly<Record<string, OrderInput>> = {
  InventoryReserved: 'InventoryReserved', PaymentProcessed: 'PaymentProcessed', FulfillmentRequested: 'FulfillmentRequested', OrderConfirmed: 'PaymentProcessed', OrderFulfilled: 'FulfillmentCompleted',
  OrderUnfulfilled: 'FulfillmentFailed', OrderShipped: 'ShippingCreated', OrderCompleted: 'OrderShipped', OrderCancelRequested: 'cancel', OrderCancelled: 'undone', OrderRefundRequested: 'refund',
  OrderRefunded: 'returned',
};

const PAYMENT: Readonly<Record<string, PaymentDetails['status']>> = { PaymentInitiated: 'initiated', PaymentProcessed: 'completed', PaymentFailed: 'failed', PaymentRefunded: 'refunded' };

function paymentOf(known: PaymentDetails | undefined, type: string, data: Readonly<Record<string, any>>): PaymentDetails | undefined {
  const status = PAYMENT[type];
  if (status === undefined || (status === 'initiated' && known !== undefined)) return known;
  const { paymentId, provider, currency } = data as PaymentDetails;
  if (status === 'refunded') {
    return { ...known, paymentId, provider, currency, status, amount: data['charged'], refunded: data['refunded'] };
  }
  return { paymentId, provider, currency, status, amount: data['amount'], ...(data['reference'] !== undefined && { reference: data['reference'] }) };
}
