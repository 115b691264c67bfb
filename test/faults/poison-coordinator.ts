/**
 * Commerce Coordinator with one extension more, for a test of dead letters: `tally` counts each event that it hears, once. As long as
 * the file that MENDED_FILE names is not there, its handler fails for some, and the service knows neither the type FulfillmentHeld
 * nor the second version of FulfillmentAccepted. Which attempts there were stands in the file that CALLS_FILE names.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { DescribeRuleCommand, EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { compose } from '@commerce/commerce-coordinator/compose';
import { configWith } from '@commerce/commerce-coordinator/config';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import { MAP } from '@commerce/commerce-coordinator/signals';
import type { StateStore } from '@commerce/event-log/extension';
import type { EventEntry } from '@commerce/events/catalogue';
import { FulfillmentAccepted, FulfillmentHeld } from '@commerce/events/entries';
import { readConfig } from '@commerce/service-kit/config';
import { runMain } from '@commerce/service-kit/lifecycle';
import { faultsFrom } from '@commerce/service-kit/ports';
import { defineExtension } from '@commerce/signals/extension';
import { apply, handlersOf } from '@commerce/signals/handler';
import { defineSignal } from '@commerce/signals/signal';
import type { SignalMap } from '@commerce/signals/map';
import { z } from 'zod';

const { MENDED_FILE: mendedFile = '', CALLS_FILE: callsFile = '' } = process.env;
const isMended = existsSync(mendedFile);

interface Tally {
  readonly orderId: string;
  readonly times: number;
}

const store: StateStore<Tally> = {
  async load(tx, subjects) {
    const { rows } = await tx.query('SELECT order_id, times FROM tally WHERE order_id = ANY ($1::text[])', [subjects]);
    return new Map(rows.map((row) => [row.order_id, { orderId: row.order_id, times: row.times }]));
  },
  async save(tx, changes) {
    await tx.query(
      'INSERT INTO tally SELECT * FROM unnest($1::text[], $2::integer[]) ON CONFLICT (order_id) DO UPDATE SET times = excluded.times',
      [changes.map(({ subject }) => subject), changes.map(({ after }) => after.times)],
    );
  },
};

const first = FulfillmentAccepted.versions['v1'] as z.ZodObject;
const accepted = isMended
  ? { ...FulfillmentAccepted, versions: { v1: first, v2: first.extend({ gift: z.boolean() }) }, upcasters: { v1: (data: object) => ({ ...data, gift: false }) }, example: { ...FulfillmentAccepted.example, gift: false } } as unknown as EventEntry
  : FulfillmentAccepted as unknown as EventEntry;
const heard = isMended ? [accepted, FulfillmentHeld as unknown as EventEntry] : [accepted];

const { effect } = handlersOf<Tally>();
const tally = defineExtension({
  name: 'tally', description: 'Counts what it hears.', source: 'tally-service', store, tables: ['tally'],
  migrations: [{ name: 'tally-1', sql: 'CREATE TABLE tally (order_id text PRIMARY KEY, times integer NOT NULL)' }],
  signals: [defineSignal(accepted, { internal: true })],
  open: (): void => undefined,
  handlers: {
    'tally.count': effect(heard, {
      idempotency: 'A call is a line in a file, with its key.',
      run: async ({ event, key }) => {
        const { orderNumber } = event.data as { readonly orderNumber?: number };
        if (!isMended && orderNumber === 666) throw new Error('The handler has a fault with the order number 666.');
        appendFileSync(callsFile, `${key}\n`);
      },
      settle: (state, _result, { subject }) => apply<Tally>({ orderId: subject, times: (state?.times ?? 0) + 1 }),
    }),
  },
});

const types = heard.map(({ type }) => type);
/** What would hear them here, too. */
const others = EXTENSIONS.flatMap(({ handlers }) => Object.entries(handlers).flatMap(([name, { hears }]) => hears.flatMap(({ type }: EventEntry) => (types.includes(type) ? [`${type} → ${name}`] : []))));
const map: SignalMap = {
  ...MAP,
  connections: { ...MAP.connections, ...Object.fromEntries(types.map((type) => [type, [{ handler: 'tally.count', retry: { maxAttempts: 2, baseMs: 10, maxMs: 20 } }]])) },
  unconnected: { ...MAP.unconnected, ...Object.fromEntries(others.map((one) => [one, 'The tally alone counts it here.'])) },
  foreign: [...MAP.foreign, ...types.map((type) => ({ source: 'order-fulfillment', type }))],
};
const loaded = { extensions: [...EXTENSIONS, tally], map };

/** The rule lets through what is heard here, too: the service looks at it when it starts. */
async function widenRule(): Promise<void> {
  const client = new EventBridgeClient({});
  const rule = { EventBusName: 'order-fulfillment', Name: 'commerce-coordinator-fulfillment-events' };
  const { EventPattern = '{}' } = await client.send(new DescribeRuleCommand(rule));
  const pattern = JSON.parse(EventPattern) as { 'detail-type': string[] };
  const all = [...new Set([...pattern['detail-type'], 'FulfillmentAccepted', 'FulfillmentHeld'])];
  await client.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ ...pattern, 'detail-type': all }) }));
  client.destroy();
}

await runMain(async ({ env, signal }) => {
  await widenRule();
  const coordinator = await compose(readConfig(configWith(EXTENSIONS), env), { faults: faultsFrom(env), loaded, signal });
  return { announce: { url: coordinator.url }, stop: coordinator.stop };
}, { stopOnDisconnect: true });
