/** Makes the tables of docs/speed.md of the kept run, between its marks, so that the figures there are the command's. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Growth } from './harness/row.ts';
import type { KeptRow } from './kept-run.ts';
import { readRun, RUN_FILE } from './kept-run.ts';
import { plotOf } from './plot.ts';
import { REACH, verdictOf } from './reach.ts';
import { figures } from './told.ts';

/** docs/speed.md. */
export const PAGE = new URL('../../docs/speed.md', import.meta.url);
const PLOTS = new URL('../../docs/speed/', import.meta.url);
/** A rate that stays within this share of the first, and memory that does not grow by more, is flat. */
const FLAT_RATE = 0.7;
const FLAT_MEMORY = 1.5;

export async function writePage(): Promise<void> {
  const rows = await readRun(RUN_FILE);
  await writeFile(PAGE, pageWith(await readFile(PAGE, 'utf8'), rows));
  await mkdir(PLOTS, { recursive: true });
  for (const growth of growthsOf(rows)) await writeFile(new URL(`${growth.id}.svg`, PLOTS), plotOf(growth));
}

/** The page with the tables of these rows. Throws when a place for one is missing. */
export function pageWith(page: string, rows: readonly KeptRow[]): string {
  const tables = { reach: reachTable(rows), rows: rowTables(rows.filter(({ lines }) => lines.length > 0)), growth: growthTable(rows) };
  return Object.entries(tables).reduce((written, [name, text]) => between(written, name, text), page);
}

function growthsOf(rows: readonly KeptRow[]): readonly Growth[] {
  return rows.flatMap(({ growths = [] }) => growths);
}

function growthTable(rows: readonly KeptRow[]): string {
  const lines = growthsOf(rows).map(({ id, what, rate, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return '';
    const stays = (flat: boolean): string => (flat ? 'flat' : '**not flat**');
    const rates = points.map(({ perSecond }) => perSecond);
    return `| ${rate} | ${what}: ${first.size.toLocaleString('en')} to ${last.size.toLocaleString('en')} | ${rates.map(shown).join(' → ')}: ${stays(Math.min(...rates) >= first.perSecond * FLAT_RATE)} | ${points.map(({ memoryMb }) => memoryMb).join(' → ')}: ${stays(last.memoryMb <= first.memoryMb * FLAT_MEMORY)} | [plot](speed/${id}.svg) |`;
  });
  const kept = rows.find(({ growths }) => growths !== undefined);
  return ['', ...(kept === undefined ? [] : [`Measured ${kept.day} on ${kept.machine.cores} cores (${kept.machine.cpu.trim()}), one run.`, '']), '| what is counted | what grows | rate | memory, MB | |', '|---|---|---|---|---|', ...lines, '', ...growthsOf(rows).map(({ id, what, rate }) => `![${rate}, and memory, over ${what}](speed/${id}.svg)\n`)].join('\n');
}

/** The page with `text` between two marks of this name. Throws when they are missing. */
function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: made by pnpm bench --write -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/speed.md has no place for "${name}": "${begin}" and "${end}".`);
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}

function reachTable(rows: readonly KeptRow[]): string {
  const lines = REACH.map((reach) => {
    const row = rows.find(({ judged }) => judged.some(({ id }) => id === reach.id));
    const figure = row?.judged.find(({ id }) => id === reach.id);
    const sign = (figure?.unit ?? (reach.id.includes('p50') || reach.id.includes('p99') ? 'ms' : '×')) === '×' ? '≥' : '≤';
    const unit = sign === '≥' ? '×' : 'ms';
    const value = figure === undefined ? '' : `${shown(figure.value)} ${unit}`;
    return `| ${reach.what} | ${sign} ${reach.must} ${unit} | ${sign} ${reach.aim} ${unit} | ${value} | ${VERDICTS[verdictOf(reach, figure)]} |`;
  });
  return ['', '| what | must | aim | measured | |', '|---|---|---|---|---|', ...lines, ''].join('\n');
}

const VERDICTS = { aim: 'as aimed at', must: 'as it must be', missed: '**missed**', 'not measured': 'not measured' } as const;

function rowTables(rows: readonly KeptRow[]): string {
  return rows.map(({ title, lines, judged, day, machine }) => [
    '', `**${title}** (${day}, ${machine.cores} cores, ${machine.cpu.trim()}, Node ${machine.node}, ${lines[0]?.rounds ?? 0} rounds)`, '',
    '| | per second | p50 ms | p99 ms | CPU µs each, Node | PostgreSQL | others used |', '|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line.name} | ${figures(line).map((value) => (typeof value === 'number' ? shown(value) : (value ?? ''))).join(' | ')} |`), '',
    ...judged.map(({ what, value, unit }) => `- ${what}: ${shown(value)} ${unit}`), '',
  ].join('\n')).join('\n');
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
