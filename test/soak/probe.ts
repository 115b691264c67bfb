/**
 * Loaded into each process of a soak before its own code: every `SOAK_EVERY_MS` it collects garbage and writes what it keeps, one JSON line into
 * `SOAK_DIR/<process>-<pid>.jsonl`. Nothing of the product knows of it.
 */
import { appendFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ProcessSample } from './judge.ts';

const { SOAK_DIR: directory, SOAK_EVERY_MS: everyMs } = process.env;
if (directory !== undefined && everyMs !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The folder says whose main.ts it is.
  const [folder = '', file = ''] = (process.argv[1] ?? '').split('/').filter((part) => part !== 'src').slice(-2);
  const name = file === 'main.ts' ? folder : basename(file, '.ts');
  setInterval(() => {
    collect();
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo();
    const sample: ProcessSample = {
      atMs: Date.now(), name, heapMb: (heapUsed + external + arrayBuffers) / 1_048_576, residentMb: rss / 1_048_576,
      timers: resources.filter((kind) => kind === 'Timeout' || kind === 'Immediate').length, sockets: openSockets(),
    };
    appendFileSync(join(directory, `${name}-${process.pid}.jsonl`), `${JSON.stringify(sample)}\n`);
  }, Number(everyMs)).unref();
}

/** Of the process, whatever keeps them; 0 where the system does not tell. */
function openSockets(): number {
  try {
    return readdirSync('/proc/self/fd').filter((fd) => isSocket(fd)).length;
  } catch {
    return 0;
  }
}

function isSocket(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false;
  }
}
