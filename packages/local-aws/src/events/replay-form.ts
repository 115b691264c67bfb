/** A replay as EventBridge tells of it. */
import type { Replay } from './replays.ts';

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

/** What lists tell. */
export function summary(replay: Replay): object {
  return {
    ReplayName: replay.name, EventSourceArn: replay.archive.arn, State: replay.state, EventStartTime: seconds(replay.fromMs), EventEndTime: seconds(replay.toMs),
    EventLastReplayedTime: seconds(replay.lastReplayedMs), ReplayStartTime: seconds(replay.startedAtMs), ReplayEndTime: seconds(replay.endedAtMs),
  };
}
