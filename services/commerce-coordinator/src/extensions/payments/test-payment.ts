/** A payment for tests, and the sums that its events tell. */
import type { NewEvent } from '@commerce/event-log/event';
import { minorUnits } from '../../money.ts';
import type { Payment } from './payment.ts';

export const ORDER_ID = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';
export const PAYMENT_ID = `pay_${ORDER_ID}`;

/** Of three lines (100.00, 50.00, 25.50) and a freight of 10.00. */
export const UNASKED: Payment = {
  orderId: ORDER_ID, currency: 'USD', amount: 185_50n, freight: 10_00n,
  lines: [{ lineId: '1', total: 100_00n }, { lineId: '2', total: 50_00n }, { lineId: '3', total: 25_50n }],
  orderEnds: false, status: 'unasked', version: 0, provider: null, reference: null, stray: null, checks: 0, refunds: [], duplicates: [], goneLines: [], reason: null, lastTold: null, disputes: [], kept: [],
};

/** Sum of the amounts of the events of a type, in minor units. */
export function sumOf(events: readonly NewEvent[], type: string): bigint {
  return events.filter((event) => event.type === type).reduce((sum, { data }) => sum + minorUnits((data as { amount: string }).amount), 0n);
}
