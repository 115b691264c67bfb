/**
 * Whom a replay gives its events to, as one thing: so many events at once, and what became of them.
 *
 * Promise: what is done in this database is done in the transaction that moves the cursor. What leaves it (the bus) is done before: it
 * may leave twice after a kill, under the same id. Without `effects: allowed` nothing leaves, and it is told what would have.
 */
import { isReadable } from './current-form.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import type { MappedExtension } from './map.ts';
import type { Replay, ReplayDifference } from './replay.ts';
import { Deciding } from './replay-decisions.pg.ts';
import type { DecidedBatch } from './replay-decisions.pg.ts';
import { handIn } from './replay-work.pg.ts';

/** Puts events on the bus once more, with `resource` beside each. Resolves with those that it refused. Throws when it cannot be reached. */
export type Republish = (events: readonly StoredEvent[], resource: string, signal: AbortSignal) => Promise<readonly { readonly event: StoredEvent; readonly code: string; readonly message: string }[]>;

/** Writes the deliveries of events to one endpoint, each once for a replay. Gives how many were made. */
export type DeliverAgain = (tx: Tx, to: { readonly endpointId: string; readonly replayId: string }, events: readonly StoredEvent[]) => Promise<number>;

/** Ways to the outside. One that a process does not have fails the replays that need it. */
export interface ReplayPorts {
  readonly republish?: Republish | undefined;
  /** Is this event one of those that are published? */
  readonly isPublished?: (event: StoredEvent) => boolean;
  readonly deliverAgain?: DeliverAgain | undefined;
}

export interface Target {
  /** How many of these events go at once, from the first on; at least one. */
  take(events: readonly StoredEvent[]): number;
  /** `note` records what became of them: in the transaction that did it, where there is one. */
  give(events: readonly StoredEvent[], note: (tx: Tx | undefined, batch: DecidedBatch) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** A replay that nobody here can carry out, now or later. `message` is for the person who asked. */
export class Unreplayable extends Error {
  override readonly name = 'Unreplayable';
}

export interface TargetOptions {
  readonly log: EventLog;
  readonly all: readonly MappedExtension[];
  readonly ports: ReplayPorts;
  /** Subjects of which an event has failed in this replay. */
  readonly held: readonly string[];
  readonly monotonicMs: () => number;
  /** Runs `work` in a transaction. */
  readonly inTransaction: (work: (tx: Tx) => Promise<void>) => Promise<void>;
}

/** The bus takes them by tens. */
const AT_ONCE = 100;

/** Throws `Unreplayable`. */
export function targetOf(replay: Replay, options: TargetOptions): Target {
  const { target } = replay;
  if ('extension' in target) return decidingTarget(replay, options, extensionOf(options.all, target.extension), () => true);
  if ('handler' in target) {
    const { handler } = target;
    const mapped = extensionOf(options.all, handler.slice(0, handler.indexOf('.')));
    if (handler in mapped.extension.handlers) return decidingTarget(replay, options, mapped, (name) => name === handler);
    if (handler in mapped.extension.effects) return effectTarget(replay, options, mapped, handler);
    throw new Unreplayable(`The extension ${mapped.extension.name} has no handler ${handler}.`);
  }
  if ('endpoint' in target) return endpointTarget(replay, options, target.endpoint);
  if ('bus' in target) return busTarget(replay, options);
  throw new Unreplayable('A projection is rebuilt, not replayed into.');
}

function extensionOf(all: readonly MappedExtension[], name: string): MappedExtension {
  const mapped = all.find(({ extension }) => extension.name === name);
  if (mapped === undefined) throw new Unreplayable(`No extension ${name} is loaded.`);
  return mapped;
}

function decidingTarget({ replayId, effects, mode }: Replay, { log, all, held, monotonicMs }: TargetOptions, mapped: MappedExtension, takes: (handler: string) => boolean): Target {
  const deciding = new Deciding({ log, mapped, all, takes, held, monotonicMs, isDry: mode === 'dry', mark: { id: replayId, effects } });
  return { take: (events) => deciding.take(events), give: (events, note) => deciding.decide(events, note) };
}

const few = (events: readonly StoredEvent[]): number => Math.min(events.length, AT_ONCE);

function difference(name: string, { eventId, type, subject }: StoredEvent, isDone: boolean): ReplayDifference {
  return { key: `effect:${name}:${eventId}`, kind: 'effect', name, subject, eventId, before: null, after: JSON.stringify({ signal: type, done: isDone }) };
}

function effectTarget({ replayId, effects, mode }: Replay, { log, inTransaction }: TargetOptions, { extension, routes }: MappedExtension, handler: string): Target {
  const isDone = mode === 'run' && effects === 'allowed';
  const keyTtlMs = extension.effects[handler]?.keyTtlMs;
  const hears = (event: StoredEvent): boolean => {
    const one = routes.get(event.type)?.effects.find(({ name }) => name === handler);
    return one !== undefined && isReadable(log.catalogue, event) && one.effect.skip?.(event) === undefined;
  };
  return {
    take: few,
    async give(events, note) {
      const meant = events.filter(hears);
      const batch = (outside: number): DecidedBatch => ({
        counts: { matched: events.length, outside, ignored: meant.length - outside, skipped: events.length - meant.length }, differences: meant.map((event) => difference(handler, event, isDone)),
      });
      if (!isDone) return note(undefined, batch(meant.length));
      await inTransaction(async (tx) => note(tx, batch(await handIn(tx, { reader: extension.name, handler, replayId, keyTtlMs }, meant))));
    },
  };
}

function endpointTarget({ replayId, effects, mode }: Replay, { ports: { deliverAgain }, inTransaction }: TargetOptions, endpointId: string): Target {
  if (deliverAgain === undefined) throw new Unreplayable('No webhooks are loaded here.');
  const isDone = mode === 'run' && effects === 'allowed';
  return {
    take: few,
    async give(events, note) {
      const batch = (outside: number): DecidedBatch => ({ counts: { matched: events.length, outside, ignored: events.length - outside }, differences: events.map((event) => difference(`endpoint:${endpointId}`, event, isDone)) });
      if (!isDone) return note(undefined, batch(events.length));
      await inTransaction(async (tx) => note(tx, batch(await deliverAgain(tx, { endpointId, replayId }, events))));
    },
  };
}

function busTarget({ replayId, effects, mode }: Replay, { ports: { republish, isPublished = () => false } }: TargetOptions): Target {
  if (republish === undefined) throw new Unreplayable('This process publishes nothing.');
  const isDone = mode === 'run' && effects === 'allowed';
  return {
    take: few,
    async give(events, note, signal) {
      const meant = events.filter(isPublished);
      const refused = isDone && meant.length > 0 ? await republish(meant, `replay:${replayId}`, signal) : [];
      const gone = new Set(refused.map(({ event }) => event.eventId));
      await note(undefined, {
        counts: { matched: events.length, outside: meant.length - refused.length, failed: refused.length, skipped: events.length - meant.length },
        differences: [
          ...meant.filter(({ eventId }) => !gone.has(eventId)).map((event) => difference('bus', event, isDone)),
          ...refused.map(({ event, code, message }): ReplayDifference => ({
            key: `fault:bus:${event.eventId}`, kind: 'fault', name: 'bus', subject: event.subject, eventId: event.eventId, before: null, after: JSON.stringify({ code, message }),
          })),
        ],
      });
    },
  };
}
