/**
 * `pnpm faults`: does faults to the whole pair, as processes on a real PostgreSQL, and judges what came of each. Ends with 1 when anything
 * is red.
 *
 *   --kills            K1 to K21 alone           --only K1,F6       these alone
 *   --pairs            kills in pairs            --random 200       so many kills at random, under load
 *   --seed N           draws the hits            --json file        writes the result there
 *   --list             names all of them         --keep             leaves the directory with logs and the witness's file
 *   --worlds 2         so many stacks beside each other
 *   --write            keeps the result of a whole run: docs/faults.md tells it, and the dashboard shows it under Proof
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { readOptions } from '../kit/options.ts';
import { complaintsOf, resultOf, resultText, rowLine } from './grid.ts';
import { seeded } from './kill-run.ts';
import { runScenario } from './scene.ts';
import type { Row, Scenario } from './scene.ts';
import { KILLS, PAIRABLE, pairOf } from './scenarios/kills.ts';
import { OUTAGES } from './scenarios/outages.ts';
import { randomKills } from './scenarios/random-kills.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';
import { writeResult } from './written.ts';

const { values } = readOptions(import.meta.url, {
  options: {
    kills: { type: 'boolean', default: false }, only: { type: 'string' }, pairs: { type: 'boolean', default: false }, random: { type: 'string' },
    seed: { type: 'string', default: process.env['SEED'] ?? String(Date.now() % 2 ** 32) }, json: { type: 'string' }, list: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, worlds: { type: 'string', default: '2' },
  },
});

const seed = Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed is a whole number');

const partial = ['only', 'kills', 'pairs', 'random'].filter((name) => values[name as keyof typeof values] !== undefined && values[name as keyof typeof values] !== false);
if (values.write && partial.length > 0) throw new Error(`--write keeps a whole run only: leave out --${partial.join(' and --')}`);

const worlds = new Set<World>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) endWith(signal);
const chosen = choose();
if (values.list) for (const { id, faultClass, name } of chosen) console.log(`${id.padEnd(8)} ${faultClass.padEnd(12)} ${name}`);
else process.exitCode = (await run(chosen)) ? 0 : 1;

function choose(): readonly Scenario[] {
  if (values.random !== undefined) return [randomKills(wholeNumber('--random', values.random))];
  if (values.pairs) return pairs();
  if (values.only === undefined) return values.kills ? KILLS : [...KILLS, ...OUTAGES];
  const all = [...KILLS, ...OUTAGES];
  return values.only.split(',').map((id) => {
    const [first, second] = id.split('+');
    const found = second === undefined ? all.find((one) => one.id === id) : pairOf(first ?? '', second);
    if (found === undefined) throw new Error(`There is no scenario ${id}: --list names all.`);
    return found;
  });
}

function pairs(): Scenario[] {
  return PAIRABLE.flatMap((first, index) => PAIRABLE.slice(index + 1).flatMap((second) => pairOf(first, second) ?? []));
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} is a whole number, at least 1`);
  return value;
}

async function run(wanted: readonly Scenario[]): Promise<boolean> {
  const [startedAt, beganMs] = [new Date().toISOString(), performance.now()];
  const { scenarios, notPossible } = await possible(wanted);
  for (const { id, why } of notPossible) console.log(`${id} is not done: ${why}`);
  const stacks = Math.min(wholeNumber('--worlds', values.worlds), scenarios.length);
  console.log(`${scenarios.length} scenarios, seed ${seed}, ${stacks} stacks`);
  const rows: (Row | undefined)[] = scenarios.map(() => undefined);
  const left = scenarios.map((scenario, index) => ({ scenario, index })).values();
  await Promise.all(Array.from({ length: stacks }, () => inOneWorld(left, rows)));
  const result = resultOf(rows.filter((row) => row !== undefined), {
    seed, startedAt, notPossible, tookMs: Math.round(performance.now() - beganMs), command: ['npx --yes pnpm@12.21.0 faults', ...process.argv.slice(2)].join(' '),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
  });
  console.log(resultText(result));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 1)}\n`);
  if (values.write) writeResult(result);
  return result.rows.every(({ isGreen }) => isGreen);
}

/** Those that can be done on this machine, and why the others cannot. */
async function possible(wanted: readonly Scenario[]): Promise<{ readonly scenarios: readonly Scenario[]; readonly notPossible: readonly { readonly id: string; readonly name: string; readonly why: string }[] }> {
  const asked = await Promise.all(wanted.map(async (scenario) => ({ scenario, why: (await scenario.whyNot?.()) ?? null })));
  return {
    scenarios: asked.flatMap(({ scenario, why }) => (why === null ? [scenario] : [])),
    notPossible: asked.flatMap(({ scenario: { id, name }, why }) => (why === null ? [] : [{ id, name, why }])),
  };
}

/** Most of a scenario is waiting for leases and pauses: so several stacks stand beside each other, and each does one scenario after the other. */
async function inOneWorld(left: Iterable<{ readonly scenario: Scenario; readonly index: number }>, rows: (Row | undefined)[]): Promise<void> {
  const world = await startWorld(console.log);
  worlds.add(world);
  let [isKept, isRed] = [true, false];
  try {
    for (const { scenario, index } of left) {
      // Each has draws of its own, so that it can be had again alone.
      const row = await runScenario(world, scenario, `${scenario.id.replaceAll('+', 'n')}x${index}`, seeded(seed ^ hashOf(scenario.id)));
      rows[index] = row;
      for (const line of [rowLine(row), ...complaintsOf(row)]) console.log(line);
      if (complaintsOf(row).length === 0) continue;
      isRed = true;
      console.log(`  ${row.id} ran in ${world.directory}`);
    }
    isKept = values.keep || isRed;
  } finally {
    worlds.delete(world);
    await world.stop(isKept);
  }
}

/** Whoever is ended from outside leaves nothing running. */
function endWith(signal: NodeJS.Signals): void {
  process.once(signal, () => {
    void Promise.allSettled([...worlds].map((world) => world.stop(true))).then(() => process.exit(130));
  });
}

function hashOf(text: string): number {
  return [...text].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
}
