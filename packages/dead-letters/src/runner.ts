/**
 * Carries out what was asked for, in whichever process has the role `api`: one run at a time, part after part, each from where it stands.
 *
 * Promise: when the process that carries a run dies, another one, or the same one started again, goes on within `HOLD_MS`. A fault
 * ends nothing: it is kept with the run, and the step is made again. A queue that is not there is passed over, and the run says so.
 */
import { BusUnfit } from '@commerce/bus/operated-queue';
import type { Tx } from '@commerce/event-log/extension';
import type { Sleep } from '@commerce/service-kit/ports';
import { countMeant } from './list.pg.ts';
import { Pace } from './pace.ts';
import { runMessages } from './run-messages.ts';
import { runPublish, runWork } from './run-rows.ts';
import { claimRun, endRun, giveRun, noteProgress, RunTaken } from './runs.pg.ts';
import type { Progress, Run } from './runs.pg.ts';
import { isQueue, partsOf } from './selection.ts';
import type { Part, QueueName, Selection } from './selection.ts';
import type { DeadQueues } from './dead-queues.ts';
import type { Step } from './step.ts';

export interface RunnerOptions extends Pick<Step, 'log' | 'faults'> {
  readonly queues: DeadQueues;
  /** Names this process. */
  readonly holder: string;
  readonly sleep: Sleep;
  readonly monotonicMs: () => number;
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export interface Runner {
  /** Looks for a run at once. */
  wake(): void;
  /** Ends after the present batch; the run goes on elsewhere, or after the next start. */
  stop(): Promise<void>;
}

const POLL_MS = 2_000;
const HOLD_MS = 15_000;
/** After a fault. */
const AGAIN_MS = 1_000;
const MAX_ERROR = 500;

export function startRunner(options: RunnerOptions): Runner {
  const stopping = new AbortController();
  let pause = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      pause = new AbortController();
      const wasBusy = await next(options, stopping.signal);
      if (!wasBusy) await options.sleep(POLL_MS, AbortSignal.any([stopping.signal, pause.signal])).catch(() => undefined);
    }
  })();
  return {
    wake: () => pause.abort(),
    async stop() {
      stopping.abort(new Error('The service stops.'));
      await running;
    },
  };
}

/** True when there was a run to carry on. */
async function next(options: RunnerOptions, stopping: AbortSignal): Promise<boolean> {
  const { log: { pool }, holder, logger } = options;
  try {
    const run = await claimRun(pool, holder, HOLD_MS);
    if (run === undefined) return false;
    await carryOn(options, run, stopping);
    return true;
  } catch (error) {
    if (!stopping.aborted && !(error instanceof RunTaken)) logger.warn({ err: error }, 'what was asked for dead letters cannot be carried on; it is tried again');
    return false;
  }
}

async function carryOn(options: RunnerOptions, run: Run, stopping: AbortSignal): Promise<void> {
  const { log: { pool }, holder, sleep } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, ended.signal]);
  const note = async (tx: Tx, progress: Progress): Promise<boolean> => (await noteProgress(tx, run.runId, holder, HOLD_MS, progress)) === 'running';
  const held = holdOn(() => note(pool, {}), sleep, ended);
  try {
    await carryOut(options, run, signal, note);
    await endRun(pool, run.runId, holder);
  } catch (error) {
    if (error instanceof RunTaken) throw error;
    await giveRun(pool, run.runId, holder, stopping.aborted ? 0 : AGAIN_MS);
    throw error;
  } finally {
    ended.abort(new Error('The run has ended.'));
    await held;
  }
}

/** Holds the run until `ended`, which it aborts when another process has taken it. */
async function holdOn(note: () => Promise<boolean>, sleep: Sleep, ended: AbortController): Promise<void> {
  for (;;) {
    await sleep(HOLD_MS / 3, ended.signal).catch(() => undefined);
    if (ended.signal.aborted) return;
    await note().catch((error: unknown) => {
      // When the database does not answer, the step will fail by itself.
      if (error instanceof RunTaken) ended.abort(error);
    });
  }
}

async function carryOut(options: RunnerOptions, run: Run, signal: AbortSignal, note: Step['note']): Promise<void> {
  const { log, queues, sleep } = options;
  if (run.toDo === null) {
    await queues.lookNow(partsOf(run.selection));
    if (!(await note(log.pool, { toDo: await countMeant(log.pool, run.selection) }))) return;
  }
  const pace = new Pace(run.rate, options);
  let { place } = run;
  for (const part of partsOf(run.selection)) {
    if (run.doneParts.includes(part) || (isQueue(part) && !(await isMeant(log, queues, run.selection, part)))) continue;
    const step: Step = { ...options, run: { ...run, place }, pace, sleep, signal, note };
    if (!(await runPart(step, part, queues))) return;
    place = null;
    if (!(await note(log.pool, { donePart: part, place: null }))) return;
  }
}

/** Whose name somebody has was seen in its queue: the others need not be gone through. */
async function isMeant({ pool }: Step['log'], { names }: DeadQueues, selection: Selection, queue: QueueName): Promise<boolean> {
  return names.includes(queue) && (selection.ids === undefined || (await countMeant(pool, { ids: selection.ids, queue })) > 0);
}

/** Resolves with false when the run is to be stopped. */
async function runPart(step: Step, part: Part, queues: DeadQueues): Promise<boolean> {
  try {
    if (part === 'work') return await runWork(step);
    if (part === 'publish') return await runPublish(step);
    return await runMessages({ ...step, queues }, part);
  } catch (error) {
    if (error instanceof RunTaken || step.signal.aborted) throw error;
    const isOn = await step.note(step.log.pool, { lastError: textOf(error) });
    // Whoever wants it to stop need not wait until the fault is gone.
    if (isOn && !(error instanceof BusUnfit)) throw error;
    return isOn;
  }
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).toWellFormed().replaceAll('\u0000', '').slice(0, MAX_ERROR);
}
