/** Values over time, drawn by uPlot; the same values stand in a table for who does not see it. */
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface SeriesProps {
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** One line each; null where there is no value. */
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[]; readonly tone: 'accent' | 'good' | 'warn' | 'bad' | 'held' }[];
  readonly unit: string;
  readonly heightPx?: number;
}

/** Values without a neighbour: no line leads to them, so they are drawn as points. */
function alone(values: readonly (number | null | undefined)[]): number[] {
  return values.flatMap((value, index) => (value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : []));
}

/** On the axis: the day, the minute or the second, as finely as the lines stand. */
function timeText(seconds: number, stepSeconds: number): string {
  const date = new Date(seconds * 1_000);
  if (stepSeconds >= 86_400) return date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', ...(stepSeconds < 60 && { second: '2-digit' }), hour12: false });
}

export function Series({ label, times, lines, unit, heightPx = 180 }: SeriesProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const names = lines.map(({ name, tone }) => `${name}:${tone}`).join('|');
  const plot = useRef<uPlot>(undefined);
  const data = [[...times], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
  const made = useEffectEvent((element: HTMLDivElement): uPlot => {
    const colour = (name: string): string => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour('text-soft'), grid: { stroke: colour('line') }, ticks: { stroke: colour('line') } };
    return new uPlot({
      width: element.clientWidth, height: heightPx, cursor: { y: false }, legend: { live: true },
      axes: [{ ...axis, values: (_, splits, _index, _space, stepSeconds) => splits.map((split) => timeText(split, stepSeconds)) }, { ...axis, size: 46 + unit.length * 7, values: (_, values) => values.map((value) => `${value.toLocaleString()} ${unit}`) }],
      series: [{}, ...lines.map(({ name, tone }, index) => ({ label: name, stroke: colour(tone), width: 2, dash: index === 0 ? [] : [6, 3 * index], spanGaps: false, points: { show: true, size: 7, fill: colour(tone), filter: (plotted: uPlot, line: number) => alone([...(plotted.data[line] ?? [])]) } }))],
    }, data, element);
  });
  const shape = `${names} ${unit} ${heightPx}`;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const drawn = made(element);
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: drawn.height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data));
  return (
    <figure className="series">
      <figcaption>{label}</figcaption>
      <div ref={place} aria-hidden="true" />
      <details><summary>As a table</summary>
        <table>
          <thead><tr><th scope="col">Time</th>{lines.map(({ name }) => <th scope="col" key={name}>{name}, {unit}</th>)}</tr></thead>
          <tbody>{times.map((time, index) => <tr key={time}><th scope="row">{new Date(time * 1_000).toLocaleTimeString()}</th>{lines.map(({ name, values }) => <td key={name}>{values[index] ?? '–'}</td>)}</tr>)}</tbody>
        </table>
      </details>
    </figure>
  );
}
