/**
 * All readers of one process: registered from the map, started and stopped together.
 *
 * `registerMap` is called by every process before it accepts anything, so that no event is written before those who must hear
 * it are known. `startReaders` is called by the processes that read.
 */
import type { Pool } from 'pg';
import { backoffMs, Bell } from './backoff.ts';
import type { Sleep } from './backoff.ts';
import { isNewTo } from './batch-items.ts';
import { connect, connectionsOf } from './connected.ts';
import type { Connected, RegisteredMap } from './connected.ts';
import type { Owned } from './cursors.pg.ts';
import { ExtensionReader } from './extension-reader.ts';
import { START } from './event.ts';
import type { SignalMap } from './extension.ts';
import { longestBudgetMs } from './job-settings.ts';
import type { EventLog } from './log.pg.ts';
import { mapDigest } from './log.pg.ts';
import type { AnyExtension, MappedExtension } from './map.ts';
import { MapRefused, refuseUnknown, resolveMap } from './map.ts';
import type { LogObserver } from './observer.ts';
import { harmless } from './observer.ts';
import { Ownership } from './ownership.pg.ts';
import type { ReaderLogger } from './reader-options.ts';
import type { Build } from './registry.pg.ts';
import { register } from './registry.pg.ts';
import type { Retired } from './retirement.pg.ts';
import { StreamLoop } from './stream-loop.ts';
import { watchSuccessors } from './successors.ts';
import type { StreamReader } from './stream.ts';
import { Tail } from './tail.pg.ts';
import { tailPool } from './tail-pool.pg.ts';
import { listenForWakeups } from './wakeups.pg.ts';

export interface MapOptions {
  readonly log: EventLog;
  readonly extensions: readonly AnyExtension[];
  readonly map: SignalMap;
  /** Names of the stream readers. */
  readonly streams: readonly Pick<StreamReader, 'name'>[];
  /** Partitions of each extension's reader when it is first registered. Default 4; a stream has 1. */
  readonly partitions?: number;
  /**
   * Orders the builds of the service, for example 42 or `2026-11-21T18`: a changed map of an older build is refused.
   * Default: whoever registers last has the newest map.
   */
  readonly build?: Build;
  /**
   * What becomes of the work that handlers have left which the map no longer names: `drop` ends it with an entry in the ledger
   * each, the name of a handler of the same extension hands it over, keys included. Default: such a handler stops the start.
   */
  readonly retired?: Retired;
  /** Handlers that hear the log from its beginning when they are new. Effects too: they call outside for all of the past. */
  readonly fromBeginning?: readonly string[];
  /** This is the only map of this process: over this pool no other one is registered afterwards. Default false. */
  readonly only?: boolean;
}

export type { RegisteredMap };

const closed = new WeakSet<Pool>();

/** Checks the map against the extensions and writes it down. Throws `MapRefused` with every fault, `WorkLeft`, and `OlderBuild`. */
export async function registerMap(options: MapOptions): Promise<RegisteredMap> {
  const { log, extensions, map, streams, partitions = 4, build, retired = {}, fromBeginning = [], only = false } = options;
  if (closed.has(log.pool)) throw new MapRefused(['the map of this process was registered at its start, and it is the only one: connect the handler there, and start again']);
  const mapped = resolveMap(log.catalogue, extensions, map);
  refuseUnknown(extensions, retired, fromBeginning);
  const readers = new Map<string, readonly string[]>(
    extensions.map((extension) => [extension.name, [...Object.keys(extension.handlers), ...Object.keys(extension.effects)]]),
  );
  for (const stream of streams) readers.set(stream.name, []);
  const streamNames = new Set(streams.map((stream) => stream.name));
  const registered = await register(log.pool, {
    readers,
    partitions: (reader) => (streamNames.has(reader) ? 1 : partitions),
    digest: mapDigest([map, [...readers]]),
    ...(build !== undefined && { build }),
    retired,
    fromBeginning: new Set(fromBeginning),
  });
  const made: RegisteredMap = Object.freeze({ registered });
  connect(made, { mapped, streams: streamNames });
  if (only) closed.add(log.pool);
  return made;
}

/** What a map connects. Throws for one that `registerMap` did not make, and for a stream that it does not name. */
function connectedOf(map: RegisteredMap, streams: readonly StreamReader[]): Connected {
  const connected = connectionsOf(map);
  const unknown = streams.filter(({ name }) => !connected.streams.has(name));
  if (unknown.length > 0) throw new MapRefused(unknown.map(({ name }) => `the stream "${name}" was not registered with it`));
  return connected;
}

export interface ReadersOptions {
  readonly log: EventLog;
  /** A direct connection (no pooler): for wake-ups and the session lock. */
  readonly databaseUrl: string;
  readonly map: RegisteredMap;
  readonly streams: readonly StreamReader[];
  readonly sleep: Sleep;
  readonly random: () => number;
  /** A UUID: the name of this process. */
  readonly workerId: string;
  readonly monotonicMs: () => number;
  readonly logger: ReaderLogger;
  /** Is told of the events of the log and of the runs of this process. */
  readonly observer?: LogObserver;
  /** Runs are traced: the event that an effect is given carries the trace of its run, for what it calls. Default false. */
  readonly traces?: boolean;
  /** A process that has not beaten for so long is gone, in ms. Default 15,000, minimum 3,000. */
  readonly leaseMs?: number;
  /** Points where a test may end the process: `reader.batch`, when a batch is decided and not committed, and `effect.begun`, before each run. */
  readonly faults?: { hit(name: string): void | Promise<void> } | undefined;
}

/** How one reader stands in this process. */
export interface ReaderState {
  readonly name: string;
  readonly partitions: readonly number[];
  /** Milliseconds since the first event was recorded that it has to look at still; 0 when there is none. As far as this process knows the log. */
  readonly lagMs: number;
  readonly held: number;
  readonly waiting: number;
  readonly jobs: number;
  /** Runs of its handlers that failed since the start. */
  readonly failures: number;
  readonly fault: string | null;
}

export interface Readers {
  /** Ends what runs, writes outcomes and cursors, gives the partitions back. */
  stop(): Promise<void>;
  state(): ReaderState[];
  /**
   * False when this process may not act, or a reader has been failing. One that a newer map has relieved is well: while versions change
   * it still answers requests, and nobody else may be there yet. Where nobody comes, that is logged, and among the figures of the log.
   */
  healthy(): boolean;
}

/** For so long a newer map may have nobody who reads before that is said: 30 s with a lease as it is. */
const SUCCESSOR_LEASES = 2;

/** Throws `MapRefused` for a map that was not registered. */
export async function startReaders(options: ReadersOptions): Promise<Readers> {
  const { log, map, streams, sleep, random, monotonicMs, logger, leaseMs = 15_000, faults } = options;
  const { mapped: all } = connectedOf(map, streams);
  refuseBudgets(all, leaseMs);
  const routes = new Map(all.map(({ extension, routes: ofTypes }) => [extension.name, ofTypes]));
  const stopping = new AbortController();
  const ending = new AbortController();
  const beatBell = new Bell(sleep);
  const lockKey = Math.floor(random() * 0x7fff_ffff);
  const ownership = new Ownership({
    pool: log.pool, workerId: options.workerId, lockKey, mapVersion: map.registered.mapVersion, leaseMs, monotonicMs, nowMs: log.preparer.nowMs, onDropped: () => beatBell.ring(),
    readers: [...all.map(({ extension }) => extension.name), ...streams.map((stream) => stream.name)],
  });
  const start = await tailStart(log);
  let loops: readonly (ExtensionReader | StreamLoop)[] = [];
  const pokeAll = (): void => loops.forEach((loop) => loop.poke());
  const observer = options.observer && harmless(options.observer, logger);
  const pool = tailPool(options.databaseUrl);
  const tail = new Tail({
    pool, epoch: log.epoch, ...start, sleep, nowMs: log.preparer.nowMs, personal: log.personal,
    onAdvance: (events, bytes) => {
      pokeAll();
      observer?.onEvents?.(events, bytes.reduce((sum, one) => sum + one, 0));
    },
    onFault: (error) => logger.error({ err: error }, 'the tail of the log cannot be read; tried again'),
  });
  loops = [
    ...all.map((mapped) => new ExtensionReader({ log, mapped, activeFrom: map.registered.activeFrom, tail, ownership, sleep, random, monotonicMs, logger, observer, traces: options.traces, faults })),
    ...streams.map((stream) => new StreamLoop({ log, stream, tail, ownership, sleep, random, monotonicMs, logger })),
  ];
  const wakeups = await listenForWakeups(
    {
      databaseUrl: options.databaseUrl, lockKey, sleep, onHeld: () => ownership.lockHeld(),
      onEvents: tail.poke,
      onWorkTouched: () => loops.forEach((loop) => {
        if (loop instanceof ExtensionReader) loop.workTouched();
      }),
      onLost: (error) => {
        logger.warn({ err: error }, 'the wake-up connection is lost; this process stops acting until it beats again');
        ownership.suspend();
        loops.forEach((loop) => loop.poke());
      },
    },
    ending.signal,
  );
  const offWake = log.onWake(tail.poke);
  log.readBy(tail);

  const watch = watchSuccessors({ afterMs: SUCCESSOR_LEASES * leaseMs, monotonicMs, logger });
  const beat = async (): Promise<void> => {
    const { claimed, surplus, alone, abandoned } = await ownership.beat();
    log.tellOthers(!alone);
    watch(abandoned);
    if (claimed.length > 0) logger.info({ reason: claimed.map((owned) => `${owned.reader}/${owned.partition}`).join(' ') }, 'partitions claimed');
    for (const owned of surplus) loops.find((loop) => loop.name === owned.reader)?.release(owned);
    pokeAll();
  };
  try {
    await beat();
  } catch (error) {
    offWake();
    ending.abort();
    await wakeups.done;
    await pool.end();
    throw error;
  }
  const beating = beatForever(beat, { everyMs: leaseMs / 5, bell: beatBell, random, logger, signal: ending.signal });
  const running = Promise.all(loops.map((loop) => loop.run(stopping.signal)));
  const reading = tail.run(stopping.signal);

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([running, reading]);
      log.readBy(undefined);
      offWake();
      ending.abort();
      await Promise.all([beating, wakeups.done]);
      await pool.end();
      await ownership.leave().catch((error: unknown) => logger.warn({ err: error }, 'the partitions could not be given back; the lease ends by itself'));
    },
    state: () => loops.map((loop) => stateOf(loop, ownership, tail, routes.get(loop.name), log.preparer.nowMs())),
    healthy: () => ownership.leaseLeftMs() > 0 && loops.every((loop) => loop.fault === undefined),
  };
}

/** An effect that may run as long as the lease lasts would never be started. */
function refuseBudgets(mapped: readonly MappedExtension[], leaseMs: number): void {
  for (const { extension } of mapped) {
    for (const [name, effect] of Object.entries(extension.effects)) {
      const timeBudgetMs = longestBudgetMs(effect);
      if (timeBudgetMs >= leaseMs) throw new RangeError(`${name} may run for ${timeBudgetMs} ms, the lease lasts ${leaseMs} ms: give it less time, or the lease more.`);
    }
  }
}

/** `types`: what the reader hears; undefined for everything. */
function stateOf(loop: ExtensionReader | StreamLoop, ownership: Ownership, tail: Tail, types: Types | undefined, nowMs: number): ReaderState {
  const owned = ownership.owned(loop.name);
  const counts = loop instanceof ExtensionReader ? loop.counts : { held: 0, waiting: 0, jobs: 0, failures: 0 };
  return {
    name: loop.name,
    partitions: owned.map((one) => one.partition),
    lagMs: Math.max(0, ...owned.map((one) => nowMs - (firstUnseenMs(one, tail, types) ?? nowMs))),
    ...counts,
    fault: loop.fault?.message ?? null,
  };
}

type Types = Pick<ReadonlyMap<string, unknown>, 'has'>;

/** Events among which the first one that is heard is looked for: beyond, what nobody here hears counts as if it were heard. */
const LOOKED_AT = 500;

/** When the first event was recorded that this partition has to look at; undefined when there is none. For one that is behind what is in memory: the last that it has passed. */
function firstUnseenMs(owned: Owned, tail: Tail, types: Types | undefined): number | undefined {
  const events = tail.known(owned.cursor, LOOKED_AT);
  if (events === undefined) return owned.recordedAtMs;
  const first = events.find((event) => isNewTo(owned, event) && types?.has(event.type) !== false);
  return (first ?? (events.length === LOOKED_AT ? events.at(-1) : undefined))?.recordedAtMs;
}

/** The furthest cursor of all readers: what comes after it is kept in memory from the start. */
async function tailStart(log: EventLog): Promise<{ start: { epoch: number; txid: number; position: number }; startRecordedAtMs: number }> {
  const { rows } = await log.pool.query(
    'SELECT epoch, txid::text, position, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms FROM readers ORDER BY readers.epoch DESC, readers.txid DESC, readers.position DESC LIMIT 1',
  );
  const row = rows[0];
  if (row === undefined) return { start: START, startRecordedAtMs: 0 };
  return { start: { epoch: row.epoch, txid: Number(row.txid), position: Number(row.position) }, startRecordedAtMs: Number(row.recorded_ms) };
}

async function beatForever(
  beat: () => Promise<void>,
  options: { everyMs: number; bell: Bell; random: () => number; logger: ReaderLogger; signal: AbortSignal },
): Promise<void> {
  let faults = 0;
  while (!options.signal.aborted) {
    await options.bell.wait(faults === 0 ? options.everyMs : 100 + backoffMs({ baseMs: 100, maxMs: options.everyMs }, faults, options.random), options.signal);
    if (options.signal.aborted) return;
    try {
      await beat();
      faults = 0;
    } catch (error) {
      faults += 1;
      options.logger.warn({ err: error, faults }, 'the beat failed; this process stops acting when its lease ends');
    }
  }
}
