/**
 * Puts together what delivers in a process; where no readers run, only what makes a single attempt. Nothing is sent before the map is
 * registered, for a start that is refused must leave no trace.
 */
import type { Offered } from '../../../offered.ts';
import type { WebhooksOwn } from '../own.ts';
import { Dispatcher } from './dispatcher.ts';
import { Registry } from './registry.ts';
import { Sender } from './sender.http.ts';
import { unwellTeller } from './unwell.ts';

type DeliveryOffered = Pick<Offered, 'log' | 'pool' | 'ports' | 'nowMs' | 'logger' | 'runsReaders' | 'onBegin' | 'onStop' | 'onStopTaking' | 'recordSpan'>;

/** Makes the dispatcher in the role readers, and registers how it begins and ends. */
export function openDelivery(
  { log, pool, ports, nowMs, logger, runsReaders, onBegin, onStop, onStopTaking, recordSpan }: DeliveryOffered, { guard, secrets }: Pick<WebhooksOwn, 'guard' | 'secrets'>,
): Pick<WebhooksOwn, 'registry' | 'sender' | 'dispatcher'> {
  const registry = new Registry();
  const monotonicMs = (): number => ports.clock.monotonicMs();
  const sender: Sender = new Sender({ guard, secrets, monotonicMs, nowMs: () => dispatcher?.nowMs ?? nowMs() });
  const dispatcher = !runsReaders ? undefined : new Dispatcher({
    db: pool, registry, sender, monotonicMs, logger, makeId: ports.uuid, sleep: ports.sleep, random: ports.random, faults: ports.faults, onUnwell: unwellTeller(log),
    traces: recordSpan === undefined ? undefined : { record: recordSpan, nowMs },
  });
  if (dispatcher === undefined) {
    onStop(() => sender.close());
    return { registry, sender, dispatcher };
  }
  onBegin(() => dispatcher.start());
  onStop(() => dispatcher.stop());
  onStopTaking(() => dispatcher.stopTaking());
  return { registry, sender, dispatcher };
}
