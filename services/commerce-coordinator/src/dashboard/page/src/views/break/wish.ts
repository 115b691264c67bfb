/** What one asks the lab for, from what was typed. Pure. */
import type { Breakable, Kind, Outcome, Wish } from './lab-data.ts';
import type { Tone } from '../../parts/status.tsx';

/** As it stands in the fields. */
export interface Typed {
  readonly seconds: string;
  readonly latencyMs: string;
  /** In percent. */
  readonly share: string;
  /** Empty: one is drawn. */
  readonly seed: string;
}

const USUAL_SECONDS = 30;
const MOST_SEED = 2 ** 32 - 1;
const MOST_LATENCY_MS = 60_000;

export function usual({ maxSeconds, latencyMs, share }: Breakable): Typed {
  return { seconds: String(Math.min(USUAL_SECONDS, maxSeconds)), latencyMs: latencyMs === null ? '' : String(latencyMs), share: share === null ? '' : String(Math.round(share * 100)), seed: '' };
}

/** The wish, or what is wrong, by field. */
export function wishOf({ kind, maxSeconds, latencyMs, share }: Breakable, typed: Typed): { readonly wish: Wish } | { readonly faults: Partial<Record<keyof Typed, string>> } {
  const faults: Partial<Record<keyof Typed, string>> = {};
  const number = (field: keyof Typed, least: number, most: number): number => {
    const value = Number(typed[field]);
    if (typed[field].trim() === '' || !Number.isInteger(value) || value < least || value > most) faults[field] = `A whole number from ${least.toLocaleString()} to ${most.toLocaleString()}.`;
    return value;
  };
  const wish: Wish = {
    kind, seconds: number('seconds', 1, maxSeconds), ...(latencyMs !== null && { latencyMs: number('latencyMs', 1, MOST_LATENCY_MS) }), ...(share !== null && { share: number('share', 1, 100) / 100 }),
    ...(typed.seed.trim() !== '' && { seed: number('seed', 0, MOST_SEED) }),
  };
  return Object.keys(faults).length > 0 ? { faults } : { wish };
}

/** How the banner looks. */
export function bannerTone({ state, orders: { touched, lost, doubled }, unread }: Outcome): Tone {
  if (lost > 0 || doubled > 0) return 'bad';
  // Not everything could be asked: nothing is said to be good.
  if (unread.length > 0 && state === 'settled') return 'busy';
  // Nothing was there to be judged.
  if (touched === 0 && state === 'settled') return 'plain';
  return { never: 'plain', broken: 'warn', recovering: 'busy', settled: 'good' }[state] as Tone;
}

/** How something is while it is broken so. */
export const STATES: Readonly<Record<Kind, string>> = { down: 'down', slow: 'slow', duplicate: 'duplicating', reorder: 'reordering', partial: 'failing in part', drop: 'dropping', stalled: 'stalled', unknown: 'given bad messages' };

export const STATE_WORDS: Readonly<Record<Outcome['state'], string>> = { never: 'nothing broken yet', broken: 'broken on purpose', recovering: 'recovering', settled: 'recovered' };

export function secondsLeft(endsAt: string, nowMs: number): number {
  return Math.max(0, Math.ceil((Date.parse(endsAt) - nowMs) / 1_000));
}
