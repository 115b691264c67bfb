/**
 * The timeline as a picture: lanes with rows, one axis. Only what is in sight is drawn, so that thousands of events cost what dozens do.
 * Marks are buttons: one of them takes part in the tab order, arrows go from one to the next, Enter opens its details.
 */
import { useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { exactText, spanText } from '../../parts/moment-text.ts';
import { arrowPath, arrowsInSight, MARK_PX, placed, seen } from './placing.ts';
import type { PlacedMark } from './placing.ts';
import { shortenedScale, trueScale } from './scale.ts';
import { LANES } from './story.ts';
import type { Lane, Story } from './story.ts';

interface ChartProps {
  readonly story: Story;
  /** Of offset 0. */
  readonly startMs: number;
  readonly isTrue: boolean;
  readonly zoom: number;
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

const AXIS_PX = 26;
const BAR_PX = 8;
/** Drawn on either side of what is seen, and how far one scrolls until it is drawn anew. */
const BESIDE_PX = 400;
const STEP_PX = 200;
const LANE_NAMES: Readonly<Record<Lane, string>> = { cc: 'Commerce Coordinator', of: 'Order Fulfillment and others', bus: 'Bus', webhooks: 'Webhooks' };

export function Chart({ story, startMs, isTrue, zoom, chosen, onChoose }: ChartProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ leftPx: 0, widthPx: 900 });
  const look = useEffectEvent(() => {
    const element = scroller.current;
    if (element === null) return;
    // More than what is seen is drawn, so that not every pixel draws it anew.
    const leftPx = element.scrollLeft - (element.scrollLeft % STEP_PX);
    if (leftPx !== view.leftPx || element.clientWidth !== view.widthPx) setView({ leftPx, widthPx: element.clientWidth });
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    look();
    const resized = new ResizeObserver(() => look());
    resized.observe(element);
    return () => resized.disconnect();
  }, []);

  const scale = useMemo(() => {
    const times = [...story.marks.map(({ atMs }) => atMs), ...story.bars.flatMap(({ fromMs, toMs, kind }) => (kind === 'open' || kind === 'way' ? [fromMs, toMs] : []))];
    return (isTrue ? trueScale : shortenedScale)(times, view.widthPx, zoom);
  }, [story, isTrue, zoom, view.widthPx]);
  const { rows, marks, byId, heightPx } = useMemo(() => placed(story, scale, AXIS_PX), [story, scale]);
  const [current, setCurrent] = useState('');
  const focused = byId.has(current) ? current : byId.has(chosen) ? chosen : marks[0]?.mark.id ?? '';

  const show = useEffectEvent((id: string) => {
    const x = byId.get(id)?.xPx;
    const element = scroller.current;
    if (x === undefined || element === null) return;
    if (x < element.scrollLeft + MARK_PX || x > element.scrollLeft + element.clientWidth - MARK_PX) element.scrollLeft = x - element.clientWidth / 2;
  });
  useEffect(() => show(chosen), [chosen, zoom, isTrue]);

  const go = (event: KeyboardEvent): void => {
    const index = marks.findIndex(({ mark }) => mark.id === focused);
    const to = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: marks.length - 1 }[event.key];
    const next = to === undefined ? undefined : marks[to];
    if (next === undefined) return;
    event.preventDefault();
    setCurrent(next.mark.id);
    show(next.mark.id);
    requestAnimationFrame(() => requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>('[data-current]')?.focus({ preventScroll: true })));
  };

  const from = Math.max(0, view.leftPx - BESIDE_PX);
  const to = Math.min(Math.max(scale.widthPx, view.widthPx), view.leftPx + view.widthPx + BESIDE_PX);
  const arrows = arrowsInSight(story, byId, chosen, from, to);
  return (
    <div className="chart">
      <div className="chart-names" aria-hidden="true" style={{ height: heightPx }}>
        {story.rows.map(({ key, name, lane }, index) => {
          const row = rows.get(key);
          const isFirst = story.rows[index - 1]?.lane !== lane;
          return <div key={key} className={`chart-name ${lane}`} style={{ top: row?.topPx, height: row?.heightPx }} title={`${LANE_NAMES[lane]}: ${name}`}>{isFirst && <b>{SHORT[lane]}</b>}<span>{name}</span></div>;
        })}
      </div>
      <div className="chart-scroll" ref={scroller} onScroll={look}>
        <div className="chart-space" style={{ width: scale.widthPx, height: heightPx }} role="group" aria-label="Timeline: arrow keys go from step to step, Enter opens one" onKeyDown={go}>
          <svg width={to - from} height={heightPx} viewBox={`${from} 0 ${to - from} ${heightPx}`} style={{ left: from }} aria-hidden="true">
            <defs>
              <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line className="hatch-line" x1="0" y1="0" x2="0" y2="6" /></pattern>
              <marker id="arrow-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path className="arrow-head" d="M0 0.5L8 4L0 7.5z" /></marker>
            </defs>
            {story.rows.map(({ key, lane }) => <rect key={key} className={`lane ${lane}`} x={from} y={rows.get(key)?.topPx} width={to - from} height={rows.get(key)?.heightPx} />)}
            {seen(scale.ticks, ({ px }) => [px, px], from, to).map(({ px, text }) => <g key={px}><line className="grid" x1={px} x2={px} y1={AXIS_PX - 6} y2={heightPx} /><text className={px > scale.widthPx - 30 ? 'tick last' : 'tick'} x={px} y={14}>{text}</text></g>)}
            {seen(scale.breaks, ({ fromPx, toPx }) => [fromPx, toPx], from, to).map(({ fromPx, toPx, ms }) => <BreakMark key={fromPx} xPx={(fromPx + toPx) / 2} ms={ms} heightPx={heightPx} />)}
            {seen(story.bars.map((bar, index) => ({ ...bar, index, x1: scale.place(bar.fromMs), x2: scale.place(bar.toMs) })), ({ x1, x2 }) => [x1, x2], from, to).map(({ kind, row, index, x1, x2 }) => {
              const place = rows.get(row);
              if (place === undefined) return null;
              const [left, right] = [Math.max(x1, from - BAR_PX), Math.min(x2, to + BAR_PX)];
              const y = place.topPx + place.heightPx / 2 - (kind === 'work' || kind === 'way' ? 1 : BAR_PX / 2);
              const height = kind === 'work' || kind === 'way' ? 2 : BAR_PX;
              return <g key={index} className={`bar ${kind}`}><rect x={left} y={y} width={Math.max(1, right - left)} height={height} rx="2" />{height === BAR_PX && <rect className="hatched" x={left} y={y} width={Math.max(1, right - left)} height={height} rx="2" />}</g>;
            })}
            {arrows.map(({ a, b, isOfChosen }) => <path key={`${a.mark.id} ${b.mark.id}`} className={isOfChosen ? 'arrow chosen' : 'arrow'} d={arrowPath(a, b)} markerEnd="url(#arrow-head)" />)}
          </svg>
          {seen(marks, ({ xPx }) => [xPx, xPx], from, to).map(({ mark, xPx, yPx }) => (
            <MarkButton key={mark.id} at={{ mark, xPx, yPx }} startMs={startMs} isChosen={mark.id === chosen} isCurrent={mark.id === focused} onChoose={() => { setCurrent(mark.id); onChoose(mark.id === chosen ? '' : mark.id); }} />
          ))}
        </div>
      </div>
    </div>
  );
}

const SHORT: Readonly<Record<Lane, string>> = { cc: 'CC', of: 'OF', bus: 'Bus', webhooks: 'Webhooks' };

function BreakMark({ xPx, ms, heightPx }: { readonly xPx: number; readonly ms: number; readonly heightPx: number }): ReactNode {
  const zigzag = Array.from({ length: Math.ceil((heightPx - AXIS_PX) / 8) }, (_, index) => `${index === 0 ? 'M' : 'L'}${xPx + (index % 2 === 0 ? -3 : 3)} ${AXIS_PX + index * 8}`).join('');
  return <g className="break"><path d={zigzag} /><text x={xPx} y={AXIS_PX + 2}>{spanText(ms)}</text></g>;
}

interface MarkButtonProps {
  readonly at: PlacedMark;
  readonly startMs: number;
  readonly isChosen: boolean;
  readonly isCurrent: boolean;
  readonly onChoose: () => void;
}

function MarkButton({ at: { mark, xPx, yPx }, startMs, isChosen, isCurrent, onChoose }: MarkButtonProps): ReactNode {
  const when = `+${spanText(mark.atMs)}`;
  return (
    <button
      type="button" className={`mark ${mark.kind} ${mark.tone}`} style={{ transform: `translate(${xPx - MARK_PX / 2}px, ${yPx - MARK_PX / 2}px)` }} tabIndex={isCurrent ? 0 : -1} data-current={isCurrent ? '' : undefined}
      aria-expanded={isChosen} aria-label={`${mark.name}, ${when}`} title={`${mark.name}\n${when}, ${exactText(new Date(startMs + mark.atMs).toISOString())}\n${mark.text}`} onClick={onChoose}
    ><span aria-hidden="true" /></button>
  );
}

/** For who looks at the picture for the first time. */
export function Legend(): ReactNode {
  return (
    <details className="legend">
      <summary>What the signs say</summary>
      <ul>
        {SIGNS.map(([kind, text]) => <li key={kind}><span className={`mark ${kind} busy still`} aria-hidden="true"><span /></span>{text}</li>)}
        <li><svg width="34" height="12" aria-hidden="true"><g className="bar waiting"><rect x="0" y="2" width="34" height="8" rx="2" /><rect className="hatched" x="0" y="2" width="34" height="8" rx="2" /></g></svg>it was waited for</li>
        <li><svg width="34" height="12" aria-hidden="true"><g className="bar open"><rect x="0" y="2" width="34" height="8" rx="2" /><rect className="hatched" x="0" y="2" width="34" height="8" rx="2" /></g></svg>it is waited for now</li>
        <li><svg width="34" height="12" aria-hidden="true"><path className="arrow chosen" d="M1 6L30 6" markerEnd="url(#arrow-head)" /></svg>caused</li>
      </ul>
      <p className="soft">Rows: {LANES.map((lane) => `${SHORT[lane]}: ${LANE_NAMES[lane]}`).join(' · ')}. Green went well, red failed, yellow needs an eye; blue is on its way.</p>
    </details>
  );
}

const SIGNS: readonly (readonly [string, string])[] = [
  ['event', 'it happened'], ['asked', 'somebody asked for it'], ['clock', 'a timer or a job brought it'], ['told', 'another service told it'], ['arrived', 'it came in over the bus'],
  ['failed', 'an attempt failed'], ['duplicate', 'came again, applied once'], ['ignored', 'nothing was done, by a rule'], ['sent', 'sent to a webhook'],
];
