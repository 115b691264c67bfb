/** `pnpm kills --orders 400 --kills 20 [--seed N]`: one large run of kills of both services. Ends with 1 when the end state is wrong. */
import { readOptions } from '../kit/options.ts';
import { startPair } from '../kit/pair.ts';
import { killRun, pairForKills, seeded } from './kill-run.ts';

const LIMIT_MS = 600_000;

const { values } = readOptions(import.meta.url, {
  options: { orders: { type: 'string', default: '400' }, kills: { type: 'string', default: '20' }, seed: { type: 'string', default: process.env['SEED'] ?? String(Date.now() % 2 ** 32) } },
});
const [orders, kills, seed] = [values.orders, values.kills, values.seed].map(Number) as [number, number, number];
if (![orders, kills, seed].every((value) => Number.isSafeInteger(value) && value >= 0)) throw new Error('--orders, --kills and --seed are whole numbers');

console.log(`${orders} orders, ${kills} kills of each service, seed ${seed}`);
const pair = await startPair(pairForKills(seed));
try {
  const startedAtMs = performance.now();
  const result = await killRun(pair, { orders, kills, random: seeded(seed), limitMs: LIMIT_MS });
  const deadLetters = await pair.queue.deadLetters();
  const wrong = [...result.complaints, ...(deadLetters > 0 ? [`${deadLetters} messages are in the dead-letter queue`] : [])];
  console.log(`${result.kills} kills, ${result.early} of them before the service was ready, ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s`);
  for (const complaint of wrong) console.log(complaint);
  console.log(wrong.length === 0 ? 'All orders are settled, each line delivered once.' : `${wrong.length} things are wrong (seed ${seed}).`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`seed ${seed}:`, error);
  process.exitCode = 1;
} finally {
  await pair.stop();
}
