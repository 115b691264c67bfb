/**
 * Where the marks of a story stand on the screen: side by side where there is room, below one another within their row where there
 * is none. Pure; everything is in pixels.
 */
import type { Mark, Story } from './story.ts';
import type { TimeScale } from './scale.ts';

export const MARK_PX = 18;
const ROW_PADDING_PX = 7;
const MOST_LEVELS = 5;
const LANE_GAP_PX = 10;

export interface PlacedRow {
  readonly key: string;
  readonly topPx: number;
  readonly heightPx: number;
}

export interface PlacedMark {
  readonly mark: Mark;
  readonly xPx: number;
  readonly yPx: number;
}

export interface Placed {
  readonly rows: ReadonlyMap<string, PlacedRow>;
  /** From left to right. */
  readonly marks: readonly PlacedMark[];
  readonly byId: ReadonlyMap<string, PlacedMark>;
  readonly heightPx: number;
}

export function placed({ rows, marks }: Story, { place }: Pick<TimeScale, 'place'>, topPx: number): Placed {
  const ends = new Map<string, number[]>();
  const levels = marks.map(({ row, atMs }) => {
    const x = place(atMs);
    const taken = ends.get(row) ?? [];
    ends.set(row, taken);
    const free = taken.findIndex((end) => end + MARK_PX <= x);
    // Where there is no room left they lie over one another; the axis grows so that this is rare.
    const level = free >= 0 ? free : Math.min(taken.length, MOST_LEVELS - 1);
    taken[level] = x;
    return level;
  });
  const placedRows = new Map<string, PlacedRow>();
  let top = topPx;
  for (const [index, { key, lane }] of rows.entries()) {
    if (index > 0 && rows[index - 1]?.lane !== lane) top += LANE_GAP_PX;
    const heightPx = Math.max(1, ends.get(key)?.length ?? 1) * MARK_PX + 2 * ROW_PADDING_PX;
    placedRows.set(key, { key, topPx: top, heightPx });
    top += heightPx;
  }
  const all = marks.map((mark, index): PlacedMark => ({
    mark, xPx: place(mark.atMs), yPx: (placedRows.get(mark.row)?.topPx ?? 0) + ROW_PADDING_PX + ((levels[index] ?? 0) + 0.5) * MARK_PX,
  }));
  return { rows: placedRows, marks: all, byId: new Map(all.map((one) => [one.mark.id, one])), heightPx: top };
}

/** Those of which a part may be seen. */
export function seen<Thing>(things: readonly Thing[], span: (thing: Thing) => readonly [number, number], fromPx: number, toPx: number): Thing[] {
  return things.filter((thing) => {
    const [a, b] = span(thing);
    return Math.max(a, b) >= fromPx && Math.min(a, b) <= toPx;
  });
}

/** Arrows that are drawn at once, at most. */
const MOST_ARROWS = 400;

export interface PlacedArrow {
  readonly a: PlacedMark;
  readonly b: PlacedMark;
  readonly isOfChosen: boolean;
}

/** Those of which an end is in sight, those of the chosen mark last and so on top; none of the others where they are too many to be told apart. */
export function arrowsInSight({ arrows }: Pick<Story, 'arrows'>, byId: Placed['byId'], chosen: string, fromPx: number, toPx: number): PlacedArrow[] {
  const inSight = ({ xPx }: PlacedMark): boolean => xPx >= fromPx && xPx <= toPx;
  const found = arrows.flatMap(({ from, to }): PlacedArrow[] => {
    const [a, b] = [byId.get(from), byId.get(to)];
    return a === undefined || b === undefined || !(inSight(a) || inSight(b)) ? [] : [{ a, b, isOfChosen: from === chosen || to === chosen }];
  });
  const others = found.filter(({ isOfChosen }) => !isOfChosen);
  return [...(others.length > MOST_ARROWS ? others.filter(({ a, b }) => inSight(a) && inSight(b)).slice(0, MOST_ARROWS) : others), ...found.filter(({ isOfChosen }) => isOfChosen).slice(0, MOST_ARROWS)];
}

/** From a cause to its effect: bent where they stand in different rows, flat where they stand in one. */
export function arrowPath(from: Pick<PlacedMark, 'xPx' | 'yPx'>, to: Pick<PlacedMark, 'xPx' | 'yPx'>): string {
  const half = MARK_PX / 2 - 1;
  const down = to.yPx === from.yPx ? 0 : Math.sign(to.yPx - from.yPx);
  const [x1, y1, x2, y2] = [from.xPx + (down === 0 ? half : 2), from.yPx + down * half, to.xPx - half - 2, to.yPx];
  if (down === 0 || x2 - x1 < 6) return `M${round(x1)} ${round(y1)}L${round(down === 0 ? x2 : to.xPx)} ${round(down === 0 ? y2 : to.yPx - down * (half + 2))}`;
  const bend = Math.min(40, (x2 - x1) / 2);
  return `M${round(x1)} ${round(y1)}C${round(x1)} ${round(y1 + down * 14)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`;
}

function round(px: number): number {
  return Math.round(px * 10) / 10;
}
