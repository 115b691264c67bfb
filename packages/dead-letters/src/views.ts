/** What the routes of dead letters take and answer. */
import { pageLimit } from '@commerce/service-kit/cursors';
import { z } from 'zod';
import type { GivenReason } from './act.ts';
import type { Diff } from './diff.ts';
import type { Count, DeadLetter, LetterMore } from './list.pg.ts';
import type { QueueState } from './queues.pg.ts';
import type { Run } from './runs.pg.ts';
import { kindOf, KINDS, QUEUES } from './selection.ts';
import type { QueueName } from './selection.ts';

const count = z.int().min(0);
const cursor = z.string().min(1).max(1_000).optional();
const time = z.iso.datetime();
const kind = z.enum(KINDS).meta({
  description: 'queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.',
});
const word = z.string().regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 visible characters of ASCII');
const id = z.string().min(1).max(500);
const queue = z.string().meta({ description: 'dead: what the consumer did not take. undelivered: what did not reach the queue of the consumer. uncopied: own events that did not reach the copy of the bus. undecrypted, replica-undecrypted: own events that the bus, or its copy, could not encrypt or decrypt. order-updates, dispute-updates, fulfillment-events: what the consumer did not take from this topic of Kafka.' });

const filters = {
  reason: word.optional().meta({ description: 'Why: the reason of the consumer, AWS’s code, or the code of the error.' }),
  type: word.optional().meta({ description: 'Type of the event.' }),
  handler: word.optional().meta({ description: 'Which handler gave up; only of work.' }),
  queue: z.enum(QUEUES).optional().meta({ description: 'In which queue it lies; only of messages.' }),
  before: time.optional().meta({ description: 'Dead before this time.' }),
  since: time.optional().meta({ description: 'Dead at this time or later.' }),
};

export const listQuery = z.strictObject({ kind: kind.optional(), ...filters, limit: pageLimit, cursor });
export const pageQuery = z.strictObject({ limit: pageLimit, cursor });
export const letterPath = z.strictObject({ letterId: id });
export const runPath = z.strictObject({ runId: z.uuid() });

const letterFields = {
  id, kind, queue: queue.nullable(), at: time.meta({ description: 'Since when: a message was sent then, an event given up or refused first.' }), reason: z.string(), detail: z.string(),
  eventId: z.string().nullable(), eventType: z.string().nullable(), handler: z.string().nullable(),
  subject: z.string().nullable().meta({ description: 'What the event is about, such as the order; null for what is not in the log.' }),
  attempts: count.meta({ description: 'Deliveries that were refused, attempts of the handler, or attempts of AWS.' }),
};
const letterView = z.strictObject(letterFields);

const queueView = z.strictObject({
  kind: z.enum(['rule-target', 'queue']), queue, lookedAt: time.nullable().meta({ description: 'When somebody looked into the queue last; null before the first look.' }),
  isComplete: z.boolean().meta({ description: 'That look came to the end of the queue.' }),
  retentionSeconds: count.nullable().meta({ description: 'For how long a message stays in it; null before this process has looked.' }), fault: z.string().nullable().meta({ description: 'Why it could not be looked into; null when it could.' }),
});

export const letterListView = z.strictObject({ items: z.array(letterView), nextCursor: z.string().nullable(), queues: z.array(queueView) });

export const countsView = z.strictObject({
  items: z.array(z.strictObject({ kind, queue: queue.nullable(), reason: z.string(), eventType: z.string().nullable(), handler: z.string().nullable(), count, oldest: time })),
  total: count, queues: z.array(queueView),
});

export const letterDetailView = z.strictObject({
  ...letterFields,
  attemptsRecorded: z.array(z.strictObject({ at: time, attempt: count, code: z.string(), message: z.string(), handler: z.string().nullable() })),
  attributes: z.record(z.string(), z.string()).meta({ description: 'Of the message: of a rule target what AWS wrote, such as RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS.' }),
  text: z.string().nullable().meta({ description: 'The message, or the event as JSON; null when it is gone.' }),
  diff: z.strictObject({
    eventType: z.string().nullable(), version: z.string().nullable(), currentVersion: z.string().nullable(),
    differences: z.array(z.strictObject({ path: z.string(), problem: z.enum(['missing', 'unknown', 'invalid']), message: z.string() })),
  }).nullable().meta({ description: 'Where it does not fit the present version of the catalogue. No differences: it fits.' }),
  now: z.strictObject({ isAccepted: z.boolean(), reason: z.string().nullable(), detail: z.string().nullable() }).nullable()
    .meta({ description: 'Of a message: what catalogue and map say of it now. null for what is in the log.' }),
});

export const selectionForm = z.strictObject({
  all: z.literal(true).optional().meta({ description: 'Everything there is; nothing else stands beside it but mended.' }),
  kinds: z.array(kind).min(1).max(KINDS.length).optional(), ids: z.array(id).min(1).max(200).optional(), ...filters,
  mended: z.literal(true).optional().meta({ description: 'Of messages only those that catalogue and map accept now; the others stay where they are.' }),
});

const act = z.enum(['redrive', 'discard']);
const rate = z.int().min(1).max(500);

/** What takes a reason takes it in the form of the service. */
export function formsWith(reason: z.ZodType<GivenReason>) {
  return {
    run: z.strictObject({ act, selection: selectionForm, rate: rate.default(100).meta({ description: 'Dead letters in a second at most.' }), reason }),
    stop: z.strictObject({ reason }),
  };
}

export const runView = z.strictObject({
  runId: z.uuid(), act, selection: selectionForm.omit({ all: true }).meta({ description: 'Empty: all.' }), rate,
  state: z.enum(['running', 'stopping', 'done', 'stopped']), askedBy: z.strictObject({ subject: z.string(), clientId: z.string() }), why: z.string(),
  toDo: count.nullable().meta({ description: 'How many were meant when it began; null before they were counted.' }),
  redriven: count.meta({ description: 'Taken into the log, put back on the queue, or due again.' }),
  known: count.meta({ description: 'Were in the log already: nothing was handled again.' }),
  refused: count.meta({ description: 'Refused again; they stay where they are, with the new reason.' }),
  discarded: count, moved: count.meta({ description: 'Moved back to the queue by SQS.' }),
  lastError: z.string().nullable(), startedAt: time, endedAt: time.nullable(),
});

export const runListView = z.strictObject({ items: z.array(runView), nextCursor: z.string().nullable() });

export function letterOf({ id: name, kind: its, queue: where, at, reason, detail, eventId, eventType, handler, subject, attempts }: DeadLetter): z.infer<typeof letterView> {
  return { id: name, kind: its, queue: where, at: at.toISOString(), reason, detail, eventId, eventType, handler, subject, attempts };
}

/** `retentionSeconds`: of a queue, where it is known. */
export function queuesOf(states: readonly QueueState[], retentionSeconds: (queue: QueueName) => number | undefined): z.infer<typeof queueView>[] {
  return states.map(({ queue: name, lookedAt, isComplete, fault }) => ({ kind: kindOf(name), queue: name, lookedAt: lookedAt?.toISOString() ?? null, isComplete, retentionSeconds: retentionSeconds(name) ?? null, fault }));
}

export function countsOf(counts: readonly Count[], queues: z.infer<typeof queueView>[]): z.infer<typeof countsView> {
  return { items: counts.map(({ oldest, ...rest }) => ({ ...rest, oldest: oldest.toISOString() })), total: counts.reduce((sum, one) => sum + one.count, 0), queues };
}

export function detailOf(letter: DeadLetter, more: LetterMore, { text, diff, now }: { text: string | null; diff: Diff | null; now: z.infer<typeof letterDetailView>['now'] }): z.infer<typeof letterDetailView> {
  return {
    ...letterOf(letter), attributes: { ...more.attributes }, text, now, diff: diff === null ? null : { ...diff, differences: [...diff.differences] },
    attemptsRecorded: more.attempts.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })),
  };
}

export function runOfRow({ runId, act: its, selection, rate: per, state, askedBy, why, toDo, counts, lastError, startedAt, endedAt }: Run): z.infer<typeof runView> {
  return {
    runId, act: its, selection: selection as z.infer<typeof runView>['selection'], rate: per, state, askedBy, why, toDo, ...counts, lastError,
    startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null,
  };
}
