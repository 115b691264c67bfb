/** A cart and what is ordered from it. Money is counted in hundredths, as whole numbers. Pure. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  /** Decimal string with two places. */
  readonly unitPrice: string;
  readonly currency: string;
  /** What can be sold; null where nobody counts. */
  readonly available: number | null;
}

/** Quantities by sku. */
export type Cart = Readonly<Record<string, number>>;

const MOST = 999;

/** With so many more or fewer; never more than there is, never fewer than none. */
export function changed(cart: Cart, { sku, available }: Pick<Product, 'sku' | 'available'>, by: number): Cart {
  const quantity = Math.min(Math.max(0, (cart[sku] ?? 0) + by), available ?? MOST, MOST);
  const { [sku]: _before, ...others } = cart;
  return quantity === 0 ? others : { ...others, [sku]: quantity };
}

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
  /** Decimal string with two places. */
  readonly total: string;
}

/** In the order of the products. */
export function linesOf(cart: Cart, products: readonly Product[]): CartLine[] {
  return products.flatMap((product) => {
    const quantity = cart[product.sku] ?? 0;
    return quantity === 0 ? [] : [{ product, quantity, total: decimal(hundredths(product.unitPrice) * quantity) }];
  });
}

/** Undefined for an empty cart. One order has one currency: products of another one stand in the way. */
export function sumOf(lines: readonly CartLine[]): { readonly total: string; readonly currency: string; readonly isMixed: boolean } | undefined {
  const currency = lines[0]?.product.currency;
  if (currency === undefined) return undefined;
  return { total: decimal(lines.reduce((sum, { total }) => sum + hundredths(total), 0)), currency, isMixed: lines.some(({ product }) => product.currency !== currency) };
}

/** The body of POST /orders. */
export function orderOf(lines: readonly CartLine[], customerId: string, cardToken: string): object {
  return {
    customerId: customerId.trim(), currency: lines[0]?.product.currency ?? 'USD',
    lines: lines.map(({ product: { sku, name, unitPrice }, quantity }) => ({ sku, name, quantity, unitPrice })),
    payment: { method: { type: 'card', token: cardToken } }, metadata: { placedIn: 'storefront of the dashboard' },
  };
}

function hundredths(amount: string): number {
  const [whole = '0', part = ''] = amount.split('.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0').slice(0, 2));
}

function decimal(amount: number): string {
  return `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
}

export interface Card {
  readonly token: string;
  readonly name: string;
  readonly text: string;
}

/** Cards of the payment stand-in. */
export const CARDS: readonly Card[] = [
  { token: 'tok_4242424242424242', name: 'A good card', text: 'is charged at once' },
  { token: 'tok_4000000000000002', name: 'A card that is refused', text: 'card_declined' },
  { token: 'tok_4000000000009995', name: 'A card without money', text: 'insufficient_funds' },
  { token: 'tok_4000000000000077', name: 'A good card, decided later', text: 'the provider tells it by a webhook' },
  { token: 'tok_4000000000000341', name: 'A card that is refused later', text: 'the provider tells it by a webhook' },
];

/** For a catalogue in which nothing stands yet. */
export const SAMPLES: readonly Omit<Product, 'available'>[] = [
  { sku: 'NW-1', name: 'Chai', unitPrice: '18.00', currency: 'USD' }, { sku: 'NW-2', name: 'Chang', unitPrice: '19.00', currency: 'USD' },
  { sku: 'NW-3', name: 'Aniseed Syrup', unitPrice: '10.00', currency: 'USD' }, { sku: 'NW-4', name: "Chef Anton's Cajun Seasoning", unitPrice: '22.00', currency: 'USD' },
  { sku: 'NW-11', name: 'Queso Cabrales', unitPrice: '21.00', currency: 'USD' }, { sku: 'NW-16', name: 'Pavlova', unitPrice: '17.45', currency: 'USD' },
  { sku: 'NW-20', name: "Sir Rodney's Marmalade", unitPrice: '81.00', currency: 'USD' }, { sku: 'NW-43', name: 'Ipoh Coffee', unitPrice: '46.00', currency: 'USD' },
];
