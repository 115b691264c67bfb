/**
 * Where a moment stands on the axis of a story. An order may take three seconds or three days, with most of what happens within
 * moments: `shortenedScale` gives every wait room, long ones less than their share, and says which are shortened.
 * `trueScale` is as time is. Pure; moments are milliseconds since the order began, places are pixels.
 */
export interface TimeScale {
  readonly widthPx: number;
  readonly place: (ms: number) => number;
  /** Waits that are much shorter on the axis than they were. */
  readonly breaks: readonly Break[];
  readonly ticks: readonly Tick[];
}

export interface Break {
  readonly fromPx: number;
  readonly toPx: number;
  /** How long it was. */
  readonly ms: number;
}

export interface Tick {
  readonly px: number;
  readonly ms: number;
  /** As exact as it must be to differ from its neighbours. */
  readonly text: string;
}

/** A gap of the middle length is one unit wide, and no gap is wider than this. */
const WIDEST_UNITS = 6;
/** So that marks that follow one another can be told apart. */
const LEAST_PX_PER_UNIT = 9;
const TICK_EVERY_PX = 96;
const MARGIN_PX = 16;

/** `times`: of everything that is drawn, in any order. `widthPx`: of what is seen; the axis is longer where there is much to show. */
export function shortenedScale(times: readonly number[], widthPx: number, zoom = 1): TimeScale {
  const knots = distinct(times);
  const gaps = knots.slice(1).map((ms, index) => ms - (knots[index] ?? 0));
  const middle = Math.max(1, gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 1);
  const units = gaps.map((gap) => Math.min(WIDEST_UNITS, Math.log2(1 + gap / middle)));
  const all = units.reduce((sum, unit) => sum + unit, 0);
  const inner = Math.max((widthPx - 2 * MARGIN_PX) * zoom, all * LEAST_PX_PER_UNIT * zoom, 1);
  const places: number[] = [MARGIN_PX];
  for (const unit of units) places.push((places.at(-1) ?? 0) + (unit / Math.max(all, 1e-9)) * inner);
  const breaks = gaps.flatMap((ms, index): Break[] => (ms / middle < 2 ** WIDEST_UNITS ? [] : [{ fromPx: places[index] ?? 0, toPx: places[index + 1] ?? 0, ms }]));
  return { widthPx: inner + 2 * MARGIN_PX, place: between(knots, places), breaks, ticks: ticksAt(knots, places) };
}

export function trueScale(times: readonly number[], widthPx: number, zoom = 1): TimeScale {
  const knots = distinct(times);
  const first = knots[0] ?? 0;
  const spanMs = Math.max(1, (knots.at(-1) ?? 0) - first);
  const inner = Math.max(1, widthPx - 2 * MARGIN_PX) * zoom;
  const step = roundStep((spanMs * TICK_EVERY_PX) / inner);
  const place = between([first, first + spanMs], [MARGIN_PX, MARGIN_PX + inner]);
  const count = Math.floor(spanMs / step) + 1;
  const ticks = Array.from({ length: count }, (_, index) => ({ ms: first + index * step, px: place(first + index * step) }));
  return { widthPx: inner + 2 * MARGIN_PX, place, breaks: [], ticks: labelled(ticks) };
}

function distinct(times: readonly number[]): number[] {
  return [...new Set(times)].toSorted((a, b) => a - b);
}

/** Straight from knot to knot; what lies outside stands at the end. */
function between(knots: readonly number[], places: readonly number[]): (ms: number) => number {
  return (ms) => {
    let low = 0;
    let high = knots.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((knots[middle] ?? 0) <= ms) low = middle;
      else high = middle - 1;
    }
    const [from = 0, to = from] = knots.slice(low, low + 2);
    const [fromPx = MARGIN_PX, toPx = fromPx] = places.slice(low, low + 2);
    const share = to === from ? 0 : Math.min(1, Math.max(0, (ms - from) / (to - from)));
    return fromPx + share * (toPx - fromPx);
  };
}

function ticksAt(knots: readonly number[], places: readonly number[]): Tick[] {
  const ticks: { ms: number; px: number }[] = [];
  for (const [index, ms] of knots.entries()) {
    const px = places[index] ?? 0;
    if (px - (ticks.at(-1)?.px ?? -TICK_EVERY_PX) >= TICK_EVERY_PX) ticks.push({ ms, px });
  }
  return labelled(ticks);
}

function labelled(ticks: readonly { readonly ms: number; readonly px: number }[]): Tick[] {
  return ticks.map(({ ms, px }, index) => {
    const nearest = Math.min(...[ticks[index - 1], ticks[index + 1]].map((one) => (one === undefined ? Infinity : Math.abs(one.ms - ms))));
    return { ms, px, text: sinceText(ms, nearest) };
  });
}

/** +15.57 s, +2 h 5 min: `ms` after the beginning, told so exactly that what is `apartMs` away reads differently. */
export function sinceText(ms: number, apartMs: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `+${Math.round(ms)} ms`;
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(apartMs >= 1_000 ? 0 : apartMs >= 100 ? 1 : apartMs >= 10 ? 2 : 3)} s`;
  const [days, hours, minutes, seconds] = [Math.floor(ms / 86_400_000), Math.floor(ms / 3_600_000) % 24, Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1_000];
  const parts = [days > 0 ? `${days} d` : '', hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : '', apartMs < 60_000 ? `${seconds.toFixed(apartMs >= 1_000 ? 0 : apartMs >= 100 ? 1 : 2)} s` : ''].filter((part) => part !== '');
  // Days and the milliseconds between two of them do not stand in one label.
  return `+${parts.slice(apartMs < 60_000 ? -2 : 0).slice(0, 2).join(' ')}`;
}

const STEPS_MS = [1, 1_000, 60_000, 3_600_000, 86_400_000].flatMap((unit, index) => (index < 1 ? [1, 2, 5, 10, 20, 50, 100, 200, 500] : index < 3 ? [1, 2, 5, 10, 15, 30] : index < 4 ? [1, 2, 3, 6, 12] : [1, 2, 5, 10, 30, 100, 365]).map((many) => many * unit));

function roundStep(leastMs: number): number {
  return STEPS_MS.find((step) => step >= leastMs) ?? leastMs;
}
