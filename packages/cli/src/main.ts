/** The edges of the process: arguments, environment, files and streams in, text and exit code out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageFault } from './failures.ts';
import { run } from './run.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

const asked = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => asked.abort());
// Whoever reads may stop reading: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readFile: async (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
  nowMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  signal: asked.signal,
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
  runProgram: async (path, argv) => {
    const file = resolve(REPOSITORY, path);
    if (!existsSync(file)) throw new UsageFault(`${file} is not there: this command runs a program of the repository.`);
    const child = spawn(process.execPath, [file, ...argv], { stdio: 'inherit' });
    // Ctrl-C reaches it, too; what another process asks of this one does not.
    asked.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
});
