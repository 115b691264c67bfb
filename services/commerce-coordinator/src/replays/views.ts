/** What the routes of replays take and answer. */
import type { Replay } from '@commerce/event-log/replay';
import { pageLimit } from '@commerce/service-kit/cursors';
import { z } from 'zod';
import { reasonForm } from '../audit.ts';
import { cursor } from '../requests.http.ts';

const time = z.iso.datetime();
/** PostgreSQL has no year 0. */
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00Z');
const givenTime = z.iso.datetime({ offset: true }).refine((text) => Date.parse(text) >= EARLIEST_MS, 'must not lie before the year 1');
const count = z.int().min(0);
const name = z.string().regex(/^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_]*)?$/, 'must be a name such as orders or orders.confirm').max(100);

const target = z.union([
  z.strictObject({ handler: name.meta({ description: 'One handler, as the map of signals has it.', example: 'orders.confirm' }) }),
  z.strictObject({ extension: name.meta({ description: 'All transactional handlers of an extension that the map connects to the event.', example: 'orders' }) }),
  z.strictObject({ endpoint: z.uuid().meta({ description: 'One webhook endpoint.' }) }),
  z.strictObject({ bus: z.literal(true).meta({ description: 'The bus, once more; consumers know the events by their ids.' }) }),
  z.strictObject({ projection: name.meta({ description: 'Rows that are built anew from the whole log, and put in the place of the live ones.', example: 'orders' }) }),
]);

const selected = {
  types: z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,127}$/, 'must be the name of a type')).min(1).max(50).optional().meta({ description: 'OrderCreated, ORDER_CREATED or order.created.' }),
  orderId: z.string().min(1).max(200).optional().meta({ description: 'What the events are about.' }),
  correlationId: z.uuid().optional(),
  from: givenTime.optional().meta({ description: 'Recorded then or later.' }),
  to: givenTime.optional().meta({ description: 'Recorded before.' }),
  filter: z.string().min(1).max(4_096).optional().meta({ description: 'An EventBridge event pattern as JSON text, as the history takes it.' }),
};
const selection = z.strictObject(selected);

const mode = z.enum(['dry', 'run']);
const effects = z.enum(['suppressed', 'allowed']).meta({ description: 'suppressed: nothing outside of the database is done, not by what follows either; it is told what would have been.' });
const rate = z.int().min(1).max(10_000);
const accept = z.boolean();

export const startForm = z.strictObject({
  target,
  selection: z.strictObject({ all: z.literal(true).optional().meta({ description: 'Every event; nothing else stands beside it.' }), ...selected }).default({}),
  mode: mode.default('dry').meta({ description: 'dry: decides, tells what would change, and changes nothing.' }),
  effects: effects.default('suppressed'),
  rate: rate.optional().meta({ description: 'Events in a second at most; without it as many as the live readers leave room for.' }),
  accept: accept.default(false).meta({ description: 'Of a rebuild: swap although rows differ.' }),
  reason: reasonForm,
});
export const runForm = z.strictObject({ effects: effects.default('suppressed'), rate: rate.optional(), accept: accept.default(false), reason: reasonForm });
export const actForm = z.strictObject({ reason: reasonForm });
export const replayPath = z.strictObject({ replayId: z.uuid() });
export const listQuery = z.strictObject({ limit: pageLimit, cursor });
const kind = z.enum(['row', 'event', 'effect', 'waiting', 'fault']);
export const differencesQuery = z.strictObject({ kind: kind.optional(), limit: pageLimit, cursor });

export const replayView = z.strictObject({
  replayId: z.uuid(), target, selection, mode, effects, accept: z.boolean(),
  dryRunId: z.uuid().nullable().meta({ description: 'The dry run that it carries out, over the same events.' }),
  rate: rate.nullable(), state: z.enum(['waiting', 'running', 'stopped', 'done', 'failed']),
  requestedBy: z.strictObject({ subject: z.string(), clientId: z.string() }), reason: z.string(),
  progress: z.number().min(0).max(1).nullable().meta({ description: 'By the place in the log; null before it has started.' }),
  scanned: count.meta({ description: 'Events that were looked at.' }), matched: count.meta({ description: 'Of these, the ones that are meant.' }),
  applied: count.meta({ description: 'Decisions that apply.' }), ignored: count.meta({ description: 'Decisions that say nothing new, or what was there already.' }),
  skipped: count.meta({ description: 'Their time has not come, an earlier one of the subject has failed, or nobody hears them. Of a rebuild: rows of which the log tells nothing; they go along.' }), failed: count,
  appended: count.meta({ description: 'New events.' }), outside: count.meta({ description: 'Effects, deliveries and messages on the bus that were made, or would be.' }),
  changed: count.meta({ description: 'Rows that change; beyond the 10,000 that are kept, one that changes twice counts twice.' }),
  kept: z.string().nullable().meta({ description: 'Of a rebuild: the table that was live before, until somebody drops it, or for seven days.' }),
  error: z.string().nullable(), createdAt: time, startedAt: time.nullable(), endedAt: time.nullable(),
});
export const targetsView = z.strictObject({
  handlers: z.array(z.strictObject({ handler: z.string(), types: z.array(z.string()).meta({ description: 'What the map of signals connects to it.' }) })),
  extensions: z.array(z.string()), projections: z.array(z.string()).meta({ description: 'Can be built anew.' }),
});
export const replayListView = z.strictObject({ items: z.array(replayView), nextCursor: z.string().nullable() });

const differenceView = z.strictObject({
  kind: kind.meta({ description: 'row: of an extension. event: appended. effect: run outside, or held back. waiting: for an effect that was held back. fault: a decision that failed.' }),
  name: z.string().meta({ description: 'Of the extension, the type of the event, the handler.' }), subject: z.string(),
  eventId: z.string().nullable().meta({ description: 'The event of the log that it comes of.' }), before: z.unknown(), after: z.unknown(),
});
export const differenceListView = z.strictObject({ items: z.array(differenceView), nextCursor: z.string().nullable() });

export function viewOf({ replayId, target: to, selection: of, mode: how, effects: outside, accept: accepts, dryRunId, rate: per, state, requestedBy, reason, progress, counts, kept, error, createdAt, startedAt, endedAt }: Replay): z.infer<typeof replayView> {
  return {
    replayId, target: to, selection: of as z.infer<typeof selection>, mode: how, effects: outside, accept: accepts, dryRunId, rate: per, state, requestedBy, reason, progress, ...counts, kept, error,
    createdAt: createdAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, endedAt: endedAt?.toISOString() ?? null,
  };
}
