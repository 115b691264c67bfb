/** Puts together what delivers in a process; where no readers run, only what makes a single attempt. */
import type { ExtensionDefinition } from '@commerce/signals/extension';
import type { Offered } from '../../../offered.ts';
import type { WebhooksOwn } from '../own.ts';
import { Dispatcher } from './dispatcher.ts';
import { Registry } from './registry.ts';
import { Sender } from './sender.http.ts';
import { unwellTeller } from './unwell.ts';

type DeliveryOffered = Pick<Offered, 'log' | 'pool' | 'ports' | 'nowMs' | 'logger' | 'runsReaders' | 'onStop' | 'onStopTaking'>;

/** Starts the dispatcher in the role readers, and registers how it ends. Rejects when the database does not answer. */
export async function openDelivery(
  { log, pool, ports, nowMs, logger, runsReaders, onStop, onStopTaking }: DeliveryOffered, { guard, secrets, definition }: Pick<WebhooksOwn, 'guard' | 'secrets'> & { readonly definition: () => ExtensionDefinition },
): Promise<Pick<WebhooksOwn, 'registry' | 'sender' | 'dispatcher'>> {
  const registry = new Registry();
  const monotonicMs = (): number => ports.clock.monotonicMs();
  const sender: Sender = new Sender({ guard, secrets, monotonicMs, nowMs: () => dispatcher?.nowMs ?? nowMs() });
  const dispatcher = !runsReaders ? undefined : new Dispatcher({
    db: pool, registry, sender, monotonicMs, logger, makeHolder: ports.uuid, sleep: ports.sleep, random: ports.random, onUnwell: unwellTeller(log, definition),
  });
  if (dispatcher === undefined) {
    onStop(() => sender.close());
    return { registry, sender, dispatcher };
  }
  await dispatcher.start();
  onStop(() => dispatcher.stop());
  onStopTaking(() => dispatcher.stopTaking());
  return { registry, sender, dispatcher };
}
