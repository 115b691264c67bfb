/**
 * A payment provider, in memory, behind the real port: one charge and one refund per key, some decided later and told by a
 * webhook, which may come before the answer, twice, in any order or never. Beside it a second one, at which a customer may pay once more.
 */
import { Refused, RetryLater } from '@commerce/event-log/extension';
import type { ChargeAnswer, FoundCharge } from '../extensions/payments/charge.ts';
import type { Charge, KnownCharge, PaymentProvider, RefundOrder } from '../extensions/payments/provider.ts';
import type { Told } from '../extensions/payments/told.ts';
import { formatMoney } from '../money.ts';
import type { DisputeUpdateRequest, OrderUpdateRequest } from '../updates/update.ts';
import { shortId } from './ids.ts';
import type { Mail } from './mail.ts';

/** What a card does. The token of an order's card is its name. */
export const CARDS = ['good', 'declined', 'later', 'declined_later'] as const;
export type Card = (typeof CARDS)[number];

/** The one that is asked for money, and the one at which a customer pays once more. */
export const PROVIDER_NAMES = ['standard', 'stripe'] as const;

/** Money that was taken for an order that is paid. */
interface PaidAgain {
  readonly orderId: string;
  readonly amount: bigint;
  /** Keys under which it was given back. */
  readonly givenBack: Set<string>;
}

interface KeptCharge {
  readonly orderId: string;
  readonly key: string;
  readonly amount: bigint;
  readonly card: Card;
  status: 'pending' | 'succeeded' | 'failed';
}

interface KeptRefund {
  readonly charge: KeptCharge;
  readonly key: string;
  readonly amount: bigint;
  isDone: boolean;
  /** It was given, and the money came back: it did not reach the customer. */
  hasFailed: boolean;
}

interface Dispute {
  readonly charge: KeptCharge;
  readonly disputeId: string;
  readonly amount: bigint;
  readonly ends: 'won' | 'lost';
  status: DisputeUpdateRequest['status'];
}

export interface BooksOptions {
  readonly mail: Pick<Mail, 'send'>;
  /** Called when a charge is asked for. */
  readonly onAsk: (orderId: string) => void;
  /** Called when a charge takes place for the first time. */
  readonly onCharge: (orderId: string) => void;
  readonly fault: (text: string) => void;
}

export class ProviderBooks implements PaymentProvider {
  readonly #o: BooksOptions;
  readonly charges = new Map<string, KeptCharge>();
  readonly refunds = new Map<string, KeptRefund>();
  readonly #byHand = new Map<string, bigint>();
  /** How often each refund has failed after it was given, by its key. */
  readonly failures = new Map<string, number>();
  /** Everything that can be told by webhook. */
  readonly updates: Told[] = [];
  readonly #disputes = new Map<string, Dispute>();
  /** At the second provider, by its own id of the charge. */
  readonly paidAgain = new Map<string, PaidAgain>();
  #tick = 0;
  /** Refunds are decided later from now on. */
  refundsTakeTime = false;
  /** What was answered at once is told by webhook all the same. */
  tellsAll = false;

  constructor(options: BooksOptions) {
    this.#o = options;
  }

  charge(charge: Charge): Promise<ChargeAnswer> {
    this.#o.onAsk(charge.orderId);
    return this.#o.mail.send(`charge ${shortId(charge.orderId)}`, 'provider', () => {
      const kept = this.charges.get(charge.key) ?? this.#take(charge);
      return answerOf(kept);
    });
  }

  find({ key }: KnownCharge): Promise<FoundCharge> {
    return this.#o.mail.send(`find ${shortId(key)}`, 'provider', (): FoundCharge => {
      const kept = this.charges.get(key);
      return kept === undefined ? { kind: 'absent' } : answerOf(kept);
    });
  }

  /** It calls nothing off. */
  withdraw(charge: KnownCharge): Promise<FoundCharge> {
    return this.find(charge);
  }

  findRefund({ key, orderId }: RefundOrder): Promise<'given' | 'pending' | 'absent'> {
    return this.#o.mail.send(`find refund ${shortId(orderId)}`, 'provider', () => {
      const kept = this.refunds.get(key);
      return kept === undefined ? 'absent' : kept.isDone ? 'given' : 'pending';
    });
  }

  at(name: string): PaymentProvider {
    return name === 'standard' ? this : this.#second;
  }

  /** The customer pays once more, elsewhere. */
  payAgain(orderId: string): void {
    const charge = [...this.charges.values()].find((one) => one.orderId === orderId && one.status === 'succeeded');
    const reference = `pi_${orderId}`;
    if (charge === undefined || charge.amount === 0n || this.paidAgain.has(reference)) return;
    this.paidAgain.set(reference, { orderId, amount: charge.amount, givenBack: new Set() });
    this.updates.push({ about: 'payment', update: { ...this.#common(orderId, charge.amount), provider: 'stripe', status: 'captured', reference } });
  }

  /** Nothing is asked of it but to give back. */
  readonly #second: PaymentProvider = {
    charge: ({ orderId }) => this.#neverAsked(orderId),
    find: ({ key }) => this.#neverAsked(key),
    withdraw: ({ key }) => this.#neverAsked(key),
    findRefund: ({ key, orderId, charge: { reference = '' } }) => this.#o.mail.send(`find refund ${shortId(orderId)}`, 'provider', () => (this.paidAgain.get(reference)?.givenBack.has(key) === true ? 'given' : 'absent')),
    refund: ({ key, charge: { reference = '' }, amount, orderId }) => this.#o.mail.send(`refund ${shortId(orderId)} elsewhere`, 'provider', () => {
      const paid = this.paidAgain.get(reference);
      if (paid?.amount !== amount) this.#o.fault(`money: ${shortId(orderId)} was to get back ${amount} elsewhere, where ${paid?.amount ?? 0n} were taken`);
      paid?.givenBack.add(key);
    }),
  };

  #neverAsked(what: string): never {
    this.#o.fault(`money: the second provider was asked about ${shortId(what)}`);
    throw new Refused('charge_unknown', 'It was never asked.');
  }

  refund({ key, charge: { key: chargeKey }, amount, orderId }: RefundOrder): Promise<void> {
    return this.#o.mail.send(`refund ${shortId(orderId)}`, 'provider', () => {
      const charge = this.charges.get(chargeKey);
      if (charge?.status !== 'succeeded' || amount > this.kept(orderId)) {
        if (!this.refunds.has(key)) {
          // One that was on its way while a dispute took the money is refused, and nobody's fault.
          if (this.#disputes.get(orderId)?.status !== 'lost') this.#o.fault(`money: ${shortId(orderId)} was to get back ${amount} of ${this.kept(orderId)} that are kept`);
          throw new Refused('refund_exceeds_charge', 'More than is left.');
        }
      }
      const kept = this.refunds.get(key) ?? { charge: charge as KeptCharge, key, amount, isDone: !this.refundsTakeTime, hasFailed: false };
      if (!this.refunds.has(key)) {
        this.refunds.set(key, kept);
        if (kept.isDone && this.tellsAll) this.#tell(kept.charge, 'refunded', amount, key);
      }
      if (!kept.isDone) throw new RetryLater('the provider decides on the refund later');
    });
  }

  /** Somebody gives money back there by hand: all that is kept, or one unit of it. Gives what is told of it; undefined where that cannot be. */
  giveBackByHand(orderId: string, isTotal: boolean): Told | undefined {
    const charge = [...this.charges.values()].find((one) => one.orderId === orderId && one.status === 'succeeded');
    const kept = this.kept(orderId);
    if (charge === undefined || kept === 0n || [...this.refunds.values()].some((refund) => refund.charge === charge && !refund.isDone)) return undefined;
    const amount = isTotal ? kept : 1n;
    const key = `by-hand-${this.refunds.size + 1}`;
    this.refunds.set(key, { charge, key, amount, isDone: true, hasFailed: false });
    this.#byHand.set(orderId, (this.#byHand.get(orderId) ?? 0n) + amount);
    this.#tell(charge, 'refunded', amount, key, true);
    return this.updates.at(-1);
  }

  /** Money that was given back comes back, for it did not reach the customer, and that is told. False where there is none that could. */
  failRefund(orderId: string): boolean {
    const refund = this.#givenTo(orderId);
    if (refund === undefined) return false;
    refund.hasFailed = true;
    this.failures.set(refund.key, (this.failures.get(refund.key) ?? 0) + 1);
    this.#tell(refund.charge, 'refund_failed', refund.amount, refund.key, true);
    return true;
  }

  /** Money was given back for it that has reached the customer, as far as is known; none that a dispute has taken. */
  hasGivenBack(orderId: string): boolean {
    return this.#givenTo(orderId) !== undefined;
  }

  #givenTo(orderId: string): KeptRefund | undefined {
    return [...this.refunds.values()].find(({ charge, key, amount, isDone, hasFailed }) => charge.orderId === orderId && isDone && !hasFailed && amount > 0n && !key.startsWith('dispute-'));
  }

  /** Somebody pays what had come back, under the same key, and that is told. False where nothing had, or it was paid. */
  giveAnew(key: string): boolean {
    const refund = this.refunds.get(key);
    if (refund?.hasFailed !== true) return false;
    refund.hasFailed = false;
    this.#tell(refund.charge, 'refunded', refund.amount, key, true);
    return true;
  }

  /** The customer disputes all that was charged, once; how that ends is decided later. False when there is nothing to be disputed. */
  dispute(orderId: string, ends: 'won' | 'lost'): boolean {
    const charge = [...this.charges.values()].find((one) => one.orderId === orderId && one.status === 'succeeded');
    if (charge === undefined || charge.amount === 0n || this.#disputes.has(orderId)) return false;
    const dispute: Dispute = { charge, disputeId: `dp-${shortId(orderId)}`, amount: charge.amount, ends, status: 'opened' };
    this.#disputes.set(orderId, dispute);
    this.#tellDispute(dispute);
    return true;
  }

  /** Disputes that are not decided. `proceed` gives what is told of it then. */
  disputes(): { readonly orderId: string; readonly proceed: () => Told }[] {
    const open = [...this.#disputes.values()].filter(({ status }) => status === 'opened' || status === 'under_review');
    return open.map((dispute) => ({ orderId: dispute.charge.orderId, proceed: () => this.#proceed(dispute) }));
  }

  #proceed(dispute: Dispute): Told {
    const { charge, ends, disputeId } = dispute;
    dispute.status = dispute.status === 'opened' && this.updates.length % 2 === 0 ? 'under_review' : ends;
    if (dispute.status === 'lost') {
      const kept = this.kept(charge.orderId);
      if (kept > 0n) this.refunds.set(`dispute-${disputeId}`, { charge, key: `dispute-${disputeId}`, amount: kept, isDone: true, hasFailed: false });
      this.#byHand.set(charge.orderId, (this.#byHand.get(charge.orderId) ?? 0n) + kept);
    }
    return this.#tellDispute(dispute);
  }

  #tellDispute({ charge: { orderId }, disputeId, amount, status }: Dispute): Told {
    const told: Told = { about: 'dispute', update: { ...this.#common(orderId, amount), disputeId, status } };
    this.updates.push(told);
    return told;
  }

  #common(orderId: string, amount: bigint): Pick<OrderUpdateRequest, 'provider' | 'providerEventId' | 'orderId' | 'amount' | 'currency' | 'occurredAt'> {
    this.#tick += 1;
    return {
      provider: 'standard', providerEventId: `evt_${this.updates.length + 1}`, orderId, amount: formatMoney(amount), currency: 'USD', occurredAt: new Date(Date.UTC(2026, 0, 1) + this.#tick * 1_000).toISOString(),
    };
  }

  /** What was given back by hand, or lost in a dispute. */
  byHand(orderId: string): bigint {
    return this.#byHand.get(orderId) ?? 0n;
  }

  /** What was taken and not given back, nor is about to be. */
  kept(orderId: string): bigint {
    const taken = [...this.charges.values()].filter((charge) => charge.orderId === orderId && charge.status === 'succeeded');
    const back = [...this.refunds.values()].filter(({ charge }) => charge.orderId === orderId);
    return taken.reduce((sum, { amount }) => sum + amount, 0n) - back.reduce((sum, { amount }) => sum + amount, 0n);
  }

  /** It decides on a charge that waits. */
  decide(key: string): void {
    const charge = this.charges.get(key);
    if (charge?.status === 'pending') this.#decide(charge);
  }

  /** Charges and refunds that are not decided. */
  undecided(): (() => void)[] {
    const charges = [...this.charges.values()].filter(({ status }) => status === 'pending').map((charge) => () => this.#decide(charge));
    const refunds = [...this.refunds.values()].filter(({ isDone }) => !isDone).map((refund) => () => {
      refund.isDone = true;
      this.#tell(refund.charge, 'refunded', refund.amount, refund.key);
    });
    return [...charges, ...refunds];
  }

  #take({ key, orderId, amount, method }: Charge): KeptCharge {
    this.#o.onCharge(orderId);
    if ([...this.charges.values()].some((charge) => charge.orderId === orderId)) this.#o.fault(`money: ${shortId(orderId)} is charged twice`);
    const card = method.token as Card;
    const kept: KeptCharge = { orderId, key, amount, card, status: 'pending' };
    this.charges.set(key, kept);
    if (card === 'good' || card === 'declined') this.#decide(kept, this.tellsAll);
    return kept;
  }

  #decide(charge: KeptCharge, isTold = true): void {
    charge.status = charge.card === 'good' || charge.card === 'later' ? 'succeeded' : 'failed';
    if (isTold) this.#tell(charge, charge.status, charge.amount);
  }

  #tell({ key, orderId }: KeptCharge, status: 'succeeded' | 'failed' | 'refunded' | 'refund_failed', amount: bigint, refundId?: string, isNamed = this.updates.length % 2 === 0): void {
    // A provider may know no keys of ours: then the amount says which refund is meant.
    const named = isNamed ? refundId : undefined;
    this.updates.push({
      about: 'payment', update: {
        ...this.#common(orderId, amount), status: status === 'succeeded' ? 'captured' : status, reference: referenceOf(key), ...(named !== undefined && { refundId: named }),
        ...(status === 'failed' && { reason: { code: 'card_declined' } }), ...(status === 'refund_failed' && { reason: { code: 'lost_or_stolen_card' } }),
      },
    });
  }
}

function referenceOf(key: string): string {
  return `ch_${key}`;
}

function answerOf({ status, key }: KeptCharge): ChargeAnswer {
  if (status === 'failed') return { kind: 'failed', reason: { code: 'card_declined' }, reference: referenceOf(key) };
  return { kind: status, reference: referenceOf(key) };
}
