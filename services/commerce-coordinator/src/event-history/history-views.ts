/**
 * The forms in which history shows events: one as it is listed, and one with what led to it and what came of it.
 */
import type { EventStory, StoryEvent, StoryRun } from '@commerce/event-log/event-story';
import type { HistoryItem } from '@commerce/event-log/history-item';
import { historyItem } from '@commerce/event-log/history-item';
import { z } from 'zod';

const time = z.iso.datetime();

const known = {
  eventId: z.string(), eventType: z.string(), eventVersion: z.string(), timestamp: time, source: z.string(), correlationId: z.string(),
  causationId: z.string().nullable().meta({ description: 'The event that triggered it; null when a request did.' }),
  topic: z.string(), subject: z.string().meta({ description: 'What it is about: the order id for the whole flow of an order.' }),
  origin: z.enum(['own', 'foreign']), recordedAt: time.meta({ description: 'When it came into this log, by the clock of the database.' }),
  handler: z.string().nullable().meta({ description: 'Who appended it; null for a request and for what came from outside.' }),
  attempt: z.int().nullable().meta({ description: 'At which attempt of that handler.' }),
};

export const itemView = z.strictObject({ ...known, data: z.unknown(), metadata: z.record(z.string(), z.unknown()) });

export const historyView = z.strictObject({
  items: z.array(itemView),
  nextCursor: z.string().nullable().meta({ description: 'Goes on with older events, also when this page is short or empty: the search has looked at as many events as one request may. Null at the end.' }),
  scanned: z.int().meta({ description: 'Events that were looked at for this page.' }),
  pending: z.boolean().meta({ description: 'On the first page: newer events are stored and not listed yet, because a transaction is open that may still write earlier ones.' }),
});

const runView = z.strictObject({
  handler: z.string(),
  state: z.enum(['failed', 'ignored', 'ready', 'waiting', 'behind', 'dead']).meta({
    description: 'failed: an attempt that failed. ignored: by which rule. ready: runs at retryAt. waiting: for a change of its subject. behind: held by a dead one. dead: given up.',
  }),
  attempt: z.int().nullable(), at: time.nullable(), retryAt: time.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(), rule: z.string().nullable(),
});

const heard = { handlers: z.array(z.string()).meta({ description: 'Who hears it now.' }), runs: z.array(runView).meta({ description: 'Attempts that failed, what was ignored, and what is open.' }) };
const causeView = z.strictObject({ ...known, ...heard });
const followingView = z.strictObject({ depth: z.int().meta({ description: '1: caused by the event itself.' }), ...known, ...heard });

export const storyView = z.strictObject({
  event: z.strictObject({ ...itemView.shape, ...heard }),
  causes: z.array(causeView).meta({ description: 'What led to it, the first cause first.' }),
  missingCause: z.string().nullable().meta({ description: 'A cause that this log does not have.' }),
  following: z.array(followingView).meta({ description: 'What came of it under its correlation id, as a tree read from its top: an event stands below what caused it, one deeper.' }),
  isCut: z.boolean().meta({ description: 'More led to it or came of it than is shown.' }),
});

export type HistoryItemView = z.infer<typeof itemView>;

export function itemOf(item: HistoryItem): HistoryItemView {
  return { ...item, metadata: { ...item.metadata } };
}

/** `handlers`: who hears a type now. `sees`: may events of this topic be shown. */
export function storyOf(story: EventStory, handlers: (type: string) => readonly string[], sees: (topic: string) => boolean): z.infer<typeof storyView> {
  const runs = Map.groupBy(story.runs, ({ eventId }) => eventId);
  const heardOf = ({ eventId, eventType }: StoryEvent) => ({ handlers: [...handlers(eventType)], runs: (runs.get(eventId) ?? []).map(runOf) });
  const event = historyItem(story.event);
  return {
    event: { ...itemOf(event), ...heardOf(event) },
    causes: story.causes.filter(({ topic }) => sees(topic)).map((cause) => ({ ...cause, ...heardOf(cause) })),
    missingCause: story.missingCause,
    following: story.following.events.filter((one) => sees(one.event.topic)).map(({ depth, event: one }) => ({ depth, ...one, ...heardOf(one) })),
    isCut: story.isCut,
  };
}

function runOf({ handler, state, attempt, at, retryAt, error, rule }: StoryRun): z.infer<typeof runView> {
  return { handler, state, attempt, at: at?.toISOString() ?? null, retryAt: retryAt?.toISOString() ?? null, error: error === null ? null : { code: error.code, message: error.message }, rule };
}
