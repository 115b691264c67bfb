/** The decisions of loyalty, as pure functions: what an order is worth, and what an account can never be. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { balanceOf, earn, lapse, owedOf, redeem, RedeemRefused, revoke } from './account.ts';
import type { Account, RedeemWish } from './account.ts';
import { count } from './counted-order.ts';
import type { CountedOrder, Heard } from './counted-order.ts';

const CONFIRMED: Heard = { customerId: 'VINET', charged: 20_038n, rate: 1 };
const COMPLETED: Heard = { customerId: 'VINET', isCompleted: true };
const heardAll = (all: readonly Heard[]): CountedOrder | undefined => all.reduce<CountedOrder | undefined>((order, heard) => count(order, 'order-1', heard), undefined);

describe('An order', () => {
  test('is worth a point for each whole unit that was paid, once it is completed', () => {
    expect(heardAll([CONFIRMED])).toMatchObject({ points: 0 });
    expect(heardAll([CONFIRMED, COMPLETED])).toMatchObject({ customerId: 'VINET', points: 200 });
    expect(heardAll([{ ...CONFIRMED, rate: 3 }, COMPLETED])).toMatchObject({ points: 601 });
  });

  test('is worth what was kept, when money was given back', () => {
    expect(heardAll([CONFIRMED, COMPLETED, { refunded: 16_800n }])).toMatchObject({ points: 32 });
    expect(heardAll([CONFIRMED, COMPLETED, { refunded: 20_038n }])).toMatchObject({ points: 0 });
  });

  test('does not change by what says nothing new', () => {
    const order = heardAll([CONFIRMED, COMPLETED, { refunded: 500n }]);
    for (const again of [CONFIRMED, COMPLETED, { refunded: 500n }, { refunded: 100n }]) expect(count(order, 'order-1', again)).toBe(order);
  });

  test('has so many points at most as an event can carry', () => {
    expect(heardAll([{ ...CONFIRMED, charged: 99_999_999_999_999_999n, rate: 100 }, COMPLETED])).toMatchObject({ points: 1_000_000_000 });
  });

  test('is worth the same in whatever order it was heard of, and each time once or more', () => {
    const heard = fc.tuple(fc.bigInt({ min: 0n, max: 1_000_000n }), fc.integer({ min: 1, max: 100 }), fc.array(fc.bigInt({ min: 0n, max: 1_200_000n }), { maxLength: 3 }))
      .map(([charged, rate, refunds]): Heard[] => [{ ...CONFIRMED, charged, rate }, COMPLETED, ...refunds.map((refunded) => ({ refunded }))]);
    const shuffled = heard.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })));
    fc.assert(fc.property(shuffled, ([inOrder, anyOrder]) => {
      expect(heardAll(anyOrder)).toEqual(heardAll(inOrder));
    }), { numRuns: 200 });
  });
});

describe('An account', () => {
  const customerId = 'VINET';
  const wish = (redemptionId: string, points: number): RedeemWish => ({ redemptionId, customerId, points, why: 'gift' });
  const funded = earn(undefined, { customerId, points: 100 });
  const refusal = (act: () => unknown): string => {
    try {
      act();
      return 'none';
    } catch (error) {
      if (!(error instanceof RedeemRefused)) throw error;
      return error.code;
    }
  };

  test('is spent once under one key, and no further than there is', () => {
    const { account, redemption, isReplayed } = redeem(funded, undefined, wish('a', 30));
    expect([balanceOf(account), redemption.balance, isReplayed]).toEqual([70, 70, false]);
    expect(redeem(account, redemption, wish('a', 30))).toEqual({ account, redemption, isReplayed: true });
    expect(refusal(() => redeem(account, redemption, wish('a', 31)))).toBe('idempotency_key_reused');
    expect(refusal(() => redeem(account, redemption, { ...wish('a', 30), why: 'another' }))).toBe('idempotency_key_reused');
    expect(refusal(() => redeem(account, undefined, wish('b', 71)))).toBe('loyalty_points_missing');
    expect(refusal(() => redeem(undefined, undefined, wish('b', 1)))).toBe('loyalty_account_not_found');
  });

  test('owes what was revoked after it was spent, and pays it with what is earned next', () => {
    const spent = revoke(redeem(funded, undefined, wish('a', 80)).account, { customerId, points: 100 });
    expect([balanceOf(spent), owedOf(spent)]).toEqual([0, 80]);
    const again = earn(spent, { customerId, points: 100 });
    expect([balanceOf(again), owedOf(again)]).toEqual([20, 0]);
  });

  test('has nothing left when it has lapsed, and owes nothing for it', () => {
    const lapsed = lapse(redeem(funded, undefined, wish('a', 30)).account);
    expect([lapsed.lapsed, balanceOf(lapsed), owedOf(lapsed)]).toEqual([70, 0, 0]);
  });

  test('balances whatever happens: earned − revoked − redeemed − lapsed = balance − owed, and neither is ever negative', () => {
    const points = fc.integer({ min: 1, max: 500 });
    const act = fc.oneof(fc.record({ kind: fc.constantFrom('earn', 'revoke', 'redeem'), points }), fc.record({ kind: fc.constant('lapse'), points }));
    fc.assert(fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      let account: Account = funded;
      let spent = 0;
      for (const [index, { kind, points: wanted }] of acts.entries()) {
        const before = balanceOf(account);
        if (kind === 'earn') account = earn(account, { customerId, points: wanted });
        if (kind === 'revoke') account = revoke(account, { customerId, points: wanted });
        if (kind === 'lapse') account = lapse(account);
        if (kind === 'redeem' && refusal(() => redeem(account, undefined, wish(String(index), wanted))) === 'none') {
          expect(wanted).toBeLessThanOrEqual(before);
          account = redeem(account, undefined, wish(String(index), wanted)).account;
          spent += wanted;
        }
        const { earned, revoked, redeemed, lapsed } = account;
        expect(redeemed).toBe(spent);
        expect(earned - revoked - redeemed - lapsed).toBe(balanceOf(account) - owedOf(account));
        expect([balanceOf(account) >= 0, owedOf(account) >= 0, Math.min(balanceOf(account), owedOf(account))]).toEqual([true, true, 0]);
      }
    }), { numRuns: 200 });
  });
});
