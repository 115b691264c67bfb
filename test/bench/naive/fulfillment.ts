/** The naive composition, second half: each request in a transaction with its event, and a relay that puts one event after the other on the bus, over the SDK. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { FulfillmentCompleted } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import pg from 'pg';
import { z } from 'zod';
import { BUS, SOURCE, TYPE } from '../consume/messages.ts';
import { answer } from '../harness/child.ts';
import { jsonApi } from './json-api.http.ts';
import { transact, workThrough } from './work-through.pg.ts';

const WORKERS = 8;
const CONNECTIONS = 20;
const REQUEST = z.looseObject({ orderId: z.uuid(), lines: z.array(z.looseObject({ sku: z.string() })).min(1) });

answer({
  start({ databaseUrl }: { databaseUrl: string }) {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
    const bus = new EventBridgeClient({});
    const outbox = workThrough(pool, WORKERS, 'DELETE FROM outbox WHERE number = (SELECT number FROM outbox ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING detail', async ({ detail }) => {
      const { FailedEntryCount } = await bus.send(new PutEventsCommand({ Entries: [{ EventBusName: BUS, Source: SOURCE, DetailType: TYPE, Detail: JSON.stringify(detail) }] }));
      if (FailedEntryCount !== 0) throw new Error('The bus did not take an event.');
    });
    return jsonApi(async (given) => {
      const request = REQUEST.parse(given);
      const nowMs = Date.now();
      const detail = {
        eventId: uuid7(nowMs), eventType: TYPE, eventVersion: 'v1', timestamp: new Date(nowMs).toISOString(), source: SOURCE, correlationId: uuid7(nowMs), causationId: null,
        data: { ...FulfillmentCompleted.example, orderId: request.orderId }, metadata: { sequence: 3, traceparent: '' },
      };
      await transact(pool, async (client) => {
        const { rowCount } = await client.query({ name: 'fulfill', text: "INSERT INTO fulfillments VALUES ($1, $2, 'completed') ON CONFLICT DO NOTHING", values: [request.orderId, request] });
        if (rowCount === 1) await client.query({ name: 'tell', text: 'INSERT INTO outbox (event_id, detail) VALUES ($1, $2)', values: [detail.eventId, detail] });
      });
      outbox.poke();
      return { orderId: request.orderId };
    });
  },
});
