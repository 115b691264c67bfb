/**
 * Order numbers from blocks: one statement serves many orders. Promise: no number is given twice by all processes together.
 * A number may be left out (a process that ends leaves the rest of its block), and they rise only roughly with time.
 */

export interface OrderNumbers {
  next(): Promise<number>;
}

/** Numbers in a block. */
export const BLOCK_SIZE = 1_000;

/** `fetchBlock` gives the first number of a block that nobody else gets. */
export function createOrderNumbers(fetchBlock: () => Promise<number>): OrderNumbers {
  let next = 0;
  let end = 0;
  let fetching: Promise<void> | undefined;

  async function refill(): Promise<void> {
    const first = await fetchBlock();
    next = first;
    end = first + BLOCK_SIZE;
  }

  return {
    async next() {
      while (next >= end) {
        fetching ??= refill().finally(() => (fetching = undefined));
        await fetching;
      }
      return next++;
    },
  };
}
