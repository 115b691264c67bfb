/**
 * Acts of people that change no order, product or stock, such as a replay: recorded by the one audit function, as an event of the
 * service, though no extension decides them.
 */
import type { Trigger } from '@commerce/event-log/event';
import { apply } from '@commerce/event-log/extension';
import type { Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { defineExtension } from '@commerce/signals/extension';
import { audit } from './audit.ts';
import type { Act } from './audit.ts';
import { commandsOf } from './commands.ts';

/** Keeps no rows and is in no list: it sends what every extension may send. */
const OPERATIONS = defineExtension({
  name: 'operations', description: 'Acts of whoever operates the service.', source: 'order-service', signals: [], handlers: {},
  store: { load: async () => new Map<string, object>(), save: async () => undefined }, open: () => ({}),
});

/** Resolves when the record is committed. `about` is what the act changes. `work`: what is written in the same transaction; what it gives stands among the details. */
export type RecordAct = (act: Act, trigger: Trigger, work?: (tx: Tx) => Promise<object>) => Promise<void>;

export function actRecorder(log: EventLog): RecordAct {
  const run = commandsOf<object>(log, OPERATIONS);
  return async (act, trigger, work) => {
    let came: object | undefined;
    const decide = (_: object | undefined, context: Parameters<typeof audit>[1]) => {
      audit(came === undefined ? act : { ...act, details: { ...act.details, ...came } }, context);
      return apply<object>({});
    };
    await run({ subject: act.about, name: act.act, trigger, decide, ...(work !== undefined && { before: async (tx) => void (came = await work(tx)) }) });
  };
}
