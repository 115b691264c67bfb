/**
 * A growth as SVG: two panels, rate above and memory below, over a logarithmic axis. Both begin at zero, so that what is flat looks flat.
 * Text and lines take the reader's colours, light or dark.
 */
import type { Growth } from './harness/row.ts';

const WIDTH = 640;
const PANEL = 150;
const LEFT = 84;
const RIGHT = 24;
const TOP = 44;
const GAP = 46;
const HEIGHT = TOP + 2 * PANEL + GAP + 44;

interface Panel {
  readonly title: string;
  readonly topY: number;
  readonly color: string;
  readonly values: readonly number[];
}

export function plotOf({ what, rate, points }: Growth): string {
  const sizes = points.map(({ size }) => size);
  const xOf = (size: number): number => {
    const [from, to] = [Math.log10(sizes[0] ?? 1), Math.log10(sizes.at(-1) ?? 1)];
    return LEFT + (to === from ? 0.5 : (Math.log10(size) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  };
  const panels: Panel[] = [
    { title: rate, topY: TOP, color: '#2f6fde', values: points.map(({ perSecond }) => perSecond) },
    { title: 'memory of the process, MB', topY: TOP + PANEL + GAP, color: '#c2571a', values: points.map(({ memoryMb }) => memoryMb) },
  ];
  const bottom = TOP + 2 * PANEL + GAP;
  const labels = sizes.map((size) => text(xOf(size), bottom + 18, size.toLocaleString('en'), 'middle'));
  const description = `${what}: ${points.map(({ size, perSecond, memoryMb }) => `at ${size.toLocaleString('en')} ${Math.round(perSecond).toLocaleString('en')} ${rate}, ${memoryMb} MB`).join('; ')}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(description)}" font-family="system-ui, sans-serif" font-size="12">
<style>text { fill: #333 } .axis { stroke: #999 } .grid { stroke: #ddd } @media (prefers-color-scheme: dark) { text { fill: #ccc } .axis { stroke: #777 } .grid { stroke: #444 } }</style>
${panels.map((panel) => drawn(panel, sizes.map(xOf))).join('\n')}
${labels.join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, what, 'middle')}
</svg>
`;
}

function drawn({ title, topY, color, values }: Panel, xs: readonly number[]): string {
  const most = ceilingOf(Math.max(...values));
  const yOf = (value: number): number => topY + PANEL - (value / most) * PANEL;
  const grid = [0, 0.5, 1].flatMap((share) => {
    const y = yOf(most * share);
    return [`<line class="${share === 0 ? 'axis' : 'grid'}" x1="${LEFT}" y1="${round(y)}" x2="${WIDTH - RIGHT}" y2="${round(y)}"/>`, text(LEFT - 8, y + 4, (most * share).toLocaleString('en'), 'end')];
  });
  const line = values.map((value, index) => `${round(xs[index] ?? 0)},${round(yOf(value))}`);
  return [
    text(LEFT, topY - 12, title, 'start'), ...grid, `<polyline points="${line.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...values.map((value, index) => `<circle cx="${round(xs[index] ?? 0)}" cy="${round(yOf(value))}" r="3.5" fill="${color}"/>`),
  ].join('\n');
}

/** 1, 2 or 5 times a power of ten, and not under the value. */
function ceilingOf(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
