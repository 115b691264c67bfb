/** The LMS stand-in for a test, as the process that it is, with a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TEST_LMS } from './test-service.ts';

export interface TestLms {
  readonly url: string;
  /** What took effect there for an order. */
  effects(orderId: string): Promise<{ lineId: string; quantity: number; effects: number }[]>;
  /** Replaces the faults; see the contract of the stand-in. */
  misbehave(faults: object): Promise<void>;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../../infra/local/src/stand-ins/lms/main.ts', import.meta.url));

export async function startTestLms(): Promise<TestLms> {
  const directory = await mkdtemp(join(tmpdir(), 'of-lms-'));
  const child = spawn(process.execPath, [ENTRY], {
    env: { LMS_PORT: '0', LMS_DIR: directory, LMS_API_KEY: TEST_LMS.apiKey, LMS_CALLBACK_SECRET: TEST_LMS.secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url = '';
  for await (const line of createInterface(child.stdout)) {
    const parsed = JSON.parse(line) as { started?: boolean; url?: string };
    if (parsed.started !== true) continue;
    url = parsed.url ?? '';
    break;
  }
  child.stdout.resume();
  const headers = { authorization: `Bearer ${TEST_LMS.apiKey}`, 'content-type': 'application/json' };
  return {
    url,
    async effects(orderId) {
      const answer = await fetch(`${url}/_stand-in/ledger?orderId=${encodeURIComponent(orderId)}`, { headers });
      const { effects } = (await answer.json()) as { effects: { lineId: string; quantity: number; effects: number }[] };
      return effects.map(({ lineId, quantity, effects: times }) => ({ lineId, quantity, effects: times }));
    },
    async misbehave(faults) {
      const answer = await fetch(`${url}/_stand-in/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A port that is free now, for a service whose address must be known before it starts. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
