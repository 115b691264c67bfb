/**
 * `pnpm bench [--small] [--only name,…] [--rounds 5] [--seconds 4] [--json file] [--accept] [--write]`: how fast the pair is on this
 * machine, each row beside its peers and its ceiling in the same run, in one table.
 *
 * Machines differ and are noisy: so ratios of one run count, medians of rounds in rotated order, and what was measured while others used
 * more than a fifth of the machine is measured again and, if it stays so, told. `--small` runs every row briefly, with fewer contenders, and ends with code 1
 * when a ratio has fallen under half of what expected.json keeps, twice in a row; `--accept` keeps the ratios of this run there. `--json`
 * keeps all figures in a file, beside those of rows that did not run; `--write` keeps them in docs/speed/run.json and makes the tables and
 * plots of docs/speed.md of it, with `--only docs` without measuring anything. `--held-seconds 600` and `--largest-log 10000000` are for a
 * long run; ingest modes, history, sealing, analytics, rebuilds and personal data have commands of their own.
 */
import { readOptions } from '../kit/options.ts';
import { acceptRatios, fallen, readExpected } from './expected.ts';
import type { Fallen } from './expected.ts';
import { thisMachine } from './harness/machine.ts';
import type { Row, RowResult, Settings } from './harness/row.ts';
import { keepRun, RUN_FILE } from './kept-run.ts';
import { GROWTH } from './growth/row.ts';
import { ROWS } from './rows.ts';
import { toldMachine, toldRows } from './told.ts';
import { writePage } from './write-page.ts';

const { values } = readOptions(import.meta.url, {
  options: {
    small: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' }, seconds: { type: 'string' }, 'held-seconds': { type: 'string' }, 'largest-log': { type: 'string' },
    json: { type: 'string' }, accept: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, list: { type: 'boolean', default: false },
  },
});
const tell = (text: string): void => console.error(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s  ${text}`);
const { small } = values;
const settings: Settings = {
  small, tell, seconds: Number(values.seconds ?? (small ? 1 : 4)), warmSeconds: small ? 0.5 : 2, heldSeconds: Number(values['held-seconds'] ?? (small ? 0 : 20)),
  rounds: Number(values.rounds ?? (small ? 1 : 5)), tries: small ? 1 : 3,
  largestLog: values['largest-log'] === undefined ? undefined : Number(values['largest-log']),
};

if (values.list) {
  for (const { name, title } of ROWS) console.log(`${name.padEnd(16)}${title}`);
} else if (values.write && values.only === 'docs') {
  await writePage();
} else {
  await bench(chosen(values.only));
}

function chosen(only: string | undefined): readonly Row[] {
  // What grows takes a minute by itself.
  if (only === undefined) return small ? ROWS.filter((row) => row !== GROWTH) : ROWS;
  return only.split(',').map((name) => {
    const row = ROWS.find((one) => one.name === name);
    if (row === undefined) throw new Error(`There is no row "${name}": ${ROWS.map((one) => one.name).join(', ')}.`);
    return row;
  });
}

async function bench(rows: readonly Row[]): Promise<void> {
  const machine = thisMachine();
  console.log(`${toldMachine(machine)} ${settings.rounds} round(s) of ${settings.seconds} s.\n`);
  const expected = small && !values.accept ? await readExpected() : {};
  const [results, red]: [RowResult[], Fallen[]] = [[], []];
  for (const row of rows) {
    let result = await measured(row);
    if (fallen(result, expected).length > 0) {
      tell(`${row.name}: ${fallen(result, expected).map(toldFall).join('; ')}; measured once more`);
      result = await measured(row);
      red.push(...fallen(result, expected));
    }
    results.push(result);
  }
  console.log(toldRows(results));
  if (values.json !== undefined || values.write) await keepRun(values.json ?? RUN_FILE, { machine, results });
  if (values.write) await writePage();
  if (values.accept) await acceptRatios(results);
  const unjudged = small ? results.filter(({ lines }) => lines.some(({ refused }) => refused > 0)) : [];
  if (unjudged.length > 0) console.log(`\nNot judged, for others used too much of the machine: ${unjudged.map(({ name }) => name).join(', ')}.`);
  if (red.length > 0) {
    console.error(`\nRatios that have fallen under half of what is kept in expected.json, twice:\n${red.map((one) => `  ${toldFall(one)}`).join('\n')}`);
    process.exitCode = 1;
  }
}

async function measured(row: Row): Promise<RowResult> {
  tell(`${row.name}: ${row.title}`);
  return { name: row.name, title: row.title, ...(await row.run(settings)) };
}

function toldFall({ id, value, expected }: Fallen): string {
  return `${id} ${value.toFixed(2)} where ${expected} is kept`;
}
