/**
 * Our own pair in a throw-away directory, on free ports, as the kit needs it: its LMS refuses one course, its warehouse takes long
 * enough to be cancelled, and its Commerce Coordinator asks the kit instead of Order Fulfillment.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { StackDescription } from '@commerce/local-stack/stack';

export interface OwnStack {
  readonly description: StackDescription;
  /** When Commerce Coordinator asks for an outcome that does not come. */
  readonly asksAfterMs: number;
  stop(): Promise<void>;
}

/** The course that the LMS stand-in refuses. */
export const REFUSED_COURSE = 'CONFORMANCE-REFUSED';
const PACKING_MS = 400;
const ACTIVATION_DELAY_MS = [250, 450];
const OVERDUE_AFTER_MS = 1_000;
const COMPARES_EVERY_MS = 500;
const PROCESSES = ['commerce-coordinator', 'order-fulfillment'];

/** A bus delivers at least once and in any order: here it does so on purpose. */
const BUS_FAULTS = { duplicates: 0.1, reorder: 0.2, reorderWithinMs: 200 };

/** `fulfillingUrl`: where Commerce Coordinator finds its fulfilling side. */
export async function startOwnStack(fulfillingUrl: string, signal: AbortSignal): Promise<OwnStack> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'conformance-'));
  const { DATABASE_URL: _another, ...environment } = process.env;
  const stack = await startStack({
    dataDirectory, ports: FREE_PORTS, bySku: {}, environment, signal,
    audiences: [fulfillingUrl], lmsFaults: JSON.stringify({ unknownCourses: [REFUSED_COURSE], activationDelayMs: ACTIVATION_DELAY_MS }),
    serviceEnvironment: { of: { WAREHOUSE_PACKING_MS: String(PACKING_MS) }, cc: { OF_URL: fulfillingUrl, FULFILLMENT_CHECK_AFTER_MS: String(OVERDUE_AFTER_MS), RECONCILE_EVERY_MS: String(COMPARES_EVERY_MS) } },
  });
  await misdeliver(stack.description.aws);
  return {
    description: stack.description, asksAfterMs: OVERDUE_AFTER_MS + COMPARES_EVERY_MS,
    async stop() {
      // The way down of the services is judged elsewhere; here nothing of theirs is kept.
      for (const name of PROCESSES) {
        const ended = stack.supervisor.process(name).stop();
        stack.supervisor.process(name).signal('SIGKILL');
        await ended;
      }
      await stack.stop();
      rmSync(dataDirectory, { recursive: true });
    },
  };
}

async function misdeliver(awsUrl: string): Promise<void> {
  const answer = await fetch(`${awsUrl}/_local/faults`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(BUS_FAULTS) });
  if (!answer.ok) throw new Error(`The faults of the bus cannot be set: ${answer.status}`);
}
