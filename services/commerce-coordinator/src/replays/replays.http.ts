/**
 * Replays over HTTP: events of the log given once more to one target, and projections built anew.
 * Promise: what nobody asked otherwise is a dry run, and without effects. A replay is durable before it is answered with 202, with
 * the record of who asked and why; it goes on when processes die.
 */
import { personalPathIn } from '@commerce/events/personal-filter';
import type { SignalMap } from '@commerce/event-log/extension';
import type { EventLog } from '@commerce/event-log/log';
import type { Replay, ReplaySelection, ReplayTarget } from '@commerce/event-log/replay';
import { isRebuild } from '@commerce/event-log/replay';
import { readDifferences, readReplay, readReplays } from '@commerce/event-log/replay-rows';
import type { KeptDifference } from '@commerce/event-log/replay-rows';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { LOCATION } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { GivenReason } from '../audit.ts';
import { eventSights } from '../event-history/event-sight.ts';
import { patternOf, typesNamed } from '../event-history/history.http.ts';
import { historyProblems } from '../event-history/history-problems.ts';
import { actorOf, pageOf, pageProblems, triggerOf } from '../requests.http.ts';
import { differencesShown } from './differences-shown.ts';
import { replayCommands } from './commands.ts';
import type { Asked } from './commands.ts';
import { replayProblems } from './problems.ts';
import { actForm, differenceListView, differencesQuery, listQuery, replayListView, replayPath, replayView, runForm, startForm, targetsView, viewOf } from './views.ts';

export interface ReplayRoutes {
  readonly log: EventLog;
  readonly cursors: Cursors;
  /** Which handlers hear what. */
  readonly heardBy: SignalMap;
  /** Names of the projections that can be rebuilt. */
  readonly projections: readonly string[];
  /** Is there such a webhook endpoint, and is it the caller's? */
  readonly knowsEndpoint: (request: FastifyRequest, endpointId: string) => Promise<boolean>;
  readonly uuid: () => string;
  /** Something is to be carried out. */
  readonly wake: () => void;
}

const TAGS = ['replays'];
const { event_replay_not_found, replay_target_unknown, replay_target_needs_endpoint, replay_selection_unclear, replay_filter_personal, replay_under_way, replay_state_wrong } = replayProblems;

/** Adds the routes. */
export function addReplayRoutes(app: HttpApp, { log, cursors, heardBy, projections, knowsEndpoint, uuid, wake }: ReplayRoutes): void {
  const { pool } = log;
  const commands = replayCommands(log);
  const sights = eventSights(log);
  const found = async (replayId: string): Promise<Replay> => {
    const replay = await readReplay(pool, replayId);
    if (replay === undefined) throw new Problem(event_replay_not_found);
    return replay;
  };
  const begun = async (replayId: string): Promise<z.infer<typeof replayView>> => {
    wake();
    return viewOf(await found(replayId));
  };

  /** Who aims at a webhook endpoint owns it, also when somebody else has chosen the events. */
  const refuseOthersEndpoint = async (request: FastifyRequest, replayId: string): Promise<void> => {
    const target = (await readReplay(pool, replayId))?.target;
    if (target !== undefined && 'endpoint' in target && !(await knowsEndpoint(request, target.endpoint))) throw new Problem(replay_target_unknown);
  };

  app.post('/api/replays', {
    config: { scope: 'replay:write', answerHeaders: [LOCATION], problems: [replay_target_unknown, replay_target_needs_endpoint, replay_selection_unclear, replay_filter_personal, replay_under_way, historyProblems.invalid_event_filter] },
    schema: { operationId: 'startReplay', summary: 'Give events of the log once more to one target, or build a projection anew; a dry run unless it says otherwise', tags: TAGS, body: startForm, response: { 202: replayView } },
  }, async (request, reply) => {
    const { target, mode, effects, accept, rate = null, reason } = request.body;
    if (isFanOut(target)) throw new Problem(replay_target_needs_endpoint);
    if (!('endpoint' in target ? await knowsEndpoint(request, target.endpoint) : isKnown(target, heardBy, projections))) throw new Problem(replay_target_unknown);
    const selection = selectionOf(log, target, request.body.selection);
    const replayId = uuid();
    await commands.begin(askedBy(request, reason), replayId, { target, selection, mode, effects, accept, rate });
    return reply.code(202).header('location', `/api/replays/${replayId}`).send(await begun(replayId));
  });

  app.get('/api/replays', {
    config: { scope: 'replay:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listReplays', summary: 'List replays, the newest first', tags: TAGS, querystring: listQuery, response: { 200: replayListView } },
  }, async ({ query }) => {
    const page = await pageOf(cursors, 'replays', query, ({ replayId }: Replay) => replayId, (before, count) => readReplays(pool, before, count));
    return { ...page, items: page.items.map(viewOf) };
  });

  app.get('/api/replays/targets', {
    config: { scope: 'replay:read' },
    schema: { operationId: 'listReplayTargets', summary: 'List what a replay may be aimed at, beside webhook endpoints and the bus', tags: TAGS, response: { 200: targetsView } },
  }, () => targetsOf(heardBy, projections));

  app.get('/api/replays/:replayId', {
    config: { scope: 'replay:read', problems: [event_replay_not_found] },
    schema: { operationId: 'readReplay', summary: 'Read how far a replay is', tags: TAGS, params: replayPath, response: { 200: replayView } },
  }, async ({ params }) => viewOf(await found(params.replayId)));

  app.get('/api/replays/:replayId/differences', {
    config: { scope: 'replay:read', problems: [event_replay_not_found, pageProblems.invalid_cursor] },
    schema: {
      operationId: 'listReplayDifferences', summary: 'List what a replay changes, or would change', description: 'The first 10,000 are kept, for seven days after its end. What is personal in rows and events is shown with the scope admin or users:read, and reads as erased without; the acts of people, and members of events that are kept inside, with admin.', tags: TAGS,
      params: replayPath, querystring: differencesQuery, response: { 200: differenceListView },
    },
  }, async ({ params: { replayId }, query, caller }) => {
    await found(replayId);
    const { kind } = query;
    const page = await pageOf(cursors, JSON.stringify(['replays', replayId, kind]), query, ({ place }: KeptDifference) => place, (after, count) => readDifferences(pool, replayId, after, count, kind));
    return { ...page, items: page.items.map(differencesShown(log.catalogue, sights(caller))) };
  });

  app.post('/api/replays/:replayId/run', {
    config: { scope: 'replay:write', answerHeaders: [LOCATION], problems: [event_replay_not_found, replay_target_unknown, replay_state_wrong, replay_under_way] },
    schema: { operationId: 'runReplay', summary: 'Run a dry run that is done, over the same events', tags: TAGS, params: replayPath, body: runForm, response: { 202: replayView } },
  }, async (request, reply) => {
    const { effects, accept, rate = null, reason } = request.body;
    await refuseOthersEndpoint(request, request.params.replayId);
    const replayId = uuid();
    await commands.run(askedBy(request, reason), replayId, request.params.replayId, { effects, accept, rate });
    return reply.code(202).header('location', `/api/replays/${replayId}`).send(await begun(replayId));
  });

  for (const act of ['stop', 'resume'] as const) {
    app.post(`/api/replays/:replayId/${act}`, {
      config: { scope: 'replay:write', problems: [event_replay_not_found, replay_target_unknown, replay_state_wrong, replay_under_way] },
      schema: {
        operationId: `${act}Replay`, summary: act === 'stop' ? 'Stop a replay; what it has done stays done' : 'Go on with a replay that was stopped or has failed', tags: TAGS,
        params: replayPath, body: actForm, response: { 202: replayView },
      },
    }, async (request, reply) => {
      const { replayId } = request.params;
      if (act === 'resume') await refuseOthersEndpoint(request, replayId);
      await commands[act](askedBy(request, request.body.reason), replayId);
      return reply.code(202).send(await begun(replayId));
    });
  }

  app.post('/api/replays/:replayId/drop-kept', {
    config: { scope: 'replay:write', problems: [event_replay_not_found, replay_state_wrong] },
    schema: { operationId: 'dropKeptTable', summary: 'Drop the table that was live before a rebuild took its place', tags: TAGS, params: replayPath, body: actForm, response: { 200: replayView } },
  }, async (request) => {
    const { replayId } = request.params;
    await commands.dropKept(askedBy(request, request.body.reason), replayId);
    return viewOf(await found(replayId));
  });
}

function askedBy(request: FastifyRequest, reason: GivenReason): Asked {
  return { by: actorOf(request), trigger: triggerOf(request), reason };
}

/** Whom webhooks are written for: what was written once it cannot write again. */
function isFanOut(target: ReplayTarget): boolean {
  return ('handler' in target && target.handler.startsWith('webhooks.')) || ('extension' in target && target.extension === 'webhooks');
}

function targetsOf(heardBy: SignalMap, projections: readonly string[]): z.infer<typeof targetsView> {
  const heard = Object.entries(heardBy).flatMap(([type, handlers]) => handlers.map((handler) => ({ type, handler })));
  const handlers = [...Map.groupBy(heard, ({ handler }) => handler)].map(([handler, ones]) => ({ handler, types: ones.map(({ type }) => type).sort() })).filter((target) => !isFanOut(target)).sort((a, b) => (a.handler < b.handler ? -1 : 1));
  return { handlers, extensions: [...new Set(handlers.map(({ handler }) => handler.slice(0, handler.indexOf('.'))))], projections: [...projections].sort() };
}

function isKnown(target: ReplayTarget, heardBy: SignalMap, projections: readonly string[]): boolean {
  const handlers = (): string[] => Object.values(heardBy).flat();
  if ('handler' in target) return handlers().includes(target.handler);
  if ('extension' in target) return handlers().some((handler) => handler.startsWith(`${target.extension}.`));
  return isRebuild(target) ? projections.includes(target.projection) : true;
}

/** Nobody means everything by leaving something out. */
function selectionOf(log: EventLog, target: ReplayTarget, { all, ...given }: z.infer<typeof startForm>['selection']): ReplaySelection {
  const isNamed = Object.values(given).some((one) => one !== undefined);
  const isUnclear = isRebuild(target) || all === true ? isNamed : !isNamed;
  if (isUnclear) throw new Problem(replay_selection_unclear);
  const types = given.types === undefined ? undefined : typesNamed(log, given.types);
  if (given.filter !== undefined) {
    const path = personalPathIn(patternOf(given.filter), log.catalogue.entries.filter(({ type }) => types?.includes(type) ?? true));
    if (path !== undefined) throw new Problem(replay_filter_personal, { detail: `${path} is personal.` });
  }
  // Kept as the milliseconds that are meant: whoever reads it later needs to know no offsets and no fractions of them.
  const at = (text: string | undefined): string | undefined => (text === undefined ? undefined : new Date(text).toISOString());
  return { ...given, ...(types !== undefined && { types }), ...(given.from !== undefined && { from: at(given.from) }), ...(given.to !== undefined && { to: at(given.to) }) };
}
