// Money of the demo's own account: decimal strings outside, whole minor units as bigint inside. Written apart from the services, so
// that what they charge is checked by another hand. Pure.

const DISCOUNT_UNITS = 10_000n;

/** Minor units of `"14"`, `"14.5"`, `"14.50"`. */
export function cents(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(2, '0')}`);
}

/** For people: `1,234.50`, `-0.05`. */
export function showCents(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${digits.slice(-2)}`;
}

/** Price × quantity × (1 − discount), rounded half up once. */
export function lineValue({ unitPrice, quantity, discount = '0' }: { readonly unitPrice: string; readonly quantity: number; readonly discount?: string | undefined }): bigint {
  const [whole = '0', fraction = ''] = discount.split('.');
  const kept = DISCOUNT_UNITS - BigInt(`${whole}${fraction.padEnd(4, '0')}`);
  const exact = cents(unitPrice) * BigInt(quantity) * kept;
  return exact / DISCOUNT_UNITS + (exact % DISCOUNT_UNITS >= DISCOUNT_UNITS / 2n ? 1n : 0n);
}
