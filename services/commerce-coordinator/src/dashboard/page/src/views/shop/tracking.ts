/** Where an order is, as its customer is told. Pure. */
export type StepState = 'done' | 'now' | 'next' | 'failed' | 'undone';

export interface TrackStep {
  readonly name: string;
  readonly text: string;
  readonly state: StepState;
  /** ISO 8601, once it happened. */
  readonly at: string | null;
}

interface Tracked {
  readonly status: string;
  readonly reason: { readonly code: string; readonly message?: string } | null;
  /** What happened so far: type and time. */
  readonly events: readonly { readonly eventType: string; readonly recordedAt: string }[];
}

interface Stage {
  readonly name: string;
  /** Any of them ends it. */
  readonly ends: readonly string[];
  readonly now: string;
  readonly done: string;
}

const STAGES: readonly Stage[] = [
  { name: 'Order placed', ends: ['OrderCreated'], now: 'Your order is being taken.', done: 'We have your order.' },
  { name: 'Goods set aside', ends: ['InventoryReserved'], now: 'We look whether everything is there.', done: 'Everything is there, and is kept for you.' },
  { name: 'Payment', ends: ['PaymentProcessed'], now: 'Your card is being charged.', done: 'Your card was charged.' },
  { name: 'Preparing', ends: ['FulfillmentCompleted'], now: 'Your order is being prepared.', done: 'Your order is ready.' },
  { name: 'On its way', ends: ['OrderShipped', 'ShippingDispatched'], now: 'It is handed over.', done: 'It has left us.' },
  { name: 'Done', ends: ['OrderCompleted'], now: 'The last papers are made.', done: 'Thank you!' },
];

const ENDED: Readonly<Record<string, string>> = { cancelled: 'The order has ended, and your card is charged nothing.', refunded: 'The order was taken back, and your money was given back.' };
const ENDING: Readonly<Record<string, string>> = { cancel_pending: 'The order is being called off. If something was taken from your card, it is given back.', refund_pending: 'The order is being taken back, and your money is on its way.' };

/** The steps, each with its state: those after the last one that was done stop where the order was called off. */
export function stepsOf({ status, reason, events }: Tracked): TrackStep[] {
  const first = new Map<string, string>();
  for (const { eventType, recordedAt } of events) if (!first.has(eventType)) first.set(eventType, recordedAt);
  const at = ({ ends }: Stage): string | null => ends.map((type) => first.get(type)).find((time) => time !== undefined) ?? null;
  const reached = STAGES.findLastIndex((stage) => at(stage) !== null);
  const isOff = status in ENDED || status in ENDING;
  const steps = STAGES.map((stage, index): TrackStep => {
    const { name, now, done } = stage;
    if (index <= reached) return { name, text: done, state: 'done', at: at(stage) };
    return { name, text: index === reached + 1 && !isOff ? now : '', state: isOff ? 'undone' : index === reached + 1 ? 'now' : 'next', at: null };
  });
  if (!isOff) return steps;
  const why = reason === null ? '' : ` ${REASONS[reason.code] ?? reason.message ?? ''}`;
  const end = events.findLast(({ eventType }) => eventType === 'OrderCancelled' || eventType === 'OrderRefunded')?.recordedAt ?? null;
  return [
    ...steps.filter(({ state }) => state === 'done'),
    { name: status in ENDED ? 'Ended' : 'Being called off', text: `${ENDED[status] ?? ENDING[status] ?? ''}${why}`.trim(), state: status in ENDED ? 'failed' : 'now', at: end },
  ];
}

const REASONS: Readonly<Record<string, string>> = {
  card_declined: 'Your bank has refused the card.', insufficient_funds: 'There was not enough money on the card.', card_unknown: 'The card is not known.', no_stock: 'Something is sold out.',
  insufficient_stock: 'Something is sold out.', out_of_stock: 'Something is sold out.', customer_asked: 'You have called it off.', deadline_passed: 'It took too long, so we have called it off.',
};

const WHO: Readonly<Record<string, string>> = { payments: 'The payment provider', fulfillment: 'The warehouse', inventory: 'Our stock', shipping: 'The shipment', notifications: 'Our mail' };

/** Said when something has failed and is tried again; undefined when all goes as it should. */
export function delayText(care: { readonly cause: string; readonly lastError: { readonly handler: string } | null } | undefined): string | undefined {
  if (care?.cause === 'given_up') return 'Something went wrong on our side. Somebody looks after it; you need not do anything.';
  if (care?.cause !== 'failing' || care.lastError === null) return undefined;
  const who = WHO[care.lastError.handler.split('.', 1)[0] ?? ''] ?? 'One of our partners';
  return `${who} does not answer at the moment. We try again by ourselves; nothing is lost and nothing is charged twice.`;
}

/** While it can be called off by its customer. */
export function isCancellable(status: string): boolean {
  return ['created', 'reserved', 'paid', 'fulfilling'].includes(status);
}
