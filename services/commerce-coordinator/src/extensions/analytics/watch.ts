/**
 * What one event means to analytics: readings to count, and what of its subject is remembered for steps and patterns. Pure.
 *
 * Promise: the same events in the order of the log give the same readings and the same emissions, however they are cut into
 * batches. Nothing is remembered of a subject that no step and no pattern needs.
 */
import type { StoredEvent } from '@commerce/event-log/event';
import type { Outcome } from '@commerce/event-log/extension';
import { apply } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import type { AbsencePattern, CountPattern, KeyBy, Pattern, Seen, SequencePattern } from './patterns.ts';
import type { Step } from './steps.ts';
import { LATE_MS } from './tally.ts';
import type { Reading } from './tally.ts';

type ByName<Value> = Readonly<Record<string, Value>>;

/** What is remembered of a subject, or of another key of a pattern. */
export interface Watched {
  /** By type: when the first event of it occurred, Unix milliseconds. Of types that a step or a pattern needs. */
  readonly times: ByName<number>;
  /** By pattern: until when something must have come, by the clock of the database. */
  readonly waits: ByName<number>;
  /** By pattern: when the events that count so far occurred. */
  readonly hits: ByName<readonly number[]>;
  /** What is counted with this change. Never stored here. */
  readonly readings: readonly Reading[];
}

const NONE = {};
const NO_READINGS: readonly Reading[] = [];
export const UNSEEN: Watched = { times: NONE, waits: NONE, hits: NONE, readings: NO_READINGS };

/** Nothing is left to remember. */
export function isForgotten({ times, waits, hits }: Watched): boolean {
  return isEmpty(times) && isEmpty(waits) && isEmpty(hits);
}

/** How long something is remembered of which nothing more is waited for: longer than any order takes. */
const REMEMBERED_MS = 35 * 86_400_000;

/** When there is something to do for it next: the first wait that is over, or else when it is forgotten. Unix milliseconds. */
export function dueMsOf({ times, waits, hits }: Watched): number {
  const due = Object.values(waits);
  if (due.length > 0) return Math.min(...due);
  // The first time known: it stays, so that the row need not move in the index of what is due.
  return Math.min(...Object.values(times), ...Object.values(hits).map((all) => all.at(-1) ?? Number.POSITIVE_INFINITY)) + REMEMBERED_MS;
}

type Role = 'opens' | 'ends';
interface Part {
  readonly pattern: Pattern;
  readonly role: Role;
}

/** The event as it is looked at. */
type Given = Pick<StoredEvent, 'type' | 'subject' | 'occurredAt' | 'recordedAtMs' | 'data'>;

export interface Watch {
  /** Further keys that the event touches. */
  also(event: Pick<Given, 'type' | 'data'>): readonly string[];
  observe(watched: Watched | undefined, event: Given, context: SendContext): Outcome<Watched>;
  /** The time of this wait may be over. `toldInTime`: the log has what it waits for, within its time. */
  fallDue(watched: Watched | undefined, wait: { readonly pattern: string; readonly subject: string; readonly toldInTime: boolean }, nowMs: number, context: SendContext): Outcome<Watched>;
  /** By name. */
  readonly absences: ReadonlyMap<string, AbsencePattern>;
}

/** Looks for these. */
export function createWatch(steps: readonly Step[], patterns: readonly Pattern[]): Watch {
  const parts = partsByType(patterns);
  const stepsOf = Map.groupBy(steps.flatMap((step) => [{ type: step.from, step }, { type: step.to, step }]), ({ type }) => type);
  const needed = new Set([...stepsOf.keys(), ...patterns.flatMap((pattern) => (pattern.kind === 'count' && pattern.given !== undefined ? [pattern.given] : []))]);
  const absences = new Map(patterns.flatMap((pattern) => (pattern.kind === 'absence' ? [[pattern.name, pattern] as const] : [])));

  function also({ type, data }: Pick<Given, 'type' | 'data'>): string[] {
    return (parts.get(type) ?? []).flatMap(({ pattern }) => {
      const key = keyOf(pattern.keyBy, data);
      return key === undefined ? [] : [placeOf(pattern, key)];
    });
  }

  function observe(before: Watched | undefined, event: Given, context: SendContext): Outcome<Watched> {
    const occurredMs = Date.parse(event.occurredAt);
    const atMs = event.recordedAtMs;
    const isLate = atMs - occurredMs > LATE_MS;
    const state = before ?? UNSEEN;
    const readings = [...state.readings, { measure: event.type, atMs, isLate, tookMs: null }];
    let times = state.times;
    if (needed.has(event.type) && times[event.type] === undefined) {
      times = { ...times, [event.type]: occurredMs };
      for (const { step: { name, from, to } } of stepsOf.get(event.type) ?? []) {
        const [begun, ended] = [times[from], times[to]];
        if (begun !== undefined && ended !== undefined) readings.push({ measure: name, atMs, isLate, tookMs: Math.max(0, ended - begun) });
      }
    }
    let after: Watched = { ...state, times, readings };
    const others = new Map<string, Watched>();
    for (const part of parts.get(event.type) ?? []) {
      if (part.pattern.keyBy === 'subject') {
        after = advance(part, after, after, event.subject, event, occurredMs, context);
        continue;
      }
      const key = keyOf(part.pattern.keyBy, event.data);
      if (key === undefined) continue;
      const place = placeOf(part.pattern, key);
      const other = others.get(place) ?? (context.other(place) as Watched | undefined) ?? UNSEEN;
      const moved = advance(part, other, after, key, event, occurredMs, context);
      if (moved !== other) others.set(place, moved);
    }
    return apply(after, [], others);
  }

  function fallDue(watched: Watched | undefined, { pattern: name, subject, toldInTime }: { pattern: string; subject: string; toldInTime: boolean }, nowMs: number, context: SendContext): Outcome<Watched> {
    const state = watched ?? UNSEEN;
    const dueMs = state.waits[name];
    if (dueMs === undefined) return apply(dueMsOf(state) <= nowMs && isEmpty(state.waits) ? { ...UNSEEN, readings: state.readings } : state);
    if (dueMs >= nowMs) return apply(state);
    const pattern = absences.get(name);
    if (pattern !== undefined && !toldInTime) emit(pattern, { key: subject, subject, sinceMs: dueMs - pattern.withinMs, untilMs: dueMs }, context);
    return apply({ ...state, waits: without(state.waits, name) });
  }

  return { also, observe, fallDue, absences };
}

/** Takes the event into the state of the pattern's key. `own`: what is known of the event's subject. */
function advance({ pattern, role }: Part, state: Watched, own: Watched, key: string, event: Given, occurredMs: number, context: SendContext): Watched {
  const seen = { key, subject: event.subject };
  if (pattern.kind === 'absence') return awaited(pattern, role, state, seen, event.recordedAtMs, context);
  if (pattern.kind === 'count') return counted(pattern, state, own, seen, occurredMs, context);
  return followed(pattern, role, state, seen, occurredMs, context);
}

type SeenOf = Pick<Seen, 'key' | 'subject'>;

/** What comes after its time finds a wait that is over, though nobody has looked yet. */
function awaited(pattern: AbsencePattern, role: Role, state: Watched, seen: SeenOf, recordedMs: number, context: SendContext): Watched {
  const { name, withinMs } = pattern;
  const dueMs = state.waits[name];
  const isOver = dueMs !== undefined && recordedMs > dueMs;
  if (isOver) emit(pattern, { ...seen, sinceMs: dueMs - withinMs, untilMs: dueMs }, context);
  if (role === 'ends') return { ...state, waits: without(state.waits, name) };
  return dueMs === undefined || isOver ? { ...state, waits: { ...state.waits, [name]: recordedMs + withinMs } } : state;
}

function counted(pattern: CountPattern, state: Watched, own: Watched, seen: SeenOf, occurredMs: number, context: SendContext): Watched {
  const { name, withinMs, times, given } = pattern;
  if (given !== undefined && own.times[given] === undefined) return state;
  const all = [...(state.hits[name] ?? []), occurredMs].sort((a, b) => a - b);
  const latestMs = all.at(-1) ?? occurredMs;
  const recent = all.filter((at) => at > latestMs - withinMs);
  if (recent.length < times) return { ...state, hits: { ...state.hits, [name]: recent } };
  emit(pattern, { ...seen, sinceMs: recent[0] ?? occurredMs, untilMs: latestMs }, context);
  return { ...state, hits: without(state.hits, name) };
}

function followed(pattern: SequencePattern, role: Role, state: Watched, seen: SeenOf, occurredMs: number, context: SendContext): Watched {
  const { name, withinMs } = pattern;
  if (role === 'opens') return { ...state, hits: { ...state.hits, [name]: [occurredMs] } };
  const firstMs = state.hits[name]?.[0];
  if (firstMs === undefined) return state;
  if (occurredMs - firstMs <= withinMs) emit(pattern, { ...seen, sinceMs: firstMs, untilMs: occurredMs }, context);
  return { ...state, hits: without(state.hits, name) };
}

function emit({ emits, tell }: Pattern, seen: Seen, context: SendContext): void {
  emits.sendRobust(tell(seen), context);
}

function partsByType(patterns: readonly Pattern[]): ReadonlyMap<string, readonly Part[]> {
  const parts = patterns.flatMap((pattern): [string, Part][] => {
    if (pattern.kind === 'count') return [[pattern.of, { pattern, role: 'ends' }]];
    if (pattern.kind === 'sequence') return [[pattern.followedBy, { pattern, role: 'ends' }], [pattern.first, { pattern, role: 'opens' }]];
    return [...pattern.absent.map((type): [string, Part] => [type, { pattern, role: 'ends' }]), [pattern.after, { pattern, role: 'opens' }]];
  });
  const byType = new Map<string, Part[]>();
  for (const [type, part] of parts) byType.set(type, [...(byType.get(type) ?? []), part]);
  return byType;
}

/** Undefined when the pattern goes by the subject, or the data has no such text. */
function keyOf(keyBy: KeyBy, data: unknown): string | undefined {
  if (keyBy === 'subject') return undefined;
  const value = (data as Readonly<Record<string, unknown>>)[keyBy.member];
  return typeof value === 'string' ? value : undefined;
}

/** Under which the state of a key is kept: never the subject of an event. */
function placeOf({ name }: Pattern, key: string): string {
  return `${name}\n${key}`;
}

function without<Value>(all: ByName<Value>, name: string): ByName<Value> {
  if (all[name] === undefined) return all;
  const { [name]: _gone, ...rest } = all;
  return isEmpty(rest) ? NONE : rest;
}

function isEmpty(all: object): boolean {
  for (const _name in all) return false;
  return true;
}
