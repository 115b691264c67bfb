/**
 * The story of an order in plain words: what happened, who did it at which attempt, because of what; what failed before, and
 * what was ignored and why. Pure. An event that is not known here, such as one of a further extension, is told in the words of
 * the catalogue.
 */
import type { StoredEvent } from '@commerce/event-log/event';

/** What of an event the words are made of. Fields are read as they stand there: a story is no place to fail. */
type Data = Readonly<Record<string, any>>;

interface Words {
  /** What happened, as the beginning of a sentence. */
  readonly what: (data: Data) => string;
  /** The same as a reason: "because …". */
  readonly because: (data: Data) => string;
}

const word = (what: string | Words['what'], because: string | Words['because']): Words => ({
  what: typeof what === 'string' ? () => what : what, because: typeof because === 'string' ? () => because : because,
});

const code = ({ reason }: Data): string => (reason?.code === undefined ? '' : ` (${reason.code})`);
const count = (all: unknown, name: string): string => (Array.isArray(all) ? `${all.length} ${name}${all.length === 1 ? '' : 's'}` : `some ${name}s`);
const lines = (all: unknown): string => count(all, 'line');
const money = ({ amount, currency }: Data): string => `${amount} ${currency}`;
const isUnwanted = ({ reason }: Data): boolean => reason?.code === 'order_cancelled';
const partly = ({ status }: Data): boolean => status === 'partial';
/** The providers took nothing back. */
const isKept = ({ lines: all }: Data): boolean => Array.isArray(all) && all.every((line: Data) => line['status'] !== 'revoked');
const taken = ({ lines: all }: Data): string => lines(Array.isArray(all) ? all.filter((line: Data) => line['status'] === 'revoked') : undefined);

const WORDS: Readonly<Record<string, Words>> = {
  OrderCheckoutInitiated: word('Order asked for', 'the order was asked for'),
  OrderCreated: word('Order accepted', 'the order was accepted'),
  OrderConfirmed: word('Order confirmed', 'the order was confirmed'),
  OrderFulfilled: word(({ lines: all }) => `Outcome of ${lines(all)} accepted`, 'the order was fulfilled'),
  OrderUnfulfilled: word((data) => `Order not fulfilled${code(data)}, so what was done for it is undone`, 'nothing of the order will be delivered'),
  OrderTakenBack: word((data) => (isKept(data) ? 'Nothing of the order could be taken back, so it stays delivered' : `${capital(taken(data))} of the order taken back${code(data)}`), (data) => (isKept(data) ? 'nothing could be taken back' : 'lines of the order were taken back')),
  OrderShipped: word('Order on its way', 'the order was on its way'),
  OrderCompleted: word('Order completed', 'the order was completed'),
  OrderCancelRequested: word((data) => `Cancel asked for${code(data)}`, 'the order was to be cancelled'),
  OrderCancelRefused: word((data) => `Cancel refused${code(data)}, for the order had been delivered by then`, 'the cancel came too late'),
  OrderCancelled: word((data) => `Order cancelled${code(data)}, with everything undone that was done for it`, 'the order was cancelled'),
  OrderRefundRequested: word((data) => `Refund of ${data['lineIds'] === undefined ? 'the whole order' : lines(data['lineIds'])} asked for${code(data)}`, 'a refund was asked for'),
  OrderRefunded: word((data) => `Order refunded${code(data)}`, 'the order was refunded'),
  OrderRevokeRequested: word((data) => `Taking back of ${data['lineIds'] === undefined ? 'what was delivered' : lines(data['lineIds'])} asked for${code(data)}`, 'what was delivered was to be taken back'),
  OrderReRequested: word((data) => `New request for fulfillment asked for${code(data)}`, 'a new request was asked for'),
  OrderOverdue: word(({ status, times, act }) => `Time run out for the ${ordinal(times)} time while ${status}, so it is ${OVERDUE[String(act)] ?? act}`, 'its time had run out'),
  OrderUpdated: word(({ changes }) => (changes?.status === undefined ? 'What is kept of the order updated' : `Order now ${changes.status}`), 'the order was changed'),
  AuditRecorded: word(({ act, why }) => `Act ${act} recorded, for the reason "${why}"`, 'a person acted'),

  InventoryReserved: word('Stock set aside', 'stock was set aside'),
  InventoryReservationFailed: word(({ shortages }) => `Too little stock (${(Array.isArray(shortages) ? shortages : []).map((one: Data) => `${one['sku']}: ${one['available']} of ${one['wanted']}`).join(', ')}), so nothing is set aside`, 'there was too little stock'),
  InventoryReleaseInitiated: word('Stock to be put back', 'stock was to be put back'),
  InventoryReleased: word(({ lines: all }) => (Array.isArray(all) && all.length === 0 ? 'No stock was set aside, so none is to be released' : 'Stock released'), 'stock was released'),
  InventoryAdjusted: word('Stock adjusted', 'stock was adjusted'),

  PaymentInitiated: word((data) => `Payment of ${money(data)} begun`, 'the payment was begun'),
  PaymentOverdue: word(({ check }) => `Payment not decided, so the provider is asked for the ${ordinal(check)} time`, 'the provider had not told what became of the payment'),
  PaymentProcessed: word((data) => `Payment of ${money(data)} taken by the provider`, 'the payment was taken'),
  PaymentFailed: word((data) => (isUnwanted(data) ? 'Payment not taken, for the order is to be cancelled' : `Payment refused by the provider${code(data)}`), (data) => (isUnwanted(data) ? 'no money was taken' : 'the payment was refused')),
  PaymentRefundInitiated: word((data) => `Refund of ${money(data)} owed${code(data)}`, 'a refund was owed'),
  PaymentRefunded: word((data) => `${money(data)} given back by the provider, ${data['refunded']} of ${data['charged']} in all`, 'money was given back'),
  PaymentDuplicated: word((data) => `${money(data)} taken by ${data['provider']} (${data['reference']}) ${data['heldBy'] === undefined ? 'for an order that had ended' : `while ${data['heldBy']} has the payment`}; it is to be given back there`, 'money was taken a second time'),
  PaymentDuplicateRefunded: word((data) => `${money(data)} that had been taken a second time given back by ${data['provider']}`, 'what was taken a second time was given back'),
  PaymentRefundFailed: word((data) => `${money(data)} given back did not reach the customer, says ${data['provider']}${code(data)}; a person has to pay it`, 'a refund failed after it was given'),

  DisputeOpened: word((data) => `Payment disputed over ${money(data)}${code(data)}`, 'the payment was disputed'),
  DisputeUnderReview: word('Dispute looked into by the provider', 'the dispute was looked into'),
  DisputeWon: word('Dispute won, so the money stays', 'the dispute was won'),
  DisputeLost: word((data) => `Dispute lost, so ${money(data)} are gone`, 'the dispute was lost'),

  FulfillmentSuspended: word('Fulfillment to wait, for the payment is disputed', 'the payment was disputed'),
  FulfillmentResumed: word('Fulfillment to go on', 'the dispute was over'),
  FulfillmentRequested: word('Fulfillment requested, and taken on by the fulfilling side', 'its fulfillment was requested'),
  FulfillmentRefused: word((data) => (isUnwanted(data) ? 'Fulfillment not requested, for the order is to be cancelled' : `Fulfillment refused by the fulfilling side${code(data)}`), (data) => (isUnwanted(data) ? 'nothing was requested' : 'the fulfilling side refused it')),
  FulfillmentAccepted: word('Fulfillment taken on by the fulfilling side', 'the fulfilling side took it on'),
  FulfillmentCompleted: word((data) => (partly(data) ? 'Fulfillment completed in part' : 'Fulfillment completed'), (data) => (partly(data) ? 'it was fulfilled in part' : 'it was fulfilled')),
  FulfillmentFailed: word((data) => `Fulfillment failed${code(data)}`, 'nothing of it could be fulfilled'),
  FulfillmentCancelled: word((data) => `Fulfillment called off${code(data)}`, 'its fulfillment was called off'),
  FulfillmentRevoked: word((data) => (isKept(data) ? 'Nothing of it could be taken back by the fulfilling side' : `${capital(taken(data))} taken back by the fulfilling side${code(data)}`), (data) => (isKept(data) ? 'nothing could be taken back' : 'what was delivered was taken back')),
  FulfillmentUnwanted: word('Fulfillment completed after the order had ended', 'it was delivered after its end'),
  FulfillmentRevokeRequested: word((data) => `Fulfilling side asked to take back what it delivered${code(data)}`, 'the fulfilling side was asked to take it back'),
  FulfillmentHealed: word(({ difference, found }) => (difference === 'request_lost' ? 'Both sides compared, and the fulfilling side did not know the request; it has it now' : `Both sides compared, and the fulfilling side had it ${found}, which no event had told`), 'both sides had been compared'),

  ShippingCreated: word(({ method, parcels }) => (method === 'none' ? 'Nothing to ship, for all of it is digital' : `Shipment of ${count(parcels, 'parcel')} made`), 'its shipment was made'),
  ShippingDispatched: word(({ carrier, trackingNumber }) => `Parcel ${trackingNumber} with ${carrier}`, 'a parcel was on its way'),
  ShippingDelivered: word(({ trackingNumber }) => `Parcel ${trackingNumber} delivered`, 'a parcel was delivered'),

  NotificationSent: word(({ template }) => `Customer told (${template})`, 'the customer was told'),
  NotificationFailed: word((data) => `Customer not told (${data['template']})${code(data)}`, 'the customer could not be told'),
};

const OVERDUE: Readonly<Record<string, string>> = { retry: 'tried at once', cancel: 'cancelled', escalate: 'raised for a person' };

/** Events that only lead from their cause to what follows: a story goes on from the cause. */
const PASSED_THROUGH: ReadonlySet<string> = new Set(['PaymentInitiated', 'PaymentRefundInitiated', 'InventoryReleaseInitiated']);

export interface Story {
  /** Every event of the order, by id. */
  readonly byId: ReadonlyMap<string, StoredEvent>;
  /** What the catalogue says of a type that has no words here. */
  readonly describe: (type: string) => string | undefined;
}

/** What happened: who did it at which attempt, because of what. */
export function eventText(event: StoredEvent, { byId, describe }: Story): string {
  const words = WORDS[event.type];
  const what = words === undefined ? firstSentence(describe(event.type)) ?? event.type : words.what(event.data as Data);
  const because = causeText(event, byId, describe);
  return `${what}: ${doer(event)}${because === undefined ? '' : `, because ${because}`}.`;
}

export interface ToldFailure {
  readonly handler: string;
  readonly attempt: number;
  readonly error: { readonly code: string; readonly message: string };
  readonly failedAt: Date;
  readonly retryAt: Date | null;
}

/** A run that failed. */
export function failureText({ handler, attempt, error, failedAt, retryAt }: ToldFailure): string {
  const named = /^[a-z][a-z0-9_]*$/.test(error.code) ? `${error.code}: ` : '';
  const message = error.message.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
  const then = retryAt === null ? 'it was given up' : `it was to run again after ${seconds(retryAt.getTime() - failedAt.getTime())}`;
  return `${handler} failed at attempt ${attempt} (${named}${message}); ${then}.`;
}

/** Something that a handler did not act upon. */
export function ignoredText(handler: string, rule: string, evidence: Readonly<Record<string, unknown>>): string {
  const already = /^already_(\w+)$/.exec(rule)?.[1];
  const why = already !== undefined ? `it was already ${already.replaceAll('_', ' ')}` : (RULES[rule] ?? rule.replaceAll('_', ' '));
  const by = typeof evidence['by'] === 'string' ? `, said ${evidence['by']}${typeof evidence['reason'] === 'string' ? ` ("${evidence['reason']}")` : ''}` : '';
  return `${handler} did nothing (${rule}): ${why}${by}.`;
}

const RULES: Readonly<Record<string, string>> = {
  unknown_order: 'no such order is known',
  other_client: 'it was told for another client of the fulfilling side',
  other_fulfillment: 'it tells of another fulfillment than that of this order',
  order_ended: 'the order had ended',
  order_ends: 'the order was to end',
  filtered: 'the filter of the map does not let it through',
  cancel_too_late: 'the cancel came too late',
  not_delivered: 'nothing of it had been delivered',
  skipped: 'a person gave it up',
  requested_again: 'a new request took its place',
  duplicate_webhook: 'this message had been taken before',
  older_than_known: 'something newer was known',
  waited_in_vain: 'it was early, and its time never came',
  payment_disputed: 'the payment was disputed',
  hold_too_late: 'the fulfilling side had begun',
  customer_deactivated: 'the customer is told nothing any more',
};

function doer({ handler, attempt, origin, source, metadata }: StoredEvent): string {
  if (origin === 'foreign') return `told by ${source}`;
  const user = metadata.userId ?? 'somebody';
  if (handler === undefined || handler === null) return `at the request of ${user}`;
  const name = handler.replace(/^(command|job|timer):/, '');
  if (handler === 'command:payments.webhook') return 'told by the webhook of the payment provider';
  if (handler.startsWith('command:')) return `asked by ${user} (${name})`;
  if (handler.startsWith('job:')) return `by the scheduled job ${name}`;
  if (handler.startsWith('timer:')) return `by the timer ${name}`;
  return `by ${name}${typeof attempt === 'number' && attempt > 1 ? ` at attempt ${attempt}` : ''}`;
}

function causeText({ causationId }: StoredEvent, byId: Story['byId'], describe: Story['describe']): string | undefined {
  let cause = causationId === null ? undefined : byId.get(causationId);
  while (cause !== undefined && PASSED_THROUGH.has(cause.type)) {
    const before = cause.causationId === null ? undefined : byId.get(cause.causationId);
    if (before === undefined) break;
    cause = before;
  }
  if (cause === undefined) return undefined;
  const words = WORDS[cause.type];
  return words === undefined ? `of ${firstSentence(describe(cause.type)) ?? cause.type}` : words.because(cause.data as Data);
}

function firstSentence(text: string | undefined): string | undefined {
  return text?.split(/[.;:]/, 1)[0];
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}

function ordinal(count: unknown): string {
  const number = Number(count);
  return ({ 1: 'first', 2: 'second', 3: 'third' } as Readonly<Record<number, string>>)[number] ?? `${number}th`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
