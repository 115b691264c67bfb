/**
 * Order numbers from blocks: one statement serves many orders. Promise: no number is given twice by all processes together.
 * A number may be left out (a process that ends leaves the rest of its block), and they rise only roughly with time.
 */

export interface OrderNumbers {
  /** `takenInBlock`: a number that had been taken by its name before, like others of its block; the rest of that block is left out. */
  next(takenInBlock?: number): Promise<number>;
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
    async next(takenInBlock) {
      // Many requests may find out about one block; only the first of them ends it.
      if (takenInBlock !== undefined && takenInBlock >= end - BLOCK_SIZE && takenInBlock < next) next = end;
      while (next >= end) {
        fetching ??= refill().finally(() => (fetching = undefined));
        await fetching;
      }
      return next++;
    },
  };
}
