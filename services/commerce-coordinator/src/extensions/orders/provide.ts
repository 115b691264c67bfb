/**
 * What orders open of their own: the intake, and the watch over how full the service is. Whoever makes orders in another way than
 * by POST /orders places them here.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { ExtensionDefinition } from '@commerce/signals/extension';
import type { Pool } from 'pg';
import type { Offered } from '../../offered.ts';
import { watchBacklog } from './backlog.pg.ts';
import { createIntake } from './intake.pg.ts';
import type { Intake } from './intake.pg.ts';
import { orderForm } from './order-form.ts';
import { createOrderNumbers } from './order-numbers.ts';
import type { PlacedOrderView } from './order-views.ts';
import { placeOrder } from './orders.http.ts';

export type OrdersOffered = Pick<Offered<{ readonly backlogLimit: number; /** Of payments: how orders are paid that do not say it. */ readonly paymentsDefaultToken?: string | undefined }>, 'config' | 'log' | 'pool' | 'ports' | 'nowMs' | 'isApi' | 'onStopTaking'>;

/** An order that somebody else makes: the body of POST /orders, under a key of this client. */
export interface OtherOrder {
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly form: object;
  readonly trigger: Omit<Trigger, 'causationId'>;
}

export interface OrdersProvided {
  readonly intake: Intake;
  /** True while no further order is taken. */
  readonly isFull: () => boolean;
  /** One key of one client is one order. Throws `Problem`: below 500 nothing was placed. */
  readonly place: (order: OtherOrder) => Promise<PlacedOrderView>;
}

const BACKLOG_INTERVAL_MS = 500;

export async function provideOrders(definition: ExtensionDefinition, { config, log, pool, ports, nowMs, isApi, onStopTaking }: OrdersOffered): Promise<OrdersProvided> {
  const backlog = isApi ? await watchBacklog({ pool, limit: config.backlogLimit, intervalMs: BACKLOG_INTERVAL_MS, sleep: ports.sleep, monotonicMs: () => ports.clock.monotonicMs() }) : undefined;
  if (backlog !== undefined) onStopTaking(() => backlog.stop());
  const intake = createIntake({ log, definition, uuid: ports.uuid, nowMs, numbers: createOrderNumbers(() => nextBlock(pool)), isMethodNeeded: config.paymentsDefaultToken === undefined, faults: ports.faults });
  const placing = { intake, isFull: () => backlog?.isFull() ?? false };
  return { ...placing, place: async ({ form, ...given }) => (await placeOrder(placing, { ...given, form: orderForm.parse(form) })).order };
}

async function nextBlock(pool: Pool): Promise<number> {
  const { rows } = await pool.query("SELECT nextval('order_number_blocks') AS first");
  return Number(rows[0]?.first);
}
