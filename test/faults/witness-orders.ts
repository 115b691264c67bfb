/** The orders of the witness: what each of them is, by its key alone. Pure. */

export interface WitnessOrder {
  readonly skus: string;
  /** Token at the payment stand-in; its usual card when left out. */
  readonly card?: string;
}

/** A, B and C go to the providers instant, warehouse and LMS; X nobody delivers. The cards: decided later by a webhook, and refused. */
const KINDS: readonly WitnessOrder[] = [
  { skus: 'A' }, { skus: 'C' }, { skus: 'ABC', card: 'tok_4000000000000077' }, { skus: 'B' }, { skus: 'BC' }, { skus: 'AB', card: 'tok_4000000000000002' }, { skus: 'CC', card: 'tok_4000000000000077' }, { skus: 'X' },
];

/** The order of this number. */
export function orderOf(number: number): WitnessOrder {
  return KINDS[number % KINDS.length] as WitnessOrder;
}

/** The body of its request; `isOther` makes another one of it. */
export function bodyOf(key: string, { skus, card }: WitnessOrder, isOther = false): string {
  const lines = [...skus].map((sku, index) => ({ sku, quantity: index + (isOther ? 2 : 1), unitPrice: '10.00' }));
  return JSON.stringify({ customerId: `WITNESS-${key}`, currency: 'USD', lines, ...(card !== undefined && { payment: { method: { type: 'card', token: card } } }) });
}
