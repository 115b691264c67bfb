/**
 * How an endpoint does, by the density of its errors: never by one failure. Pure.
 *
 * One that is busy is judged by its last minutes: 95 % of at least 20 results failing over ten minutes is the end, half of at least 10 of
 * about the last 100 worth a notice, which is taken back under a fifth. One that has too few results in an hour for that is disabled
 * when nothing but failures came for five days.
 */
const MINUTE_MS = 60_000;
/** What is older is not looked at. */
export const WINDOW_MS = 3_600_000;
const DISABLE = { least: 20, share: 0.95, spanMs: 600_000 };
const NOTICE = { least: 10, about: 100, share: 0.5, over: 0.2 };
const QUIET = { least: 5, spanMs: 5 * 86_400_000 };

/** Results of one minute. */
export interface Minute {
  /** Since the minute began. */
  readonly ageMs: number;
  readonly results: number;
  readonly failed: number;
}

/** What all processes have seen of an endpoint. */
export interface Seen {
  /** Of the last hour, newest first; those without results are left out. */
  readonly minutes: readonly Minute[];
  /** Since the first failure after the last success; null after a success. */
  readonly failingForMs: number | null;
  readonly failedInRow: number;
}

export interface Verdict {
  /** `recovered`: the notice is over. */
  readonly act: 'notice' | 'recovered' | 'disable';
  readonly failed: number;
  readonly of: number;
}

/** `isNoticed`: the notice was given and is not taken back. Undefined when nothing is to be done. */
export function judge({ minutes, failingForMs, failedInRow }: Seen, isNoticed: boolean): Verdict | undefined {
  // The first result of a minute may be as late as its end.
  const busy = lastOf(minutes, (sum, ageMs) => sum.of >= DISABLE.least && ageMs >= DISABLE.spanMs + MINUTE_MS);
  if (busy.isEnough && busy.failed >= busy.of * DISABLE.share) return { act: 'disable', failed: busy.failed, of: busy.of };
  if (failingForMs !== null && failingForMs >= QUIET.spanMs && failedInRow >= QUIET.least) return { act: 'disable', failed: failedInRow, of: failedInRow };
  const { failed, of } = lastOf(minutes, (sum) => sum.of >= NOTICE.about);
  if (of < NOTICE.least) return undefined;
  if (!isNoticed) return failed >= of * NOTICE.share ? { act: 'notice', failed, of } : undefined;
  return failed < of * NOTICE.over ? { act: 'recovered', failed, of } : undefined;
}

interface Sum {
  readonly failed: number;
  readonly of: number;
}

/** The sum over the newest minutes, as few as are enough; over all when they are not. */
function lastOf(minutes: readonly Minute[], isEnough: (sum: Sum, ageMs: number) => boolean): Sum & { readonly isEnough: boolean } {
  let sum: Sum = { failed: 0, of: 0 };
  for (const { ageMs, results, failed } of minutes) {
    sum = { failed: sum.failed + failed, of: sum.of + results };
    if (isEnough(sum, ageMs)) return { ...sum, isEnough: true };
  }
  return { ...sum, isEnough: false };
}
