/** The LMS stand-in for a test, as the process that it is, with a folder of its own. */
import { createHmac, randomUUID } from 'node:crypto';
import { startTestProcess } from '@commerce/service-kit/test-process';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { TEST_LMS } from './test-service.ts';

export interface LmsEffect {
  readonly lineId: string;
  readonly quantity: number;
  readonly effects: number;
  readonly reversals: number;
}

export interface TestLms {
  readonly url: string;
  /** What took effect there for an order, and what of it was ended. */
  effects(orderId: string): Promise<LmsEffect[]>;
  /** Replaces the faults; see the contract of the stand-in. */
  misbehave(faults: object): Promise<void>;
  stop(): Promise<void>;
}

const ENTRY = new URL('../../../infra/local/src/stand-ins/lms/main.ts', import.meta.url);

export async function startTestLms(): Promise<TestLms> {
  const { url, stop } = await startTestProcess(ENTRY, (directory) => ({ LMS_PORT: '0', LMS_DIR: directory, LMS_API_KEY: TEST_LMS.apiKey, LMS_CALLBACK_SECRET: TEST_LMS.secret }));
  const headers = { authorization: `Bearer ${TEST_LMS.apiKey}`, 'content-type': 'application/json' };
  return {
    url, stop,
    async effects(orderId) {
      const answer = await fetch(`${url}/_stand-in/ledger?orderId=${encodeURIComponent(orderId)}`, { headers });
      const { effects } = (await answer.json()) as { effects: { lineId: string; quantity: number; effects: number; unenrolments: number }[] };
      return effects.map(({ lineId, quantity, effects: times, unenrolments: reversals }) => ({ lineId, quantity, effects: times, reversals }));
    },
    async misbehave(faults) {
      const answer = await fetch(`${url}/_stand-in/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
  };
}

/** The callback by which the LMS tells that an enrolment is active: headers and body, signed. */
export function signedCallback(reference: string, orderId: string): { text: string; headers: Record<string, string> } {
  const text = JSON.stringify({ type: 'enrollment.activated', timestamp: new Date().toISOString(), data: { reference, order_id: orderId, is_active: true } });
  const [id, timestamp] = [`enr_${randomUUID()}`, String(Math.floor(Date.now() / 1_000))];
  const signature = createHmac('sha256', webhookKey(TEST_LMS.secret)).update(`${id}.${timestamp}.${text}`).digest('base64');
  return { text, headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` } };
}
