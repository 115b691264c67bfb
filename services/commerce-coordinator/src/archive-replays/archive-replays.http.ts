/**
 * Replays of Order Fulfillment's archive into this service: start one, watch it, stop it. EventBridge sends the events of a window
 * once more, to our rule alone; the consumer takes what is missing and ignores the rest.
 *
 * Promise: whoever starts or stops a replay is recorded, with the reason, before it is done; what could not be done then is recorded
 * too. A replay that starts before the window in which repetitions are recognised is refused.
 */
import type { ArchiveReplay, ArchiveReplays } from '@commerce/bus/archive-replays';
import { ReplayRefused } from '@commerce/bus/archive-replays';
import { readReplayArrivals } from '@commerce/bus/replay-arrivals';
import type { ReplayArrivals } from '@commerce/bus/replay-arrivals';
import { WINDOW_BEFORE_MS } from '@commerce/event-log/schema';
import type { Cursors } from '@commerce/service-kit/cursors';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem } from '@commerce/service-kit/problems';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { GivenReason } from '../audit.ts';
import { reasonForm } from '../audit.ts';
import type { RecordAct } from '../operator-acts.ts';
import { problems } from '../problems.ts';
import { actorOf, cursor, triggerOf } from '../requests.http.ts';
import { archiveReplayProblems } from './problems.ts';
import { madeName, progressOf, replayName, windowFault } from './window.ts';

export interface ArchiveReplayRoutes {
  readonly replays: ArchiveReplays;
  readonly pool: Pool;
  readonly cursors: Cursors;
  readonly record: RecordAct;
  readonly nowMs: () => number;
  readonly random: () => number;
}

const time = z.iso.datetime();
const givenTime = z.iso.datetime({ offset: true });
const count = z.int().min(0);
const replayView = z.strictObject({
  name: z.string(),
  state: z.enum(['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED']),
  reason: z.string().nullable().meta({ description: 'Why it is in this state, where EventBridge says so.' }),
  from: time, to: time,
  startedAt: time.nullable(), endedAt: time.nullable(),
  lastEventAt: time.nullable().meta({ description: 'Time of the last event that was sent.' }),
  progress: z.number().min(0).max(1).meta({ description: 'How far EventBridge is, by the time of the last event.' }),
  arrived: z.strictObject({ applied: count, duplicates: count, refused: count, lastAt: time.nullable() })
    .meta({ description: 'What came of it here: events that had been missing, that were here already and changed nothing, and that were refused.' }),
});
const listView = z.strictObject({ items: z.array(replayView), nextCursor: z.string().nullable() });
const startForm = z.strictObject({
  from: givenTime.meta({ description: 'Time of the first event to be replayed.' }),
  to: givenTime.optional().meta({ description: 'Time of the last one; now when left out. An archive may take ten minutes to have an event.' }),
  name: replayName.optional().meta({ description: 'Used once; one is made when it is left out. The name of the bus is put in front.' }),
  reason: reasonForm,
});
const stopForm = z.strictObject({ reason: reasonForm });
const pathName = z.strictObject({ name: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/, 'must be the name of a replay') });
const listQuery = z.strictObject({ limit: pageLimit, cursor });
const LIST = 'archive-replays';
const TAGS = ['replays'];
const { replay_not_found, replay_name_taken, replay_ended, replay_empty_window, replay_outside_window, replays_too_many, replays_unavailable } = archiveReplayProblems;

/** Adds the routes. */
export function addArchiveReplayRoutes(app: HttpApp, { replays, pool, cursors, record, nowMs, random }: ArchiveReplayRoutes): void {
  const views = async (found: readonly ArchiveReplay[]) => {
    const arrivals = await readReplayArrivals(pool, found.map(({ name }) => name));
    return found.map((replay) => viewOf(replay, arrivals.get(replay.name)));
  };
  const read = async (name: string) => {
    const [view] = await views([await replays.read(name).catch(refused)]);
    return view ?? refused(new ReplayRefused('unknown', 'It is gone.'));
  };

  /** The act is recorded, then done; when it could not be done that is recorded as well. */
  async function act(name: string, about: string, request: FastifyRequest, why: GivenReason, details: object, perform: () => Promise<void>): Promise<void> {
    const recorded = { about, by: actorOf(request), why };
    await record({ ...recorded, act: name, details: { ...details } }, triggerOf(request));
    try {
      await perform();
    } catch (error) {
      const fault = error instanceof ReplayRefused ? error.fault : 'unavailable';
      await record({ ...recorded, act: `${name}_failed`, details: { fault } }, triggerOf(request));
      refused(error);
    }
  }

  app.post('/archive-replays', {
    config: { scope: 'replay:write', problems: [replay_empty_window, replay_outside_window, replay_name_taken, replays_too_many, replays_unavailable] },
    schema: { operationId: 'startArchiveReplay', summary: 'Replay a window of time out of the archive of Order Fulfillment', tags: TAGS, body: startForm, response: { 202: replayView } },
  }, async (request, reply) => {
    const { from, to, name: given, reason } = request.body;
    const window = { from: new Date(from), to: to === undefined ? new Date(nowMs()) : new Date(to) };
    const fault = windowFault(window, { nowMs: nowMs(), knownForMs: WINDOW_BEFORE_MS });
    if (fault !== undefined) throw new Problem(fault === 'empty' ? replay_empty_window : replay_outside_window);
    const name = await replays.fullName(given ?? madeName(nowMs(), random)).catch(refused);
    const details = { from: window.from.toISOString(), to: window.to.toISOString() };
    await act('replay.start', name, request, reason, details, () => replays.start({ name, ...window, description: `Started by ${request.caller.clientId}` }));
    return reply.status(202).send(await read(name));
  });

  app.get('/archive-replays', {
    config: { scope: 'replay:read', problems: [problems.invalid_cursor, replays_unavailable] },
    schema: { operationId: 'listArchiveReplays', summary: 'List the replays of the archive', tags: TAGS, querystring: listQuery, response: { 200: listView } },
  }, async ({ query }) => {
    const token = query.cursor === undefined ? undefined : cursors.open(LIST, query.cursor);
    if (query.cursor !== undefined && token === undefined) throw new Problem(problems.invalid_cursor);
    const found = await replays.list({ token, limit: query.limit }).catch(refused);
    return { items: await views(found.items), nextCursor: found.token === undefined ? null : cursors.seal(LIST, found.token) };
  });

  app.get('/archive-replays/:name', {
    config: { scope: 'replay:read', problems: [replay_not_found, replays_unavailable] },
    schema: { operationId: 'readArchiveReplay', summary: 'Read how far a replay is and what it has brought', tags: TAGS, params: pathName, response: { 200: replayView } },
  }, ({ params }) => read(params.name));

  app.post('/archive-replays/:name/stop', {
    config: { scope: 'replay:write', problems: [replay_not_found, replay_ended, replays_unavailable] },
    schema: { operationId: 'stopArchiveReplay', summary: 'Stop a replay; what it has sent stays', tags: TAGS, params: pathName, body: stopForm, response: { 200: replayView } },
  }, async (request) => {
    const { name } = request.params;
    await replays.read(name).catch(refused);
    await act('replay.stop', name, request, request.body.reason, {}, () => replays.stop(name));
    return read(name);
  });
}

type View = z.infer<typeof replayView>;

function viewOf(replay: ArchiveReplay, arrivals: ReplayArrivals | undefined): View {
  const { name, state, reason, from, to, startedAt, endedAt, lastEventAt } = replay;
  const at = (moment: Date | null | undefined): string | null => moment?.toISOString() ?? null;
  return {
    name, state, reason, from: from.toISOString(), to: to.toISOString(), startedAt: at(startedAt), endedAt: at(endedAt), lastEventAt: at(lastEventAt), progress: progressOf(replay),
    arrived: { applied: arrivals?.applied ?? 0, duplicates: arrivals?.duplicates ?? 0, refused: arrivals?.refused ?? 0, lastAt: at(arrivals?.lastSeen) },
  };
}

const REFUSALS = { name_taken: replay_name_taken, unknown: replay_not_found, ended: replay_ended, too_many: replays_too_many, unavailable: replays_unavailable } as const;

function refused(error: unknown): never {
  if (!(error instanceof ReplayRefused)) throw error;
  throw new Problem(REFUSALS[error.fault], { detail: error.message, cause: error });
}
