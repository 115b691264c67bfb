/**
 * Shows events as they pass: the way is lit for a moment, and a few dots run along it. What is drawn is bounded, whatever happens; nothing
 * moves for who has asked for less motion.
 */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { useLive } from '../../live.ts';
import { dotsFor, lit, waysByType } from './lights.ts';

const MOST_DOTS = 24;
/** Ways are lit and dots begin so many at once, not with each frame. */
const TOGETHER_MS = 150;
const RUN_MS = 1_100;
const LIT_MS = 700;
/** Between two dots of one way. */
const APART_MS = 140;

/** `map`: where the lines are, each with the id of its way. `layer`: where the dots stand, in the coordinates of the map. */
export function useDots(waysOf: ReturnType<typeof waysByType>, map: RefObject<HTMLElement | null>, layer: RefObject<HTMLDivElement | null>): void {
  const running = useRef(0);
  const dimming = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const passed = useRef(new Map<string, number>());
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLive((events) => {
    for (const [id, count] of lit(waysOf, events)) passed.current.set(id, (passed.current.get(id) ?? 0) + count);
    due.current ??= setTimeout(show, TOGETHER_MS);
  });
  useEffect(() => () => clearTimeout(due.current), []);

  function show(): void {
    due.current = undefined;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden;
    const counts = passed.current;
    passed.current = new Map();
    for (const [id, count] of counts) {
      const line = map.current?.querySelector<SVGPathElement>(`path[data-way="${CSS.escape(id)}"]`);
      if (line === undefined || line === null) continue;
      light(id, line, dimming.current);
      if (!still) run(line, dotsFor(count, MOST_DOTS - running.current));
    }
  }

  function run(line: SVGPathElement, count: number): void {
    for (let index = 0; index < count && layer.current !== null; index += 1) {
      const dot = document.createElement('div');
      dot.className = 'flow-dot';
      dot.style.setProperty('offset-path', `path("${line.getAttribute('d') ?? ''}")`);
      layer.current.append(dot);
      running.current += 1;
      const over = (): void => {
        dot.remove();
        running.current -= 1;
      };
      dot.animate([{ offsetDistance: '0%', opacity: 0 }, { offsetDistance: '6%', opacity: 1, offset: 0.06 }, { offsetDistance: '92%', opacity: 1, offset: 0.92 }, { offsetDistance: '100%', opacity: 0 }], { duration: RUN_MS, delay: index * APART_MS, easing: 'ease-in-out', fill: 'backwards' })
        .finished.then(over, over);
    }
  }
}

function light(id: string, line: SVGPathElement, dimming: Map<string, ReturnType<typeof setTimeout>>): void {
  line.classList.add('lit');
  clearTimeout(dimming.get(id));
  dimming.set(id, setTimeout(() => {
    line.classList.remove('lit');
    dimming.delete(id);
  }, LIT_MS));
}
