/** For tests: a program that `runMain` starts, as the process that it is, with a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export { freePort } from './embedded-postgres.ts';

export interface TestProcess {
  /** The address that it announced. */
  readonly url: string;
  /** Ends it in order and takes its folder away. */
  stop(): Promise<void>;
}

/** Where Node keeps what it compiled, when this process was told of a place: the start is cheaper then. */
function compileCache(): Record<string, string> {
  const folder = process.env['NODE_COMPILE_CACHE'];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** Starts the program and resolves when it has announced its start. Throws when it ends before. */
export async function startTestProcess(entry: URL, environment: (directory: string) => Record<string, string>): Promise<TestProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'test-process-'));
  const child = spawn(process.execPath, [fileURLToPath(entry)], { env: { ...compileCache(), ...environment(directory) }, stdio: ['ignore', 'pipe', 'inherit'] });
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as { started?: boolean; url?: string };
    if (said.started !== true) continue;
    url = said.url ?? '';
    break;
  }
  if (url === undefined) throw new Error(`${fileURLToPath(entry)} ended before it had started.`);
  child.stdout.resume();
  return {
    url,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
