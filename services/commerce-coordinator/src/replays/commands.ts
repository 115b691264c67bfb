/** Begins, stops and resumes replays, as commands: recorded with who and why, in the transaction that writes them. */
import type { Trigger } from '@commerce/event-log/event';
import type { EventLog } from '@commerce/event-log/log';
import { isRebuild } from '@commerce/event-log/replay';
import type { AskedReplay } from '@commerce/event-log/replay';
import { replayStore } from '@commerce/event-log/replay-rows';
import { sqlState } from '@commerce/event-log/transaction';
import { Problem } from '@commerce/service-kit/problems';
import { defineExtension } from '@commerce/signals/extension';
import { apply } from '@commerce/signals/handler';
import { audit, whyText } from '../audit.ts';
import type { Act, GivenReason } from '../audit.ts';
import { commandsOf } from '../commands.ts';
import { replayProblems } from './problems.ts';

/** Who asks, and the request for the record. */
export interface Asked {
  readonly by: Act['by'];
  readonly trigger: Trigger;
  readonly reason: GivenReason;
}

export type Wish = Pick<AskedReplay, 'target' | 'selection' | 'mode' | 'effects' | 'accept' | 'rate'>;

export interface ReplayCommands {
  /** Throws the problem that a rebuild of the projection is under way. */
  begin(asked: Asked, replayId: string, wish: Wish): Promise<void>;
  /** Begins the run of a dry run that is done. Throws the problems that there is no such dry run. */
  run(asked: Asked, replayId: string, dryRunId: string, wish: Pick<Wish, 'effects' | 'accept' | 'rate'>): Promise<void>;
  stop(asked: Asked, replayId: string): Promise<void>;
  resume(asked: Asked, replayId: string): Promise<void>;
  /** Drops the table from before a rebuild was swapped. Once it is gone this is no further act. */
  dropKept(asked: Asked, replayId: string): Promise<void>;
}

/** It has no handlers: it writes what people ask for, and sends the record of it. */
const REPLAYS = defineExtension({ name: 'replays', description: 'What people do with replays.', source: 'order-service', signals: [], handlers: {}, store: replayStore, open: (): void => undefined });
const UNIQUE_VIOLATION = '23505';

export function replayCommands(log: EventLog): ReplayCommands {
  const perform = commandsOf<AskedReplay>(log, REPLAYS);

  async function write(asked: Asked, subject: string, name: string, also: readonly string[], decide: (replay: AskedReplay | undefined, other: (id: string) => unknown) => { readonly replay: AskedReplay; readonly details?: object } | undefined): Promise<void> {
    await perform({
      subject, name: `replays.${name}`, also, trigger: asked.trigger,
      decide: (replay, context) => {
        const decided = decide(replay, context.other);
        if (decided === undefined) return apply(replay as AskedReplay);
        audit({ act: `replays.${name}`, about: subject, by: asked.by, why: asked.reason, ...(decided.details !== undefined && { details: { ...decided.details } }) }, context);
        return apply(decided.replay);
      },
    }).catch((error: unknown) => {
      throw sqlState(error) === UNIQUE_VIOLATION ? new Problem(replayProblems.replay_under_way, { cause: error }) : error;
    });
  }

  function found(replay: AskedReplay | undefined): AskedReplay {
    if (replay === undefined) throw new Problem(replayProblems.event_replay_not_found);
    return replay;
  }

  const asking = ({ by, reason }: Asked): Pick<AskedReplay, 'requestedBy' | 'reason' | 'state'> => ({ requestedBy: by, reason: whyText(reason), state: 'waiting' });
  const detailsOf = ({ target, selection, mode, effects, rate }: Wish): object => ({ target: JSON.stringify(target), selection: JSON.stringify(selection), mode, effects, ...(rate !== null && { rate }) });

  return {
    begin: (asked, replayId, wish) => write(asked, replayId, 'start', [], () => ({ replay: { ...wish, ...asking(asked), replayId, dryRunId: null }, details: detailsOf(wish) })),

    run: (asked, replayId, dryRunId, { effects, accept, rate }) => write(asked, replayId, 'start', [dryRunId], (_, other) => {
      const dry = found(other(dryRunId) as AskedReplay | undefined);
      if (dry.mode !== 'dry' || dry.state !== 'done') throw new Problem(replayProblems.replay_state_wrong);
      const wish: Wish = { target: dry.target, selection: dry.selection, mode: 'run', effects, accept, rate };
      return { replay: { ...wish, ...asking(asked), replayId, dryRunId }, details: { ...detailsOf(wish), dryRunId } };
    }),

    stop: (asked, replayId) => write(asked, replayId, 'stop', [], (replay) => {
      const { state } = found(replay);
      if (state === 'stopped') return undefined;
      if (state !== 'waiting' && state !== 'running') throw new Problem(replayProblems.replay_state_wrong);
      return { replay: { ...found(replay), state: 'stopped' } };
    }),

    resume: (asked, replayId) => write(asked, replayId, 'resume', [], (replay) => {
      const { state } = found(replay);
      if (state === 'waiting' || state === 'running') return undefined;
      if (state === 'done') throw new Problem(replayProblems.replay_state_wrong);
      return { replay: { ...found(replay), state: 'waiting' } };
    }),

    dropKept: (asked, replayId) => write(asked, replayId, 'drop_kept', [], (replay) => {
      const { kept, mode, state } = found(replay);
      if (kept !== undefined && kept !== null) return { replay: { ...found(replay), kept: null }, details: { kept } };
      if (!isRebuild(found(replay).target) || mode !== 'run' || state !== 'done') throw new Problem(replayProblems.replay_state_wrong);
      return undefined;
    }),
  };
}
