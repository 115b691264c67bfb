/**
 * Rows that are asked for one by one and read together: what comes while two statements are under way goes into the next one. For what
 * an effect must know right before it calls outside: hundreds of them run at once.
 */
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';

/** `read` gives what there is of these keys, by key. A call is never answered by a read that had begun before it; undefined: there is none. */
export function readTogether<Value>(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>): (key: string) => Promise<Value | undefined> {
  const batches = createMicroBatcher<string, Value | undefined>({
    run: async (keys) => {
      const found = await read(keys);
      return keys.map((key) => found.get(key));
    },
    // A row that cannot be read is none the better for being read alone.
    isSystemic: () => true,
  });
  return (key) => batches.submit(key);
}
