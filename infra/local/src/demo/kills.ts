// The demo's own disaster: Commerce Coordinator is killed when a third of the orders are accepted, Order Fulfillment when two
// thirds are, each with SIGKILL; the supervisor starts them again.
import { setTimeout as wait } from 'node:timers/promises';
import type { Supervisor } from '../supervisor.ts';
import type { Progress } from './orders-run.ts';

const LOOK_INTERVAL_MS = 5;

/** Resolves when both were killed and are ready again. */
export async function killBoth(supervisor: Supervisor, progress: Progress, total: number, say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const victims = [
    { name: 'commerce-coordinator', atAccepted: Math.ceil(total / 3) },
    { name: 'order-fulfillment', atAccepted: Math.ceil((2 * total) / 3) },
  ];
  for (const { name, atAccepted } of victims) {
    while (progress.accepted < atAccepted) await wait(LOOK_INTERVAL_MS, undefined, { signal });
    const victim = supervisor.process(name);
    await victim.whenReady(signal);
    say(`kill -9 ${victim.pid} (${name}) with ${progress.accepted} orders accepted`);
    victim.signal('SIGKILL');
    while (victim.isReady) await wait(LOOK_INTERVAL_MS, undefined, { signal });
    await victim.whenReady(signal);
    say(`${name} is ready again as ${victim.pid}`);
  }
}
