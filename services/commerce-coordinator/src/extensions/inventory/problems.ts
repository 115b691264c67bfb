/** What the routes of the inventory may answer beside the problems that every route shares. */
import { defineProblems } from '@commerce/service-kit/problems';

export const inventoryProblems = defineProblems({
  stock_not_found: { status: 404, title: 'Nobody has counted this product', help: 'Check the sku. A product has a stock from its first adjustment on: POST /inventory/adjustments.' },
  stock_out_of_range: {
    status: 409,
    title: 'A stock cannot become what the adjustment makes of it',
    help: 'What is set aside for orders cannot be taken away, and a stock has 1000000000 pieces at most. Nothing was adjusted; each line that cannot be made is named. Send the rest under a new key, or wait until orders are delivered or cancelled.',
  },
});

/** A line of an adjustment that cannot be made. */
export interface LineFault {
  /** From 0. */
  readonly index: number;
  readonly message: string;
}

/** A decision refused an adjustment. */
export class InventoryRefused extends Error {
  override readonly name = 'InventoryRefused';
  readonly code: 'stock_out_of_range' | 'idempotency_key_reused';
  readonly faults: readonly LineFault[];
  constructor(code: 'stock_out_of_range' | 'idempotency_key_reused', faults: readonly LineFault[] = []) {
    super(code);
    this.code = code;
    this.faults = faults;
  }
}
