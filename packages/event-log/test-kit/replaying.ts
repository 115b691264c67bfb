/** Replays of the tally extension: asked for as the service does it, and carried out by a runner. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { uuid7 } from '@commerce/events/uuid7';
import type { EventLog } from '../src/log.pg.ts';
import type { RegisteredMap } from '../src/readers.ts';
import type { AskedReplay, Replay } from '../src/replay.ts';
import { readDifferences, readReplay, replayStore } from '../src/replay-rows.pg.ts';
import type { KeptDifference } from '../src/replay-rows.pg.ts';
import { startReplayRunner } from '../src/replay-runner.ts';
import type { ReplayRunner, ReplayRunnerOptions } from '../src/replay-runner.ts';
import { until } from './start.ts';

export function startRunner(log: EventLog, map: RegisteredMap, given: Partial<ReplayRunnerOptions> = {}): ReplayRunner {
  return startReplayRunner({
    log, map, ports: {}, holder: randomUUID(), lagMs: () => 0, monotonicMs: () => performance.now(), logger: { info: () => undefined, warn: () => undefined },
    sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }), ...given,
  });
}

/** As if the live readers had handled all that is there. */
export async function passed(pool: EventLog['pool']): Promise<void> {
  await pool.query(
    `UPDATE readers r SET epoch = e.epoch, txid = e.txid, position = e.position FROM (SELECT epoch, txid, position FROM events ORDER BY epoch DESC, txid DESC, position DESC LIMIT 1) e
     WHERE (r.epoch, r.txid, r.position) < (e.epoch, e.txid, e.position)`,
  );
}

/** Asks for it, and gives its id. */
export async function ask({ pool }: EventLog, wish: Pick<AskedReplay, 'target'> & Partial<AskedReplay>): Promise<string> {
  const replayId = uuid7(Date.now());
  const after: AskedReplay = {
    selection: {}, mode: 'dry', effects: 'suppressed', accept: false, dryRunId: null, rate: null, requestedBy: { subject: 'anna', clientId: 'operator' }, reason: 'asked', ...wish, replayId, state: 'waiting',
  };
  await replayStore.save(pool, [{ subject: replayId, before: undefined, after }]);
  return replayId;
}

export interface Ended {
  readonly replay: Replay;
  readonly differences: readonly KeptDifference[];
}

export async function ended({ pool }: EventLog, replayId: string, limitMs?: number): Promise<Ended> {
  const replay = await until(async () => {
    const now = await readReplay(pool, replayId);
    return now?.state === 'done' || now?.state === 'failed' ? now : undefined;
  }, 'the end of a replay', limitMs);
  return { replay, differences: await readDifferences(pool, replayId, undefined, 10_000) };
}
