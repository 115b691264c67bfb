/**
 * Money: decimal strings outside, whole minor units (1/100) as bigint inside. No float ever.
 *
 * Promise: a line is price × quantity × (1 − discount), exact, then rounded half up once to the minor unit; the order is
 * the sum of its lines and the freight. Refuses: floats, signs, exponents, more than two decimals, amounts that do not fit
 * the events (15 digits before the point), currencies that do not have exactly two decimals.
 */

/** Form of a price or of freight: up to 12 digits before the point, up to 2 after it. */
export const MONEY_PATTERN = /^\d{1,12}(\.\d{1,2})?$/;

/** Form of a discount: a fraction from 0 to 1 with up to 4 decimals. */
export const DISCOUNT_PATTERN = /^(0(\.\d{1,4})?|1(\.0{1,4})?)$/;

/** The greatest total of a line or an order, in minor units: what the events can carry. */
export const MAX_TOTAL_MINOR = 99_999_999_999_999_999n;

const DISCOUNT_UNITS = 10_000n;

/** Minor units of a text that fits `MONEY_PATTERN`: `"14"`, `"14.5"` and `"14.50"` are 1400 and 1450. */
export function minorUnits(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
}

/** The decimal string with two places, as events and answers carry it. */
export function formatMoney(minor: bigint): string {
  const digits = minor.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Total of a line in minor units. `discount` fits `DISCOUNT_PATTERN`. */
export function lineTotal(unitPriceMinor: bigint, quantity: number, discount: string): bigint {
  const [whole = '0', fraction = ''] = discount.split('.');
  const kept = DISCOUNT_UNITS - (BigInt(whole) * DISCOUNT_UNITS + BigInt(fraction.padEnd(4, '0')));
  return (unitPriceMinor * BigInt(quantity) * kept * 2n + DISCOUNT_UNITS) / (DISCOUNT_UNITS * 2n);
}

/**
 * Currencies of ISO 4217 with two decimals. Those with none (JPY), three (KWD) or four (CLF) and the codes that are no
 * money (XAU, XTS) are refused: every amount here has two places.
 */
const TWO_DECIMALS = new Set(
  (
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP ' +
    'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD ' +
    'KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR ' +
    'PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU ' +
    'UZS VED VES WST XCD XCG YER ZAR ZMW ZWG'
  ).split(' '),
);

/** Whether orders may be placed in this currency. */
export function isCurrencySupported(code: string): boolean {
  return TWO_DECIMALS.has(code);
}
