/** Begins and stops runs, as commands: recorded with who and why, in the transaction that writes them. */
import type { Trigger } from '@commerce/event-log/event';
import type { Extension, Outcome, Tx } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import { sqlState } from '@commerce/event-log/transaction';
import { Problem } from '@commerce/service-kit/problems';
import { defineExtension } from '@commerce/signals/extension';
import { apply } from '@commerce/signals/handler';
import { inputDecision } from '@commerce/signals/sending';
import type { SendContext } from '@commerce/signals/signal';
import { audit, whyText } from '../audit.ts';
import type { Act, GivenReason } from '../audit.ts';
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

/** It has no handlers: it writes what people ask for, and sends the record of it. */
const DEAD_LETTERS = defineExtension({
  name: 'dead-letters', description: 'What people do with dead letters.', source: 'order-service', signals: [], handlers: {}, store: runStore, open: (): void => undefined,
});

const EXTENSION: Extension<AskedRun> = { name: DEAD_LETTERS.name, source: DEAD_LETTERS.source, store: runStore, handlers: {}, effects: {}, timers: {} };
const UNIQUE_VIOLATION = '23505';

export function runCommands(log: EventLog): RunCommands {
  async function perform(subject: string, name: string, { trigger }: Asked, decide: (run: AskedRun | undefined, context: SendContext) => Outcome<AskedRun>, before?: (tx: Tx) => Promise<void>): Promise<void> {
    const input = { subject, trigger, handler: `command:dead-letters.${name}`, decide: inputDecision<AskedRun>(DEAD_LETTERS, decide) };
    const [settled] = await log.change(EXTENSION, [input], before === undefined ? {} : { before });
    if (settled?.outcome.kind !== 'apply') throw settled?.outcome.kind === 'failed' ? settled.outcome.error : new Error(`${name} of ${subject} was not decided.`);
  }

  return {
    async begin(asked, { runId, act, selection, rate }) {
      let isBusy = false;
      await perform(runId, act, asked, (_, context) => {
        if (isBusy) throw new Problem(deadLetterProblems.dead_letter_run_under_way);
        audit({ act: `dead-letters.${act}`, about: runId, by: asked.by, why: asked.reason, details: { selection: JSON.stringify(selection), rate } }, context);
        return apply<AskedRun>({ runId, act, selection, rate, askedBy: asked.by, why: whyText(asked.reason), state: 'running' });
      }, async (tx) => void (isBusy = (await readActive(tx)) !== undefined)).catch((error: unknown) => {
        // Two came at the same time.
        throw sqlState(error) === UNIQUE_VIOLATION ? new Problem(deadLetterProblems.dead_letter_run_under_way, { cause: error }) : error;
      });
    },
    stop: (asked, runId) => perform(runId, 'stop', asked, (run, context) => {
      if (run === undefined) throw new Problem(deadLetterProblems.dead_letter_run_not_found);
      if (run.state !== 'running' && run.state !== 'stopping') throw new Problem(deadLetterProblems.dead_letter_run_over);
      if (run.state === 'running') audit({ act: 'dead-letters.stop', about: runId, by: asked.by, why: asked.reason }, context);
      return apply<AskedRun>({ ...run, state: 'stopping' });
    }),
  };
}
