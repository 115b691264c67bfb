/** The cart counts money in whole hundredths, and never holds more than there is. */
import { describe, expect, test } from '@jest/globals';
import { changed, linesOf, orderOf, sumOf } from './cart.ts';

const chai = { sku: 'A', name: 'Chai', unitPrice: '18.10', currency: 'USD', available: 3 };
const chang = { sku: 'B', name: 'Chang', unitPrice: '0.05', currency: 'USD', available: null };

describe('a cart', () => {
  test('takes what is there, gives it back, and forgets what is none', () => {
    const two = changed(changed({}, chai, 1), chai, 1);
    expect(changed(two, chai, 5)).toEqual({ A: 3 });
    expect(changed(two, chai, -2)).toEqual({});
    expect(changed(two, chang, 4)).toEqual({ A: 2, B: 4 });
    expect(changed({}, { sku: 'C', available: 0 }, 1)).toEqual({});
  });

  test('sums without a lost hundredth', () => {
    const lines = linesOf({ A: 3, B: 1 }, [chai, chang]);
    expect(lines.map(({ total }) => total)).toEqual(['54.30', '0.05']);
    expect(sumOf(lines)).toEqual({ total: '54.35', currency: 'USD', isMixed: false });
    expect(sumOf([])).toBeUndefined();
    expect(sumOf(linesOf({ A: 1, B: 1 }, [chai, { ...chang, currency: 'EUR' }]))?.isMixed).toBe(true);
  });

  test('becomes an order', () => {
    expect(orderOf(linesOf({ B: 2 }, [chai, chang]), ' ANN ', 'tok_1')).toEqual({
      customerId: 'ANN', currency: 'USD', lines: [{ sku: 'B', name: 'Chang', quantity: 2, unitPrice: '0.05' }], payment: { method: { type: 'card', token: 'tok_1' } }, metadata: { placedIn: 'storefront of the dashboard' },
    });
  });
});
