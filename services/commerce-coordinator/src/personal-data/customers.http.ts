/**
 * What is known of a customer: given out whole, and erased.
 * Promise: both may be repeated. An erasure is recorded with who asked for it and why; so is an export, on its first page.
 */
import type { Trigger } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import { z } from 'zod';
import type { Act } from '../audit.ts';
import type { RecordAct } from '../operator-acts.ts';
import { problems } from '../problems.ts';
import { actorOf, cursor, pageProblems, triggerOf } from '../requests.http.ts';
import type { Erasure } from './erasure.ts';
import { isKnown, readErasure } from './erasures.pg.ts';
import { EXPORTED_KINDS, readExport } from './export.pg.ts';
import type { ExportedKind, ExportPlace } from './export.pg.ts';
import { customerProblems } from './problems.ts';

export interface CustomersApi {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly record: RecordAct;
  /** Throws the problems of this room. */
  readonly erase: (customerId: string, act: Act, trigger: Trigger) => Promise<Erasure>;
}

const time = z.iso.datetime();
const NO_NUL = /^[^\0]*$/;
const params = z.strictObject({ customerId: z.string().min(1).max(200).regex(NO_NUL, 'must not contain a NUL character') });
const why = z.string().min(1).max(500).regex(NO_NUL, 'must not contain a NUL character').meta({ description: 'Why, for the record: such as the request of the customer that it follows.', example: 'request 4711 of the customer' });

const erasureView = z.strictObject({
  customerId: z.string(),
  status: z.enum(['erasing', 'erased']).meta({ description: 'erasing: nothing of it can be read any more; what a process had in its memory is taken away within a minute.' }),
  erasedAt: time, finishedAt: time.nullable(),
  rows: z.record(z.string(), z.int()).meta({ description: 'Per table, how many rows lost something.' }),
  eventsInClear: z.int().meta({ description: 'Events from before PERSONAL_DATA_KEY was set: they stay readable until their retention has passed.' }),
}).meta({ title: 'CustomerErasure' });

const exportView = z.strictObject({
  customerId: z.string(),
  erasedAt: time.nullable().meta({ description: 'What was there before is gone.' }),
  items: z.array(z.strictObject({
    kind: z.enum(EXPORTED_KINDS), id: z.string(), data: z.record(z.string(), z.unknown()).meta({ description: 'The row or the event as it stands.' }),
  })),
  nextCursor: z.string().nullable(),
}).meta({ title: 'CustomerExport' });

export function addCustomerRoutes(app: HttpApp, { log, cursors, record, erase }: CustomersApi): void {
  app.get('/customers/:customerId/export', {
    config: { scope: 'admin', problems: [customerProblems.customer_not_found, pageProblems.invalid_cursor] },
    schema: {
      operationId: 'exportCustomer', summary: 'Give out everything that is known of a customer', tags: ['customers'], params, querystring: z.strictObject({ reason: why, limit: pageLimit, cursor }), response: { 200: exportView },
      description: 'Profile, contact, orders, payments, shipments, carts, messages, and every event about them with the acts of people, and the copies of these that are kept as webhooks and their answers, dead letters and differences of replays; in pages. The first page is recorded with the reason.',
    },
  }, async (request) => {
    const { params: { customerId }, query: { reason, limit, cursor: given } } = request;
    const list = JSON.stringify(['customers', customerId]);
    const after = given === undefined ? undefined : placeOf(cursors.open(list, given));
    const items = await readExport(log, customerId, after, limit + 1);
    const erasure = await readErasure(log.pool, customerId);
    if (items.length === 0 && after === undefined && erasure === undefined) throw new Problem(customerProblems.customer_not_found);
    if (after === undefined) await record({ act: 'customer.export', about: customerId, by: actorOf(request), why: { code: 'asked', message: reason } }, triggerOf(request));
    const page = items.slice(0, limit);
    const last = items.length > limit ? page.at(-1) : undefined;
    return {
      customerId, erasedAt: erasure?.erasedAt ?? null, items: page.map(({ data, ...item }) => ({ ...item, data: { ...data } })),
      nextCursor: last === undefined ? null : cursors.seal(list, `${last.kind} ${last.id}`),
    };
  });

  app.delete('/customers/:customerId', {
    config: { scope: 'admin', problems: [customerProblems.customer_not_found, customerProblems.customer_has_open_orders, customerProblems.erasure_unavailable] },
    schema: {
      operationId: 'eraseCustomer', summary: 'Erase a customer', tags: ['customers'], params, querystring: z.strictObject({ reason: why }), response: { 200: erasureView, 202: erasureView },
      description: 'Destroys the key under which the log keeps personal data of the customer, takes them out of all rows, and tells it as CustomerErased. The ids, the orders and what they cost stay. May be repeated: 200 says that it is done.',
    },
  }, async (request, reply) => {
    const { params: { customerId }, query: { reason } } = request;
    if (log.personal === undefined) throw new Problem(customerProblems.erasure_unavailable);
    const [before, known] = await Promise.all([readErasure(log.pool, customerId), isKnown(log.pool, customerId)]);
    if (before === undefined && !known && (await readExport(log, customerId, undefined, 1)).length === 0) throw new Problem(customerProblems.customer_not_found);
    const erasure = await erase(customerId, { act: 'customer.erase', about: customerId, by: actorOf(request), why: { code: 'asked', message: reason } }, triggerOf(request));
    const isDone = erasure.finishedAt !== null;
    const { times: _times, ...told } = erasure;
    return reply.code(isDone ? 200 : 202).send({ ...told, rows: { ...told.rows }, status: isDone ? 'erased' : 'erasing' });
  });
}

function placeOf(text: string | undefined): ExportPlace {
  const [kind = '', ...id] = (text ?? '').split(' ');
  if (!(EXPORTED_KINDS as readonly string[]).includes(kind)) throw new Problem(problems.invalid_cursor);
  return { kind: kind as ExportedKind, id: id.join(' ') };
}
