/** The payment stand-in for a test, as the process that it is, with a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const TEST_PROVIDER = { apiKey: 'key-of-the-payment-stand-in', secret: `whsec_${Buffer.alloc(32, 5).toString('base64')}` };

/** The money of one order there. */
export interface OrderMoney {
  readonly charges: number;
  readonly charged: string;
  readonly refunds: number;
  readonly refunded: string;
  readonly kept: string;
}

export interface TestProvider {
  readonly url: string;
  /** Undefined when nothing was taken. */
  money(orderId: string): Promise<OrderMoney | undefined>;
  /** Replaces the faults; see the contract of the stand-in. */
  misbehave(faults: object): Promise<void>;
  stop(): Promise<void>;
}

const ENTRY = fileURLToPath(new URL('../../../../../infra/local/src/stand-ins/payments/main.ts', import.meta.url));

export async function startTestProvider(webhookUrl: string): Promise<TestProvider> {
  const directory = await mkdtemp(join(tmpdir(), 'cc-payments-'));
  const child = spawn(process.execPath, [ENTRY], {
    env: { PAYMENTS_PORT: '0', PAYMENTS_DIR: directory, PAYMENTS_API_KEY: TEST_PROVIDER.apiKey, PAYMENTS_WEBHOOK_SECRET: TEST_PROVIDER.secret, PAYMENTS_WEBHOOK_URL: webhookUrl },
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
  const headers = { authorization: `Bearer ${TEST_PROVIDER.apiKey}`, 'content-type': 'application/json' };
  return {
    url,
    async money(orderId) {
      const answer = await fetch(`${url}/_stand-in/ledger?orderId=${encodeURIComponent(orderId)}`, { headers });
      return ((await answer.json()) as { orders: OrderMoney[] }).orders[0];
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
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
