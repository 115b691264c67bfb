/**
 * The account of a customer, and what is spent of it. Pure.
 *
 * Promise: earned − revoked − redeemed − lapsed = balance − owed, and neither of these two is ever negative. Only sums are kept, so
 * it makes no difference in which order points are earned and revoked. Points that are revoked after they were spent are owed, and
 * the next ones that are earned pay for them.
 */

/** Points of one order, and of one redemption, at most. */
export const MAX_POINTS = 1_000_000_000;

export interface Account {
  readonly kind: 'account';
  readonly customerId: string;
  /** Each a sum over the life of the account. */
  readonly earned: number;
  readonly revoked: number;
  readonly redeemed: number;
  readonly lapsed: number;
}

/** One act of spending. Kept, so that its key is never used for a second one. */
export interface Redemption {
  readonly kind: 'redemption';
  readonly redemptionId: string;
  readonly customerId: string;
  readonly points: number;
  readonly why: string;
  /** What was left. */
  readonly balance: number;
}

export type RedeemRefusal = 'loyalty_account_not_found' | 'loyalty_points_missing' | 'idempotency_key_reused';

/** Nothing was spent. */
export class RedeemRefused extends Error {
  override readonly name = 'RedeemRefused';
  readonly code: RedeemRefusal;
  constructor(code: RedeemRefusal, detail: string) {
    super(detail);
    this.code = code;
  }
}

const ACCOUNT = 'loyalty:';
const REDEMPTION = 'redemption:';

/** Subject of the account, and of every event about it. */
export function accountSubject(customerId: string): string {
  return `${ACCOUNT}${customerId}`;
}

export function redemptionSubject(redemptionId: string): string {
  return `${REDEMPTION}${redemptionId}`;
}

/** The customer whose account the subject is; undefined for any other subject. */
export function customerOf(subject: string): string | undefined {
  return subject.startsWith(ACCOUNT) ? subject.slice(ACCOUNT.length) : undefined;
}

export function redemptionOf(subject: string): string | undefined {
  return subject.startsWith(REDEMPTION) ? subject.slice(REDEMPTION.length) : undefined;
}

/** What can be spent. */
export function balanceOf(account: Account): number {
  return Math.max(0, net(account));
}

/** What was spent and revoked afterwards. */
export function owedOf(account: Account): number {
  return Math.max(0, -net(account));
}

function net({ earned, revoked, redeemed, lapsed }: Account): number {
  return earned - revoked - redeemed - lapsed;
}

export function earn(account: Account | undefined, { customerId, points }: { readonly customerId: string; readonly points: number }): Account {
  const before = account ?? opened(customerId);
  return { ...before, earned: before.earned + points };
}

export function revoke(account: Account | undefined, { customerId, points }: { readonly customerId: string; readonly points: number }): Account {
  const before = account ?? opened(customerId);
  return { ...before, revoked: before.revoked + points };
}

/** Nothing is left afterwards. */
export function lapse(account: Account): Account {
  return { ...account, lapsed: account.lapsed + balanceOf(account) };
}

export type RedeemWish = Omit<Redemption, 'kind' | 'balance'>;

export interface Redeemed {
  readonly account: Account;
  readonly redemption: Redemption;
  /** It was spent before, and nothing is spent now. */
  readonly isReplayed: boolean;
}

/** Spends points. `done`: what was spent under the same id before. Throws `RedeemRefused`. */
export function redeem(account: Account | undefined, done: Redemption | undefined, wish: RedeemWish): Redeemed {
  const { customerId, points, why } = wish;
  if (account === undefined) throw new RedeemRefused('loyalty_account_not_found', `${customerId} has earned no points yet.`);
  if (done !== undefined) {
    if (done.customerId !== customerId || done.points !== points || done.why !== why) throw new RedeemRefused('idempotency_key_reused', 'The key belongs to another redemption.');
    return { account, redemption: done, isReplayed: true };
  }
  const before = balanceOf(account);
  if (points > before) throw new RedeemRefused('loyalty_points_missing', `There are ${before} points.`);
  const after = { ...account, redeemed: account.redeemed + points };
  return { account: after, redemption: { kind: 'redemption', ...wish, balance: balanceOf(after) }, isReplayed: false };
}

function opened(customerId: string): Account {
  return { kind: 'account', customerId, earned: 0, revoked: 0, redeemed: 0, lapsed: 0 };
}
