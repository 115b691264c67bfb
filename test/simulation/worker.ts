/** One thread of a run: plays the seeds that it is given, one after another. */
import { parentPort } from 'node:worker_threads';
import { runSeed } from './run.ts';
import type { Mode } from './run.ts';

parentPort?.on('message', ({ seed, mode }: { readonly seed: number; readonly mode: Mode }) => {
  // A thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  void runSeed(seed, mode).then((result) => parentPort?.postMessage(result));
});
