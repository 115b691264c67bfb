/** The rows of customers beside those of orders: a subject `customer:VINET` is a customer, any other one an order. */
import type { StateStore, Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';
import type { Customer } from './customers.ts';
import { customerIn, customerSubject } from './customers.ts';
import type { Order } from './order.ts';

export type OrdersRow = Order | Customer;

/** `orders` keeps the orders; batches without customers cost nothing more. */
export function withCustomers(orders: StateStore<Order>): StateStore<OrdersRow> {
  return {
    async load(tx, subjects) {
      const customerIds = subjects.map(customerIn).filter((id) => id !== undefined);
      if (customerIds.length === 0) return orders.load(tx, subjects);
      const found = await orders.load(tx, subjects.filter((subject) => customerIn(subject) === undefined));
      return new Map<string, OrdersRow>([...found, ...await loadCustomers(tx, customerIds)]);
    },

    async save(tx, changes) {
      const customers = changes.map(({ after }) => after).filter(isCustomer);
      const others = changes.filter(({ after }) => !isCustomer(after)) as Parameters<StateStore<Order>['save']>[1];
      await Promise.all([...(others.length > 0 ? [orders.save(tx, others)] : []), ...(customers.length > 0 ? [saveCustomers(tx, customers)] : [])]);
    },
    isSentAtOnce: orders.isSentAtOnce === true,
  };
}

function isCustomer(row: OrdersRow): row is Customer {
  return 'kind' in row && row.kind === 'customer';
}

async function loadCustomers(tx: Tx, ids: readonly string[]): Promise<[string, Customer][]> {
  const { rows } = await run(tx, 'SELECT customer_id, customer_name, is_active, profile_version FROM order_customers WHERE customer_id = ANY ($1::text[])', [ids]);
  return rows.map((row): [string, Customer] => [
    customerSubject(row['customer_id']), { kind: 'customer', customerId: row['customer_id'], name: row['customer_name'], isActive: row['is_active'], version: row['profile_version'] },
  ]);
}

async function saveCustomers(tx: Tx, customers: readonly Customer[]): Promise<void> {
  await run(tx,
    `INSERT INTO order_customers (customer_id, customer_name, is_active, profile_version) SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::integer[])
     ON CONFLICT (customer_id) DO UPDATE SET customer_name = excluded.customer_name, is_active = excluded.is_active, profile_version = excluded.profile_version`,
    [customers.map(({ customerId }) => customerId), customers.map(({ name }) => name), customers.map(({ isActive }) => isActive), customers.map(({ version }) => version)],
  );
}
