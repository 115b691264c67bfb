/**
 * Whom a replay gives its events to, as one thing: so many events at once, and what became of them.
 *
 * Promise: what is done in this database is done in the transaction that moves the cursor. What leaves it (the bus) is done before: it
 * may leave twice after a kill, under the same id. Without `effects: allowed` nothing leaves, and it is told what would have.
 */
import type { Sleep } from './backoff.ts';
import { isReadable } from './current-form.ts';
import type { StoredEvent } from './event.ts';
import type { Tx } from './extension.ts';
import type { EventLog } from './log.pg.ts';
import type { MappedExtension } from './map.ts';
import type { Replay, ReplayDifference } from './replay.ts';
import { Deciding } from './replay-decisions.pg.ts';
import type { DecidedBatch } from './replay-decisions.pg.ts';
import type { OutsideOf } from './replay-outside.ts';
import { ending, rowsAsTheyAre } from './replay-ending.pg.ts';
import type { ReplayStep } from './replay-rows.pg.ts';
import { standingOf } from './replay-standing.pg.ts';
import { handIn } from './replay-work.pg.ts';

/** Puts events on the bus once more, with `resource` beside each. Resolves with those that it refused. Throws when it cannot be reached. */
export type Republish = (events: readonly StoredEvent[], resource: string, signal: AbortSignal) => Promise<readonly { readonly event: StoredEvent; readonly code: string; readonly message: string }[]>;

/** Writes the deliveries of events to one endpoint, each once for a replay. Gives the events of those that were made; undefined when there is no such endpoint. */
export type DeliverAgain = (tx: Tx, to: { readonly endpointId: string; readonly replayId: string }, events: readonly StoredEvent[]) => Promise<readonly string[] | undefined>;

/** Ways to the outside. One that a process does not have fails the replays that need it. */
export interface ReplayPorts {
  readonly republish?: Republish | undefined;
  /** Is this event one of those that are published? */
  readonly isPublished?: (event: StoredEvent) => boolean;
  readonly deliverAgain?: DeliverAgain | undefined;
  /** Who would be told of new events. */
  readonly deliveriesOf?: OutsideOf | undefined;
  /** Extensions that only watch: nothing of the flow follows from them, so a dry run leaves them out. */
  readonly watchers?: ReadonlySet<string> | undefined;
}

export interface Target {
  /** How many of these events go at once, from the first on; at least one. */
  take(events: readonly StoredEvent[]): number;
  /** `note` records what became of them: in the transaction that did it, where there is one. */
  give(events: readonly StoredEvent[], note: (tx: Tx | undefined, batch: DecidedBatch) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** What is recorded where it begins, in the transaction that fixes its bounds. */
  beginning?(tx: Tx): Promise<ReplayStep | undefined>;
  /** Waits until what follows has come about, and gives what is recorded then; `note` is for the person who asked. */
  ending?(replay: Replay, signal: AbortSignal): Promise<ReplayStep & { readonly note?: string }>;
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
  readonly sleep: Sleep;
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

function decidingTarget({ replayId, effects, mode, dryRunId }: Replay, given: TargetOptions, mapped: MappedExtension, takes: (handler: string) => boolean): Target {
  const { log, all, held, monotonicMs, sleep, ports: { deliveriesOf = async () => [], watchers } } = given;
  const mark = { id: replayId, effects };
  const deciding = new Deciding({
    log, mapped, all, takes, held, monotonicMs, mark, isDry: mode === 'dry', outside: deliveriesOf, follows: (name) => watchers?.has(name) !== true, pause: () => sleep(BUSY_MS),
  });
  const plain: Target = { take: (events) => deciding.take(events), give: (events, note) => deciding.decide(events, note) };
  if (mode === 'dry') return plain;
  return {
    ...plain,
    beginning: async (tx) => (dryRunId === null ? undefined : { differences: await rowsAsTheyAre(tx, all, dryRunId) }),
    ending: (replay, signal) => ending(replay, { log, all, mark, sleep, monotonicMs, outside: deliveriesOf }, signal),
  };
}

/** Somebody has a row for so long at most, as a rule. */
const BUSY_MS = 10;

class Undone extends Error {
  override readonly name = 'Undone';
}

/** Runs `work` in a transaction; when it is not to be done, that one is rolled back, and `note` records it behind. */
async function doneOrNot<Result>(inTransaction: TargetOptions['inTransaction'], isDone: boolean, work: (tx: Tx) => Promise<Result>, note: (tx: Tx | undefined, result: Result) => Promise<void>): Promise<void> {
  let result: Result | undefined;
  try {
    await inTransaction(async (tx) => {
      result = await work(tx);
      if (!isDone) throw new Undone();
      await note(tx, result);
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
    await note(undefined, result as Result);
  }
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
    return one !== undefined && isReadable(log.catalogue, event) && one.effect.skip?.(event) === undefined && one.effect.isNeeded?.(event) !== false;
  };
  return {
    take: few,
    give: (events, note) => doneOrNot(inTransaction, isDone, async (tx) => {
      // What the live reader has not handled yet it does itself.
      const standing = await standingOf(tx, extension.name, [], []);
      const meant = events.filter((event) => hears(event) && !standing.isAhead(handler, event));
      return { meant, made: new Set(await handIn(tx, { reader: extension.name, handler, replayId, keyTtlMs }, meant)) };
    }, (tx, { meant, made }) => note(tx, {
      counts: { matched: events.length, outside: made.size, ignored: meant.length - made.size, skipped: events.length - meant.length },
      differences: meant.filter(({ eventId }) => made.has(eventId)).map((event) => difference(handler, event, isDone)),
    })),
  };
}

function endpointTarget({ replayId, effects, mode }: Replay, { ports: { deliverAgain }, inTransaction }: TargetOptions, endpointId: string): Target {
  if (deliverAgain === undefined) throw new Unreplayable('No webhooks are loaded here.');
  const isDone = mode === 'run' && effects === 'allowed';
  return {
    take: few,
    give: (events, note) => doneOrNot(inTransaction, isDone, async (tx) => {
      const made = await deliverAgain(tx, { endpointId, replayId }, events);
      if (made === undefined) throw new Unreplayable('There is no such endpoint.');
      return new Set(made);
    }, (tx, made) => note(tx, {
      counts: { matched: events.length, outside: made.size, ignored: events.length - made.size },
      differences: events.filter(({ eventId }) => made.has(eventId)).map((event) => difference(`endpoint:${endpointId}`, event, isDone)),
    })),
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
