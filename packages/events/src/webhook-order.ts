/**
 * What is known of an order from its events alone, for the payloads that tell of it. Pure.
 *
 * The status moves as the order itself moves: what comes late, because another extension told it meanwhile, moves nothing back.
 */

const WAY = ['created', 'reserved', 'paid', 'fulfilling', 'fulfilled', 'shipped', 'completed'] as const;
const FULFILLED = WAY.indexOf('fulfilled');

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
  readonly status: string;
  /** It was raised for a person, or its payment is disputed; gone with the next move. */
  readonly isOnHold?: boolean;
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
  if (event.type === 'OrderOverdue') return data['act'] === 'escalate' ? { ...known, isOnHold: true, statusChangedAt: event.occurredAt } : known;
  if (event.type.startsWith('Dispute')) return disputed(known, data, event.occurredAt);
  const status = nextStatus(order.status, event.type, data);
  if (status === undefined || status === order.status) return known;
  const { isOnHold: _over, ...rest } = known;
  return { ...rest, status, statusChangedAt: event.occurredAt };
}

/** Before it is delivered an order waits while a dispute is open, or nothing of its money is left. */
function disputed(order: OrderFacts, { open, left }: Readonly<Record<string, any>>, at: string): OrderFacts {
  if (order.status !== 'paid' && order.status !== 'fulfilling') return order;
  const isHeld = open > 0 || Number(left) === 0;
  if (isHeld === (order.isOnHold === true)) return order;
  const { isOnHold: _over, ...rest } = order;
  return { ...rest, ...(isHeld && { isOnHold: true }), statusChangedAt: at };
}

function created(data: Readonly<Record<string, any>>, at: string): OrderFacts {
  return {
    orderNumber: data['orderNumber'], customerId: data['customerId'], status: 'created', statusChangedAt: at, total: data['total'], currency: data['currency'], items: data['lines'],
  };
}

const FORWARD: Readonly<Record<string, (typeof WAY)[number]>> = {
  InventoryReserved: 'reserved', PaymentProcessed: 'paid', FulfillmentRequested: 'fulfilling', OrderFulfilled: 'fulfilled', ShippingCreated: 'shipped', OrderShipped: 'shipped', OrderCompleted: 'completed',
};

/** Undefined when the event moves nothing. */
function nextStatus(status: string, type: string, data: Readonly<Record<string, any>>): string | undefined {
  const at = WAY.indexOf(status as (typeof WAY)[number]);
  const forward = FORWARD[type];
  if (forward !== undefined) return (at >= 0 && WAY.indexOf(forward) > at) || (status === 'cancel_pending' && type === 'OrderFulfilled') ? forward : undefined;
  const isDelivered = at >= FULFILLED;
  if (type === 'OrderCancelRequested' || type === 'OrderUnfulfilled') return at >= 0 && !isDelivered ? 'cancel_pending' : undefined;
  if (type === 'OrderCancelled') return status === 'refunded' ? undefined : 'cancelled';
  if (type === 'OrderRefundRequested') return isDelivered ? 'refund_pending' : undefined;
  if (type === 'OrderTakenBack') return isDelivered && (data['lines'] as { status: string }[]).every((line) => line.status !== 'fulfilled') ? 'refund_pending' : undefined;
  if (type === 'OrderRefunded') return 'refunded';
  return undefined;
}

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
