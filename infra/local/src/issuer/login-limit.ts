// How often somebody may be wrong at the login page: per user and in all, within a quarter of an hour.

export type LoginLimit = {
  /** How long this user has to wait, in ms; 0 when he need not. */
  waitMs(user: string): number;
  countWrong(user: string): void;
};

const WITHIN_MS = 900_000;
const MOST = { user: 20, all: 100 } as const;
const ALL = '';

/** `known`: users that there are. Wrong tries with other names count to all of them together. */
export function loginLimit(known: ReadonlySet<string>, nowMs: () => number): LoginLimit {
  const wrong = new Map<string, { count: number; readonly sinceMs: number }>();
  const current = (key: string): { count: number; readonly sinceMs: number } => {
    const found = wrong.get(key);
    if (found !== undefined && found.sinceMs > nowMs() - WITHIN_MS) return found;
    const made = { count: 0, sinceMs: nowMs() };
    wrong.set(key, made);
    return made;
  };
  const keysOf = (user: string): string[] => (known.has(user) ? [ALL, user] : [ALL]);
  return {
    waitMs: (user) => Math.max(0, ...keysOf(user).map((key) => {
      const { count, sinceMs } = current(key);
      return count >= (key === ALL ? MOST.all : MOST.user) ? sinceMs + WITHIN_MS - nowMs() : 0;
    })),
    countWrong(user) {
      for (const key of keysOf(user)) current(key).count += 1;
    },
  };
}
