/** The program of a service as a process, told everything by its environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const TIME_MS = 25_000;

/** Runs it until it ends by itself, or for 25 s. */
export async function runToEnd(program: string, environment: Readonly<Record<string, string>>): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'ignore', 'pipe'], timeout: TIME_MS });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

export interface ServiceProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it; rejects with what it said when it ends instead. */
export async function startProcess(program: string, environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  for await (const line of createInterface(child.stdout)) {
    const { started, url = '' } = JSON.parse(line) as { readonly started?: boolean; readonly url?: string };
    if (started !== true) continue;
    child.stdout.resume();
    return {
      url,
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`${program} did not start: ${said}`);
}
