/**
 * The part of a run that works on rows of this database: dead rows of `work`, and own events that the bus refused. Each batch is one
 * transaction with the record of it, so a kill loses and doubles nothing.
 */
import { countWaitingForVersion, giveUpDead, redriveDead } from '@commerce/event-log/dead-selections';
import type { DeadPlace } from '@commerce/event-log/dead-selections';
import { inTransaction } from '@commerce/event-log/transaction';
import { discardRefused, retryRefused } from './publish-refusals.pg.ts';
import { keysOf, workPlace } from './selection.ts';
import { giverUp } from './step.ts';
import type { Step } from './step.ts';

const MOST = 100;
/** Batches in a second, so that a rate is kept evenly. */
const BATCHES = 5;

function batchOf(rate: number): number {
  return Math.min(MOST, Math.ceil(rate / BATCHES));
}

/**
 * Resolves with false when it was stopped. What waits for a version cannot be brought back: it is counted as refused, and the run says
 * why.
 */
export async function runWork({ run, log, pace, faults, signal, note }: Step): Promise<boolean> {
  const { handler, type, reason, before, since } = run.selection;
  const selection = {
    handler, type, code: reason, beforeMs: timeOf(before), sinceMs: timeOf(since), rows: keysOf(run.selection, 'work')?.map(workPlace),
  };
  let place: DeadPlace | undefined = run.place === null ? undefined : workPlace(run.place);
  if (run.act === 'redrive' && place === undefined) {
    const waiting = await countWaitingForVersion(log.pool, selection);
    place = BEGINNING;
    if (waiting > 0 && !(await note(log.pool, { refused: waiting, place: placeText(place), lastError: `${waiting} of work wait for a version that the catalogue does not know: they go on by themselves when it does.` }))) return false;
  }
  for (;;) {
    const { count, isOn } = await inTransaction(log.pool, async (tx) => {
      const limit = batchOf(run.rate);
      const batch = run.act === 'redrive' ? await redriveDead(tx, selection, place, limit) : await giveUpDead(tx, selection, place, limit, giverUp(run));
      place = batch.last;
      return { count: batch.count, isOn: await note(tx, { [run.act === 'redrive' ? 'redriven' : 'discarded']: batch.count, place: place === undefined ? null : placeText(place) }) };
    });
    await faults.hit('dead-letters.work');
    if (!isOn) return false;
    if (count === 0) return true;
    await pace.spend(count, signal);
  }
}

/** Before every row: what waits is counted. */
const BEGINNING: DeadPlace = { handler: '', eventId: '00000000-0000-0000-0000-000000000000' };

function placeText({ handler, eventId }: DeadPlace): string {
  return `${handler}:${eventId}`;
}

/** The retries find the rows within half a minute. Resolves with false when it was stopped. */
export async function runPublish({ run, log, pace, signal, note }: Step): Promise<boolean> {
  const { type, reason, before, since } = run.selection;
  const selection = { type, code: reason, before, since, eventIds: keysOf(run.selection, 'publish') };
  let place = run.place;
  for (;;) {
    const { count, isOn } = await inTransaction(log.pool, async (tx) => {
      const limit = batchOf(run.rate);
      const done = run.act === 'redrive' ? await retryRefused(tx, selection, place, limit) : await discardRefused(tx, selection, place, limit, giverUp(run));
      place = done.at(-1) ?? place;
      return { count: done.length, isOn: await note(tx, { [run.act === 'redrive' ? 'redriven' : 'discarded']: done.length, place }) };
    });
    if (!isOn) return false;
    if (count === 0) return true;
    await pace.spend(count, signal);
  }
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
