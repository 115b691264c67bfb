/** The witness as its starter sees it: tasks for it, and its file. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WitnessSettings, WitnessTask } from './witness.ts';
import type { WitnessLine } from './witness-lines.ts';
import { readLines } from './witness-lines.ts';

type Wish = WitnessTask extends infer Task ? (Task extends { id: number } ? Omit<Task, 'id'> : never) : never;

export interface Witness {
  /** Where it takes webhooks. */
  readonly receiver: string;
  /** Resolves when the task is over; for orders: how many were accepted. */
  ask(task: Wish): Promise<number>;
  /** Of one scenario, and all webhooks. */
  lines(scenario: string): WitnessLine[];
  stop(): Promise<void>;
}

const START_LIMIT_MS = 20_000;

export async function startWitness(settings: WitnessSettings): Promise<Witness> {
  const child = fork(fileURLToPath(new URL('./witness.ts', import.meta.url)), { env: { ...process.env, WITNESS: JSON.stringify(settings) }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
  const open = new Map<number, PromiseWithResolvers<number>>();
  let next = 1;
  const [{ receiver }] = (await once(child, 'message', { signal: AbortSignal.timeout(START_LIMIT_MS) })) as [{ receiver: string }];
  child.on('message', ({ id, result, error }: { id: number; result?: number; error?: string }) => {
    const asked = open.get(id);
    open.delete(id);
    if (error === undefined) asked?.resolve(result ?? 0);
    else asked?.reject(new Error(error));
  });
  child.once('exit', (code) => {
    for (const asked of open.values()) asked.reject(new Error(`the witness has ended (${code})`));
  });
  return {
    receiver,
    ask(task) {
      const asked = Promise.withResolvers<number>();
      open.set(next, asked);
      child.send({ ...task, id: next });
      next += 1;
      return asked.promise;
    },
    lines: (scenario) => readLines(settings.file).filter((line) => line.kind === 'webhook' || line.scenario === scenario),
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
