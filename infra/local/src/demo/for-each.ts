// What happens to each item of a list, several at a time. Pure but for what is done.

/** At most `atOnce` at a time. The first error ends it. */
export async function forEach<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await act(item);
    }),
  );
}
