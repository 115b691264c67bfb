/** Which dead letters somebody means: from the address, from a group, or one by one; how they are counted; and what is asked of the service. Pure. */
import type { paths } from '../../openapi.ts';

export type Counts = paths['/dead-letters/counts']['get']['responses']['200']['content']['application/json'];
export type Group = Counts['items'][number];
export type Letters = paths['/dead-letters']['get']['responses']['200']['content']['application/json'];
export type Letter = Letters['items'][number];
export type WholeLetter = paths['/dead-letters/{letterId}']['get']['responses']['200']['content']['application/json'];
export type Run = paths['/dead-letter-runs/{runId}']['get']['responses']['200']['content']['application/json'];
export type Kind = Letter['kind'];
export type Wish = paths['/dead-letter-runs']['post']['requestBody']['content']['application/json'];
export type Selection = Wish['selection'];

export const KINDS: readonly Kind[] = ['queue', 'rule-target', 'work', 'publish'];

export const KIND_TEXTS: Readonly<Record<Kind, string>> = {
  queue: 'not taken by the consumer', 'rule-target': 'not brought to its target', work: 'a handler gave up', publish: 'the bus refused',
};

/** Filters of the list, as the address has them; empty: any. */
export interface Filters {
  readonly kind: string;
  readonly queue: string;
  readonly reason: string;
  readonly type: string;
  readonly handler: string;
}

export const FILTERS: readonly (keyof Filters)[] = ['kind', 'queue', 'reason', 'type', 'handler'];

export function filtersOf(group: Group): Filters {
  return { kind: group.kind, queue: group.queue ?? '', reason: group.reason, type: group.eventType ?? '', handler: group.handler ?? '' };
}

export function isFiltered(filters: Filters): boolean {
  return FILTERS.some((name) => filters[name] !== '');
}

/** For the list; only what is set. */
export function listQuery(filters: Filters): Partial<Record<keyof Filters, string>> {
  return Object.fromEntries(FILTERS.map((name) => [name, filters[name]]).filter(([, value]) => value !== '')) as Partial<Record<keyof Filters, string>>;
}

/** For a run. Nothing set means everything there is, which has to be said. `mended`: of messages only those that are accepted now. */
export function selectionOf(filters: Filters, mended: boolean): Selection {
  const { kind, ...named } = listQuery(filters);
  const isAll = kind === undefined && Object.keys(named).length === 0;
  return { ...(isAll && { all: true as const }), ...(kind !== undefined && { kinds: [kind as Kind] }), ...named, ...(mended && { mended: true as const }) } as Selection;
}

export function isIn(filters: Filters, group: Group): boolean {
  const its = filtersOf(group);
  return FILTERS.every((name) => filters[name] === '' || filters[name] === its[name]);
}

export function countIn(filters: Filters, groups: readonly Group[]): number {
  return groups.filter((group) => isIn(filters, group)).reduce((sum, { count }) => sum + count, 0);
}

/** Messages can be judged by what the catalogue says now; what is in the log already cannot. */
export function hasMessages(groups: readonly Group[]): boolean {
  return groups.some(({ kind }) => kind === 'queue' || kind === 'rule-target');
}

/** How a queue stands. `retentionSeconds`: for how long a message stays in it. */
export type QueueState = Counts['queues'][number] & { readonly retentionSeconds?: number | null };

/** When SQS forgets the oldest of a group: a message stays so long from when it was first sent. ISO 8601; undefined for what is in the log, which stays, and where it is not known. */
export function goneAt({ queue, oldest }: Pick<Group, 'queue' | 'oldest'>, queues: readonly Pick<QueueState, 'queue' | 'retentionSeconds'>[]): string | undefined {
  const seconds = queues.find((one) => one.queue === queue)?.retentionSeconds ?? 0;
  return seconds === 0 ? undefined : new Date(Date.parse(oldest) + seconds * 1_000).toISOString();
}

/** How many of a run were done, of how many, as far as it is known. */
export function progressOf({ toDo, redriven, known, refused, discarded, moved }: Pick<Run, 'toDo' | 'redriven' | 'known' | 'refused' | 'discarded' | 'moved'>): { readonly done: number; readonly of: number } {
  const done = redriven + known + refused + discarded + moved;
  return { done, of: Math.max(toDo ?? 0, done) };
}

/** So long after SQS has moved messages back it is not known of all whether they are taken: each is refused a few times, and only then lies here again. */
export const JUDGED_WITHIN_MS = 90_000;

/** How many messages SQS has moved back lately, of which is not known whether they are taken. `runs`: the latest ones. */
export function onTheirWay(runs: readonly Pick<Run, 'act' | 'moved' | 'startedAt' | 'endedAt'>[], nowMs: number): number {
  return runs.filter(({ act, startedAt, endedAt }) => act === 'redrive' && nowMs - Date.parse(endedAt ?? startedAt) < JUDGED_WITHIN_MS).reduce((sum, { moved }) => sum + moved, 0);
}

/** `about 2 min` for so many at such a rate. */
export function secondsFor(count: number, rate: number): number {
  return Math.ceil(count / Math.max(1, rate));
}

/** What a run went through, for people. */
export function selectionText(selection: Run['selection']): string {
  const { ids, kinds, queue, reason, type, handler, mended, before, since } = selection;
  const parts = [
    ids === undefined ? undefined : ids.length === 1 ? ids[0] : `${ids.length} chosen ones`,
    kinds?.map((kind) => KIND_TEXTS[kind]).join(', '), queue === undefined ? undefined : `queue ${queue}`, reason, type, handler, before === undefined ? undefined : `before ${before}`, since === undefined ? undefined : `since ${since}`,
    mended === true ? 'accepted now' : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all of them' : parts.join(' · ');
}
