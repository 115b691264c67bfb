/**
 * `pnpm sim --seeds 1000 [--seed 7] [--mode safety|liveness] [--json]`: plays seeds, and says what was met and what was broken.
 * Exit code 1 when a rule was broken, and when a fault of the table was not met in a hundred seeds or more.
 */
import { readOptions } from '../kit/options.ts';
import { Worker } from 'node:worker_threads';
import { ALL_FAULTS } from './faults.ts';
import { Summary } from './summary.ts';
import { MODES, runSeed } from './run.ts';
import type { Mode, SeedResult } from './run.ts';

const THREADS = 2;
const SHOWN_EVERY_MS = 1_000;
/** So many seeds must meet every fault. */
const ENOUGH_SEEDS = 100;

const { values } = readOptions(import.meta.url, {
  options: { seeds: { type: 'string', default: '100' }, seed: { type: 'string' }, mode: { type: 'string' }, json: { type: 'boolean', default: false }, story: { type: 'boolean', default: false } },
});
const modes: readonly Mode[] = MODES.filter((mode) => values.mode === undefined || values.mode === mode);
const [count, first] = [values.seed !== undefined && process.argv.every((given) => !given.startsWith('--seeds')) ? 1 : Number(values.seeds), Number(values.seed ?? '1')];
if (modes.length === 0 || !Number.isInteger(count) || !Number.isInteger(first) || count < 1) {
  console.error('pnpm sim [--seeds 100] [--seed 1] [--mode safety|liveness] [--story] [--json]');
  process.exit(2);
}

/** Of both modes each seed has one. */
const modeOf = (seed: number): Mode => modes[seed % modes.length] as Mode;

if (count === 1) await playOne(first);
else await playAll();

async function playOne(seed: number): Promise<void> {
  const result = await runSeed(seed, modeOf(seed), true);
  const shown = values.story || result.broken.length > 0 ? result.story : result.story?.slice(-20);
  if (!values.json) console.log((shown ?? []).join('\n'));
  if (!values.json) for (const line of result.broken) console.log(`seed ${seed}: ${line}`);
  const summary = new Summary([]);
  summary.add(result);
  finish(summary);
}

async function playAll(): Promise<void> {
  const summary = new Summary(count >= ENOUGH_SEEDS ? ALL_FAULTS : []);
  const beganMs = performance.now();
  let next = first;
  let done = 0;
  let shownMs = 0;
  await Promise.all(Array.from({ length: Math.min(THREADS, count) }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url));
    const give = (): void => {
      if (next >= first + count) return void worker.terminate().then(() => resolve());
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage({ seed: next, mode: modeOf(next) });
      next += 1;
    };
    worker.on('error', reject);
    worker.on('message', (result: SeedResult) => {
      summary.add(result);
      done += 1;
      for (const line of result.broken.slice(0, 3)) console.error(`\nseed ${result.seed}: ${line}`);
      if (result.broken.length > 0) console.error(`  again: npx --yes pnpm@12.21.0 sim --seed ${result.seed} --mode ${result.mode} --story`);
      if (performance.now() - shownMs > SHOWN_EVERY_MS || done === count) {
        shownMs = performance.now();
        process.stderr.write(`\r  ${done} of ${count} seeds, ${((performance.now() - beganMs) / 1_000).toFixed(0)} s, ${summary.failed} red `);
      }
      give();
    });
    give();
  })));
  process.stderr.write('\n');
  finish(summary, (performance.now() - beganMs) / 1_000);
}

function finish(summary: Summary, seconds?: number): void {
  console.log(values.json ? JSON.stringify(summary.json(seconds), null, 2) : summary.text(seconds));
  process.exitCode = summary.isRed ? 1 : 0;
}
