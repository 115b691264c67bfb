/**
 * The replays: events of an archive, sent once more to the rules of its bus, with the replay's name in them.
 *
 *     STARTING → RUNNING → COMPLETED
 *         └─────────┴────→ CANCELLING → CANCELLED
 *
 * Promise: every event that the archive had at the start, with a time from start to end (both included), is sent once, in
 * the order of those times, at no more than `eventsPerSecond`. AWS promises no order within a minute: the fault switches
 * disturb this one. Ten may be active; a name is used once.
 */
import { replayArn, type Account } from '../account.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../ports.ts';
import type { Archive } from './archives.ts';
import { replayed, type AcceptedEvent } from './envelope.ts';
import { tooMany } from './event-buses.ts';

export type ReplayState = 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

export interface ReplaySpec {
  readonly name: string;
  readonly description: string | undefined;
  readonly archive: Archive;
  readonly busArn: string;
  /** The rules it is for; none given means all. */
  readonly filterArns: readonly string[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Replay extends ReplaySpec {
  readonly arn: string;
  readonly startedAtMs: number;
  state: ReplayState;
  endedAtMs: number | undefined;
  /** The time of the last event that was sent. */
  lastReplayedMs: number | undefined;
}

export interface Replays {
  start(spec: ReplaySpec): Replay;
  cancel(name: string): Replay;
  get(name: string): Replay;
  list(): readonly Replay[];
  close(): void;
}

interface ReplayParts {
  readonly account: Account;
  readonly clock: Clock;
  readonly eventsPerSecond: number;
  hasRoomFor(events: number): boolean;
  deliver(events: readonly AcceptedEvent[]): void;
}

const MAX_ACTIVE = 10;
const SHORTEST_STEP_MS = 50;
const ENDED: ReadonlySet<ReplayState> = new Set(['COMPLETED', 'CANCELLED', 'FAILED']);

export function createReplays({ account, clock, eventsPerSecond, hasRoomFor, deliver }: ReplayParts): Replays {
  const replays = new Map<string, Replay>();
  const waiting = new Map<Replay, () => void>();
  const perStep = Math.max(1, Math.floor((eventsPerSecond * SHORTEST_STEP_MS) / 1_000));
  const stepMs = (perStep / eventsPerSecond) * 1_000;

  function start(spec: ReplaySpec): Replay {
    if (replays.has(spec.name)) throw new AwsError('ResourceAlreadyExistsException', `Replay ${spec.name} already exists.`);
    if (waiting.size >= MAX_ACTIVE) throw tooMany();
    const nowMs = clock.nowMs();
    const replay: Replay = {
      ...spec, arn: replayArn(account, spec.name), startedAtMs: nowMs, state: 'STARTING', endedAtMs: undefined, lastReplayedMs: undefined,
    };
    const events = spec.archive.events(nowMs).filter(({ timeMs }) => timeMs >= spec.fromMs && timeMs <= spec.toMs);
    replays.set(spec.name, replay);
    next(replay, events.toSorted((left, right) => left.timeMs - right.timeMs), 0);
    return replay;
  }

  function next(replay: Replay, events: readonly AcceptedEvent[], sent: number): void {
    waiting.set(replay, clock.after(stepMs, () => step(replay, events, sent)));
  }

  function step(replay: Replay, events: readonly AcceptedEvent[], sent: number): void {
    if (replay.state === 'CANCELLING') return end(replay, 'CANCELLED');
    replay.state = 'RUNNING';
    const batch = events.slice(sent, sent + perStep);
    if (!hasRoomFor(batch.length)) return next(replay, events, sent);
    const onlyRules = replay.filterArns === undefined ? undefined : new Set(replay.filterArns);
    const nowMs = clock.nowMs();
    deliver(batch.map((event) => replayed(event, replay.name, onlyRules, nowMs)));
    replay.lastReplayedMs = batch.at(-1)?.timeMs ?? replay.lastReplayedMs;
    if (sent + batch.length < events.length) return next(replay, events, sent + batch.length);
    return end(replay, 'COMPLETED');
  }

  function end(replay: Replay, state: ReplayState): void {
    waiting.delete(replay);
    replay.state = state;
    replay.endedAtMs = clock.nowMs();
  }

  function get(name: string): Replay {
    const replay = replays.get(name);
    if (replay === undefined) throw new AwsError('ResourceNotFoundException', `Replay ${name} does not exist.`);
    return replay;
  }

  function cancel(name: string): Replay {
    const replay = get(name);
    if (replay.state === 'CANCELLING' || ENDED.has(replay.state)) {
      throw new AwsError('IllegalStatusException', `Replay ${name} is not in a valid state for this operation.`);
    }
    replay.state = 'CANCELLING';
    return replay;
  }

  return {
    start, cancel, get, list: () => [...replays.values()],
    close: () => {
      for (const stop of waiting.values()) stop();
      waiting.clear();
    },
  };
}
