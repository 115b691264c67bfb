/**
 * The API of dead letters: what there is and why, what does not fit, and the runs that bring it back or give it up.
 * Promise: a run is durable before it is answered with 202, with the record of who asked and why; it goes on when processes die.
 */
import type { EventLog } from '@commerce/event-log/log';
import { toEnvelope } from '@commerce/event-log/event';
import type { StoredEvent, Trigger } from '@commerce/event-log/event';
import { pageOf } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { LOCATION } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import type { ProblemDefinition } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { GivenReason, Recorder } from './act.ts';
import { runCommands } from './commands.ts';
import type { Asked } from './commands.ts';
import { diffOf } from './diff.ts';
import { countLetters, readLetters, readMore } from './list.pg.ts';
import type { DeadLetter } from './list.pg.ts';
import { deadLetterProblems } from './problems.ts';
import { readQueues } from './queues.pg.ts';
import type { Runner } from './runner.ts';
import { readRun, readRuns } from './runs.pg.ts';
import type { Run } from './runs.pg.ts';
import type { DeadQueue, Judgeable } from './dead-queue.ts';
import type { DeadQueues } from './dead-queues.ts';
import { parseId } from './selection.ts';
import type { Selection } from './selection.ts';
import {
  countsOf, countsView, detailOf, formsWith, letterDetailView, letterListView, letterOf, letterPath, listQuery, pageQuery, queuesOf, runListView, runOfRow, runPath, runView,
} from './views.ts';
import type { selectionForm } from './views.ts';

/** What all routes of the service have in common. */
export interface Requests {
  /** What the request is for the events that it causes. */
  readonly triggerOf: (request: FastifyRequest) => Trigger;
  /** Why somebody does something. */
  readonly reasonForm: z.ZodType<GivenReason>;
  /** The refusal of a cursor that was not made here. */
  readonly invalidCursor: ProblemDefinition;
}

export interface DeadLettersApi {
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly requests: Requests;
  readonly recorder: Recorder;
  readonly queues: DeadQueues;
  readonly runner: Pick<Runner, 'wake'>;
  readonly uuid: () => string;
}

/** A list waits so long for a look into the queues; then it shows what the look before saw. */
const LOOK_WAIT_MS = 4_000;

/** Adds the routes. */
export function addDeadLetterRoutes(app: HttpApp, api: DeadLettersApi): void {
  addReadingRoutes(app, api);
  addRunRoutes(app, api);
}

function addReadingRoutes(app: HttpApp, { log, cursors, requests: { invalidCursor }, queues }: DeadLettersApi): void {
  const { pool } = log;
  const states = async (): Promise<z.infer<typeof letterListView>['queues']> => queuesOf(await readQueues(pool, queues.names), (name) => queues.retentionSeconds(name));
  const tags = ['dead letters'];

  app.get('/dead-letters', {
    config: { scope: 'dlq:read', problems: [invalidCursor] },
    schema: { operationId: 'listDeadLetters', summary: 'List dead letters of all kinds, the oldest first', tags, querystring: listQuery, response: { 200: letterListView } },
  }, async ({ query }) => {
    const { kind, limit: _limit, cursor, ...filter } = query;
    const selection: Selection = { ...filter, ...(kind !== undefined && { kinds: [kind] }) };
    if (cursor === undefined) await queues.lookIfOld(LOOK_WAIT_MS);
    const page = await pageOf({ cursors, list: JSON.stringify(['dead-letters', selection]), refusal: invalidCursor }, query, ({ place }: DeadLetter) => place, (after, count) => readLetters(pool, selection, after, count));
    return { items: page.items.map(letterOf), nextCursor: page.nextCursor, queues: await states() };
  });

  app.get('/dead-letters/counts', {
    config: { scope: 'dlq:read' },
    schema: { operationId: 'countDeadLetters', summary: 'Count dead letters by kind, queue, reason, type and handler', tags, response: { 200: countsView } },
  }, async () => {
    await queues.lookIfOld(LOOK_WAIT_MS);
    return countsOf(await countLetters(pool), await states());
  });

  app.get('/dead-letters/:letterId', {
    config: { scope: 'dlq:read', problems: [deadLetterProblems.dead_letter_not_found] },
    schema: { operationId: 'readDeadLetter', summary: 'Read one dead letter: why, where, every recorded attempt, and where it does not fit the catalogue', tags, params: letterPath, response: { 200: letterDetailView } },
  }, async ({ params: { letterId } }) => {
    const id = parseId(letterId);
    const [letter] = id === undefined ? [] : await readLetters(pool, { kinds: [id.kind], ids: [letterId] }, undefined, 1);
    if (letter === undefined) throw new Problem(deadLetterProblems.dead_letter_not_found);
    const more = await readMore(pool, letter);
    const [event] = more.event === undefined ? [] : await log.clear([more.event]);
    const text = textOf(more.body, event);
    const queue = letter.queue === null ? undefined : queues.find(letter.queue);
    return detailOf(letter, more, { text, diff: text === null || queue?.hasEvents === false ? null : diffOf(log.catalogue, text), now: more.body === undefined || queue === undefined ? null : judged(queue, { body: more.body, attributes: more.attributes }) });
  });
}

/** What is in the log is shown as it travels. */
function textOf(body: string | undefined, event: StoredEvent | undefined): string | null {
  return body ?? (event === undefined ? null : JSON.stringify(toEnvelope(event)));
}

function judged({ judge }: DeadQueue, message: Judgeable): z.infer<typeof letterDetailView>['now'] {
  const verdict = judge(message);
  return verdict.isAccepted ? { isAccepted: true, reason: null, detail: null } : { isAccepted: false, reason: verdict.reason, detail: verdict.detail };
}

function addRunRoutes(app: HttpApp, { log, cursors, requests: { triggerOf, reasonForm, invalidCursor }, recorder, runner, uuid }: DeadLettersApi): void {
  const { pool } = log;
  const commands = runCommands(log, recorder);
  const forms = formsWith(reasonForm);
  const askedBy = (request: FastifyRequest, reason: GivenReason): Asked => ({
    by: { subject: request.caller.subject, clientId: request.caller.clientId }, trigger: triggerOf(request), reason,
  });
  const tags = ['dead letters'];
  const found = async (runId: string): Promise<z.infer<typeof runView>> => {
    const run = await readRun(pool, runId);
    if (run === undefined) throw new Problem(deadLetterProblems.dead_letter_run_not_found);
    return runOfRow(run);
  };

  app.post('/dead-letter-runs', {
    config: { scope: 'dlq:write', answerHeaders: [LOCATION], problems: [deadLetterProblems.dead_letter_run_under_way, deadLetterProblems.dead_letter_selection_unclear, deadLetterProblems.dead_letter_not_found] },
    schema: { operationId: 'beginDeadLetterRun', summary: 'Redrive or discard one dead letter, some, or all, at a rate', tags, body: forms.run, response: { 202: runView } },
  }, async (request, reply) => {
    const { act, rate, reason } = request.body;
    const runId = uuid();
    await commands.begin(askedBy(request, reason), { runId, act, rate, selection: selectionOf(request.body.selection) });
    runner.wake();
    return reply.code(202).header('location', `/dead-letter-runs/${runId}`).send(await found(runId));
  });

  app.get('/dead-letter-runs', {
    config: { scope: 'dlq:read', problems: [invalidCursor] },
    schema: { operationId: 'listDeadLetterRuns', summary: 'List runs, the newest first', tags, querystring: pageQuery, response: { 200: runListView } },
  }, async ({ query }) => {
    const page = await pageOf({ cursors, list: 'dead-letter-runs', refusal: invalidCursor }, query, ({ runId }: Run) => runId, (before, count) => readRuns(pool, before, count));
    return { ...page, items: page.items.map(runOfRow) };
  });

  app.get('/dead-letter-runs/:runId', {
    config: { scope: 'dlq:read', problems: [deadLetterProblems.dead_letter_run_not_found] },
    schema: { operationId: 'readDeadLetterRun', summary: 'Read how far a run is', tags, params: runPath, response: { 200: runView } },
  }, async ({ params }) => found(params.runId));

  app.post('/dead-letter-runs/:runId/stop', {
    config: { scope: 'dlq:write', problems: [deadLetterProblems.dead_letter_run_not_found, deadLetterProblems.dead_letter_run_over] },
    schema: { operationId: 'stopDeadLetterRun', summary: 'Stop a run after its present batch; what it has done stays done', tags, params: runPath, body: forms.stop, response: { 202: runView } },
  }, async (request, reply) => {
    const { runId } = request.params;
    await commands.stop(askedBy(request, request.body.reason), runId);
    runner.wake();
    return reply.code(202).send(await found(runId));
  });
}

/** Nobody means everything by leaving something out. */
function selectionOf({ all, ...selection }: z.infer<typeof selectionForm>): Selection {
  const { mended: _beside, ...named } = selection;
  const isNamed = Object.values(named).some((one) => one !== undefined);
  const isUnclear = all === true ? isNamed : !isNamed && selection.mended !== true;
  const wrongId = selection.ids?.find((id) => parseId(id) === undefined);
  if (wrongId !== undefined) throw new Problem(deadLetterProblems.dead_letter_not_found, { detail: 'One of the ids is no name of a dead letter.' });
  if (isUnclear) throw new Problem(deadLetterProblems.dead_letter_selection_unclear);
  return selection;
}
