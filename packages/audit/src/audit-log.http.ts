/**
 * The acts of people, as they were recorded, to be searched: who did what, about what, and when.
 * Promise: pages are stable while acts are recorded. Read-only: an act is recorded with what it changes, and nothing else writes one.
 */
import { readHistory } from '@commerce/event-log/history';
import type { StoredEvent } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import type { DataOf } from '@commerce/events/catalogue';
import { AuditRecorded } from '@commerce/events/entries';
import { compilePattern } from '@commerce/events/pattern';
import type { CompiledPattern } from '@commerce/events/pattern';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { ProblemDefinition } from '@commerce/service-kit/problems';
import { z } from 'zod';

export interface AuditLogApi {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** The service's refusal of a cursor that was not made here. */
  readonly invalidCursor: ProblemDefinition;
}

const text = z.string().min(1).max(200);
const auditQuery = z.strictObject({
  who: text.optional().meta({ description: 'Only acts of this person: the subject of the token.' }),
  client: text.optional().meta({ description: 'Only acts by this client.' }),
  what: z.string().max(100).regex(/^[a-z][a-z0-9_.-]*(\.\*)?$/, 'must be an act such as dead-letters.redrive, or dead-letters.* for all that begin so').optional()
    .meta({ description: 'Only this act, or all that begin so: dead-letters.redrive, dead-letters.*', example: 'dead-letters.*' }),
  subject: text.optional().meta({ description: 'Only acts about this: the id of an order, a product, a client, or whatever else was changed.' }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what was recorded then or later.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what was recorded before.' }),
  limit: pageLimit, cursor: z.string().min(1).max(1_000).optional(),
});

const actView = z.strictObject({
  eventId: z.string(),
  act: z.string().meta({ example: 'dead-letters.redrive' }),
  about: z.string().meta({ description: 'Id of what was changed.' }),
  by: z.strictObject({ subject: z.string(), clientId: z.string() }),
  why: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  recordedAt: z.iso.datetime(),
  correlationId: z.string().meta({ description: 'The request by which it was done.' }),
});

const auditView = z.strictObject({
  items: z.array(actView),
  nextCursor: z.string().nullable().meta({ description: 'Of the next page; null at the end. A page may have fewer items than asked for, or none, and yet a next one.' }),
});

/** Adds the search over acts. */
export function addAuditLogRoutes(app: HttpApp, { log, cursors, invalidCursor }: AuditLogApi): void {
  app.get('/api/audit', {
    config: { scope: 'admin', problems: [invalidCursor] },
    schema: {
      operationId: 'searchAudit', summary: 'Search the acts of people, newest first', tags: ['audit'], querystring: auditQuery, response: { 200: auditView },
      description: 'All conditions must hold. Acts are kept for seven years.',
    },
  }, async ({ query, signal }) => {
    const { limit, cursor: given, ...filter } = query;
    const list = JSON.stringify(['audit', filter]);
    const page = await readHistory(log.pool, log.epoch, {
      types: [AuditRecorded.type], subject: filter.subject, pattern: patternOf(filter),
      fromMs: filter.from === undefined ? undefined : Date.parse(filter.from), toMs: filter.to === undefined ? undefined : Date.parse(filter.to),
    }, { limit, signal, ...(given !== undefined && { before: placeOf(cursors.open(list, given), invalidCursor) }) });
    const { next } = page;
    return { items: page.events.map(actOf), nextCursor: next === undefined ? null : cursors.seal(list, `${next.epoch}.${next.txid}.${next.position}`) };
  });
}

function actOf({ eventId, data, recordedAtMs, correlationId }: StoredEvent): z.infer<typeof actView> {
  const { act, about, by, why, details } = data as DataOf<typeof AuditRecorded>;
  return { eventId, act, about, by, why, ...(details !== undefined && { details }), recordedAt: new Date(recordedAtMs).toISOString(), correlationId };
}

/** What no column says. */
function patternOf({ who, client, what }: Pick<z.infer<typeof auditQuery>, 'who' | 'client' | 'what'>): CompiledPattern | undefined {
  const by = { ...(who !== undefined && { subject: [who] }), ...(client !== undefined && { clientId: [client] }) };
  const data = {
    ...(what !== undefined && { act: [what.endsWith('.*') ? { prefix: what.slice(0, -1) } : what] }),
    ...(Object.keys(by).length > 0 && { by }),
  };
  return Object.keys(data).length === 0 ? undefined : compilePattern(JSON.stringify({ data }));
}

/** Throws a problem for what is no place of this list. */
function placeOf(place: string | undefined, refusal: ProblemDefinition): { epoch: number; txid: number; position: number } {
  const [epoch, txid, position] = (place ?? '').split('.').map(Number);
  if (epoch === undefined || txid === undefined || position === undefined) throw new Problem(refusal);
  return { epoch, txid, position };
}
