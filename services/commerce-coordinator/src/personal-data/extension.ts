/**
 * Customers: everything about one is given out or erased, over all parts of the service.
 *
 * This room alone writes rows of other extensions, and only takes out of them what is personal: the list stands in
 * personal-columns.ts.
 */
import type { EventLog } from '@commerce/event-log/log';
import type { Trigger } from '@commerce/event-log/event';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { defineExtension } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import type { SendContext } from '@commerce/signals/signal';
import { audited } from '../audit.ts';
import type { Act } from '../audit.ts';
import { actRecorder } from '../operator-acts.ts';
import { addCustomerRoutes } from './customers.http.ts';
import { erase } from './erasure.ts';
import type { Erasure } from './erasure.ts';
import { eraseLeftovers, erasuresStore, findOpen, finishErasure, isKnown, readErasure } from './erasures.pg.ts';
import { ERASURES_MIGRATION } from './migration.ts';
import { customerProblems } from './problems.ts';
import { customerErased } from './signals.ts';

interface CustomersResources {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

type Own = Pick<CustomersResources, 'log' | 'nowMs'>;

const FINISH_EVERY_MS = 5_000;
const RESEAL_EVERY_MS = 60_000;

export const customers = defineExtension({
  name: 'customers',
  description: 'Gives out what is known of a customer, and erases it.',
  source: 'customer-service',
  needs: ['orders'],
  signals: [customerErased],
  handlers: {},
  store: erasuresStore,
  migrations: [ERASURES_MIGRATION],
  tables: ['customer_erasures'],
  routes: ['GET /customers/:customerId/export', 'DELETE /customers/:customerId'],
  problems: customerProblems,
  open: ({ log, nowMs }: CustomersResources): Own => ({ log, nowMs }),
  addRoutes: (app: HttpApp, { log }: Own, { cursors }: CustomersResources): void => {
    addCustomerRoutes(app, { log, cursors, record: actRecorder(log), erase: (customerId, act, trigger) => eraseCustomer(log, customerId, act, trigger) });
  },
  jobs: [
    { name: 'customers.finish_erasure', everyMs: () => FINISH_EVERY_MS, run: ({ log, nowMs }: Own): Promise<boolean> => finishErasure(log.pool, nowMs()) },
    { name: 'customers.reseal_keys', everyMs: () => RESEAL_EVERY_MS, run: async ({ log }: Own): Promise<boolean> => (await log.personal?.reseal()) ?? false },
  ],
});

/** Erases in one transaction; what was erased before is given back as it stands. Throws `customer_has_open_orders`. */
export async function eraseCustomer(log: EventLog, customerId: string, act: Act, trigger: Trigger): Promise<Erasure> {
  const { name, source, store } = customers;
  let known = false;
  const before = async (tx: Parameters<typeof findOpen>[0]): Promise<void> => {
    const open = await findOpen(tx, customerId);
    if (open.length > 0) throw new Problem(customerProblems.customer_has_open_orders, { detail: `Open: ${open.join(', ')}.` });
    known = await isKnown(tx, customerId);
    if (!known) await eraseLeftovers(tx, customerId);
  };
  const decide = audited<Erasure>(act, (there: Erasure | undefined, context: SendContext) => erase(customerId, there, known, context));
  const [settled] = await log.change<Erasure>({ name, source, store, handlers: {}, effects: {}, timers: {} }, [
    { subject: customerId, trigger, handler: 'command:customers.erase', decide: inputDecision<Erasure>(customers, decide) },
  ], { before });
  log.personal?.forget(customerId);
  if (settled?.outcome.kind === 'failed') throw settled.outcome.error;
  const erasure = await readErasure(log.pool, customerId);
  if (erasure === undefined) throw new Error('The erasure was not decided.');
  return erasure;
}
