/** What trying out a redrive has told. Pure. */
import type { WholeLetter } from './selection.ts';

export interface TriedOut {
  readonly looked: number;
  /** What is in the log already is tried again anyhow, and counts as accepted. */
  readonly accepted: number;
  /** How many would be refused, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly problem: string | undefined;
}

export function summaryOf(letters: readonly Pick<WholeLetter, 'now' | 'reason'>[]): TriedOut {
  const refused = new Map<string, number>();
  for (const { now, reason } of letters) {
    if (now === null || now.isAccepted) continue;
    const why = now.reason ?? reason;
    refused.set(why, (refused.get(why) ?? 0) + 1);
  }
  const looked = letters.length;
  return { looked, accepted: looked - [...refused.values()].reduce((sum, one) => sum + one, 0), refused, problem: undefined };
}
