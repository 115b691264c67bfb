import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DISCOUNT_PATTERN, formatMoney, isCurrencySupported, lineTotal, MAX_TOTAL_MINOR, minorUnits, MONEY_PATTERN } from './money.ts';

/** The reference: the exact fraction price × quantity × (1 − discount) in minor units, rounded half up by definition. */
function reference(price: string, quantity: number, discount: string): bigint {
  const rational = (text: string): [bigint, bigint] => {
    const [whole = '', decimals = ''] = text.split('.');
    return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)];
  };
  const [priceTop, priceBottom] = rational(price);
  const [discountTop, discountBottom] = rational(discount);
  const top = priceTop * 100n * BigInt(quantity) * (discountBottom - discountTop);
  const bottom = priceBottom * discountBottom;
  const floor = top / bottom;
  return (top - floor * bottom) * 2n >= bottom ? floor + 1n : floor;
}

const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^\\d{1,${maxLength}}$`));
const money = fc.tuple(digits(12), fc.option(digits(2))).map(([whole, decimals]) => (decimals === null ? whole : `${whole}.${decimals}`));
const discount = fc.oneof(
  fc.constantFrom('0', '1', '1.0', '0.15', '0.05', '0.0001', '0.9999'),
  digits(4).map((decimals) => `0.${decimals}`),
);
const quantity = fc.integer({ min: 1, max: 1_000_000 });

describe('the total of a line', () => {
  test('is exact and rounded half up once, whatever price, quantity and discount are', () => {
    fc.assert(fc.property(money, quantity, discount, (price, count, fraction) => {
      expect(lineTotal(minorUnits(price), count, fraction)).toBe(reference(price, count, fraction));
    }), { numRuns: 2_000 });
  });

  test.each([
    ['0.05', 1, '0.1', '0.05'], // 0.045 up
    ['0.03', 1, '0.5', '0.02'], // 0.015 up
    ['0.01', 1, '0.5', '0.01'], // 0.005 up
    ['0.01', 1, '0.5001', '0.00'], // just below the half
    ['14.00', 12, '0', '168.00'],
    ['16.80', 15, '0.15', '214.20'],
    ['999999999999.99', 1_000_000, '1', '0.00'],
  ])('of %s × %i less %s is %s', (price, count, fraction, total) => {
    expect(formatMoney(lineTotal(minorUnits(price), count, fraction))).toBe(total);
  });

  test('never grows with the discount', () => {
    fc.assert(fc.property(money, quantity, fc.integer({ min: 0, max: 9_998 }), (price, count, tenThousandths) => {
      const fraction = (units: number) => `0.${String(units).padStart(4, '0')}`;
      const unit = minorUnits(price);
      expect(lineTotal(unit, count, fraction(tenThousandths)) >= lineTotal(unit, count, fraction(tenThousandths + 1))).toBe(true);
    }));
  });
});

describe('money as text', () => {
  test('keeps its value on the way in and out, always with two places', () => {
    fc.assert(fc.property(money, (price) => {
      const text = formatMoney(minorUnits(price));
      expect(text).toMatch(/^\d+\.\d{2}$/);
      expect(minorUnits(text)).toBe(minorUnits(price));
    }));
  });

  test.each(['-1', '+1', '1e3', '1.234', '1.', '.5', '1,00', ' 1', '1 ', '', '0x1', '1234567890123', '١', 'NaN', '1\n'])('refuses %j', (text) => {
    expect(MONEY_PATTERN.test(text)).toBe(false);
  });

  test.each(['-0.1', '1.1', '2', '0.12345', '15%', '.1', '1.0001', '00', ''])('refuses the discount %j', (text) => {
    expect(DISCOUNT_PATTERN.test(text)).toBe(false);
  });

  test('the greatest total has 15 digits before the point', () => {
    expect(formatMoney(MAX_TOTAL_MINOR)).toBe('999999999999999.99');
  });
});

describe('currencies', () => {
  test.each(['USD', 'EUR', 'GBP', 'CHF'])('%s is taken', (code) => expect(isCurrencySupported(code)).toBe(true));
  test.each(['JPY', 'KWD', 'CLF', 'XAU', 'ZZZ'])('%s is refused: it has not two decimals', (code) => expect(isCurrencySupported(code)).toBe(false));
});
