/**
 * The first half of the keys of advisory locks that a session holds for as long as it lives. In one place, for who holds one is counted:
 * two uses of one class take each other for their own.
 */
export const LOCK_CLASSES = {
  /** Held by each worker: who holds it is alive. */
  workers: 1_702_258_030,
  /** Held by each process that hears of erasures. */
  erasures: 1_702_258_031,
  /** Held by each process that hears the live bus of others over PostgreSQL. */
  liveBus: 1_702_258_032,
} as const;
