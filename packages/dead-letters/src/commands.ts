/** Begins and stops runs, as commands: recorded with who and why, in the transaction that writes them. */
import type { Trigger } from '@commerce/event-log/event';
import type { Extension, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { sqlState } from '@commerce/event-log/transaction';
import { Problem } from '@commerce/service-kit/problems';
import { whyText } from './act.ts';
import type { Act, Decided, GivenReason, Recorder } from './act.ts';
import { deadLetterProblems } from './problems.ts';
import { readActive, runStore } from './runs.pg.ts';
import type { AskedRun, RunAct } from './runs.pg.ts';
import type { Selection } from './selection.ts';

/** Who asks, and the request for the record. */
export interface Asked {
  readonly by: Act['by'];
  readonly trigger: Trigger;
  readonly reason: GivenReason;
}

export interface RunCommands {
  /** Throws the problem that another run is under way. */
  begin(asked: Asked, wish: { readonly runId: string; readonly act: RunAct; readonly selection: Selection; readonly rate: number }): Promise<void>;
  /** Throws the problem that there is no such run, or that it has ended. */
  stop(asked: Asked, runId: string): Promise<void>;
}

const UNIQUE_VIOLATION = '23505';

export function runCommands(log: EventLog, { source, recorded }: Recorder): RunCommands {
  /** It has no handlers: it writes what people ask for, and the record of it. */
  const extension: Extension<AskedRun> = { name: 'dead-letters', source, store: runStore, handlers: {}, effects: {}, timers: {} };

  async function perform(subject: string, name: string, { trigger }: Asked, decide: (run: AskedRun | undefined) => Decided<AskedRun>, before?: (tx: Tx) => Promise<void>): Promise<void> {
    const input = { subject, trigger, handler: `command:dead-letters.${name}`, decide: recorded(decide) };
    const [settled] = await log.change(extension, [input], before === undefined ? {} : { before });
    if (settled?.outcome.kind !== 'apply') throw settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(`${name} of ${subject} was not decided.`);
  }

  return {
    async begin(asked, { runId, act, selection, rate }) {
      let isBusy = false;
      await perform(runId, act, asked, () => {
        if (isBusy) throw new Problem(deadLetterProblems.dead_letter_run_under_way);
        return {
          state: { runId, act, selection, rate, askedBy: asked.by, why: whyText(asked.reason), state: 'running' },
          act: { act: `dead-letters.${act}`, about: runId, by: asked.by, why: asked.reason, details: { selection: JSON.stringify(selection), rate } },
        };
      }, async (tx) => void (isBusy = (await readActive(tx)) !== undefined)).catch((error: unknown) => {
        // Two came at the same time.
        throw sqlState(error) === UNIQUE_VIOLATION ? new Problem(deadLetterProblems.dead_letter_run_under_way, { cause: error }) : error;
      });
    },
    stop: (asked, runId) => perform(runId, 'stop', asked, (run) => {
      if (run === undefined) throw new Problem(deadLetterProblems.dead_letter_run_not_found);
      if (run.state !== 'running' && run.state !== 'stopping') throw new Problem(deadLetterProblems.dead_letter_run_over);
      return { state: { ...run, state: 'stopping' }, act: run.state === 'running' ? { act: 'dead-letters.stop', about: runId, by: asked.by, why: asked.reason } : undefined };
    }),
  };
}
