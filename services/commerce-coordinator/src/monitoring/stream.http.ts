/**
 * `GET /api/events/stream`: events of the log as they are committed, by whatever process, as server-sent events.
 *
 * Promise: every event comes once, in the order of the log, from the place that `Last-Event-ID` names, or `after` for who cannot send a
 * header; it is opaque and carries the epoch of the log. A client that comes too late for what it wants is told so in the stream. A client that reads too slowly is waited for
 * and told, and after 30 s without reading is cut off: it comes again with its place.
 * Bounds: 10 streams for a client (for each user of one) and 200 for a process; a stream ends after 15 minutes, so that a token which does not hold any more
 * does not listen for ever.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EventLog } from '@commerce/event-log/log';
import { readMarks } from '@commerce/event-log/retention-marks';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { Problem, retryAfter } from '@commerce/service-kit/problems';
import type { Ports } from '@commerce/service-kit/ports';
import type { RequestFigures } from '@commerce/service-kit/request-figures';
import { EventNames } from '@commerce/signals/event-names';
import { z } from 'zod';
import { eventSights, SIGHT_TEXT } from '../event-history/event-sight.ts';
import { patternOf } from '../event-history/history.http.ts';
import { historyProblems } from '../event-history/history-problems.ts';
import { cursor as place, pageProblems } from '../requests.http.ts';
import { eventChoice } from './event-choice.ts';
import type { EventChoice } from './event-choice.ts';
import { monitoringProblems } from './problems.ts';
import { heartbeatFrame, noticeFrame, retryFrame } from './stream-frames.ts';
import type { Notice } from './stream-frames.ts';
import type { JoinStream } from './stream-tail.pg.ts';
import { frameMaker } from './shown-events.ts';
import { streamEvents } from './stream.ts';
import type { Place } from './stream.ts';

export interface StreamLimits {
  readonly perClient: number;
  readonly perProcess: number;
  readonly longestMs: number;
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is cut off. */
  readonly slowestMs: number;
}

export const STREAM_LIMITS: StreamLimits = { perClient: 10, perProcess: 200, longestMs: 900_000, heartbeatMs: 10_000, slowestMs: 30_000 };

export interface StreamApi {
  readonly join: JoinStream;
  readonly log: EventLog;
  readonly cursors: Cursors;
  readonly ports: Pick<Ports, 'clock' | 'sleep'>;
  readonly nowMs: () => number;
  readonly limits: StreamLimits;
  /** Told of every stream when it is over. */
  readonly requestFigures: RequestFigures;
}

export interface Streams {
  readonly open: () => number;
  /** Tells every client that it ends, and ends it. Resolves when nothing streams any more. */
  close(): Promise<void>;
}

const LIST = 'events/stream';
const ROUTE = '/api/events/stream';
const RETRY_MS = 1_000;
const RETRY_AFTER_MS = 5_000;
const NAMES = /^[A-Za-z*][A-Za-z0-9_.*]*(,[A-Za-z*][A-Za-z0-9_.*]*){0,49}$/;

/** One server-sent event; what has no name is an event of the log. */
const message = z.object({
  id: z.string().optional(),
  event: z.literal('notice').optional(),
  data: z.string().meta({ contentMediaType: 'application/json' }),
});

const streamQuery = z.strictObject({
  events: z.string().max(4_000).regex(NAMES, 'must be up to 50 names with commas between them').optional().meta({ description: 'Only these: order.created, OrderCreated, order.*, up to 50 with commas between them.', example: 'order.*,payment.failed' }),
  filter: z.string().min(1).max(4_096).optional().meta({ description: 'An EventBridge event pattern as JSON text; it judges each event as history lists it.', example: '{"data":{"total":[{"prefix":"1"}]}}' }),
  after: place.meta({ description: 'The id that came last, for a client that cannot send Last-Event-ID, such as an EventSource that is made anew. Where both are given, Last-Event-ID counts.' }),
});

export function addStreamRoute(app: HttpApp, api: StreamApi): Streams {
  const { join, log, ports, limits } = api;
  // Runs of handlers have names too, and stand in no log.
  const names = new EventNames(log.catalogue.entries);
  const sightOf = eventSights(log);
  const frameOf = frameMaker(names, (place) => sealed(api, place));
  const open = new Map<AbortController, { readonly caller: string; readonly done: Promise<void> }>();

  const topics = ({ hears }: EventChoice): ReadonlySet<string> => new Set(log.catalogue.entries.filter(({ type }) => hears(type)).map(({ topic }) => topic));
  const refuseTooMany = (caller: string): void => {
    const own = [...open.values()].filter((one) => one.caller === caller).length;
    if (open.size >= limits.perProcess || own >= limits.perClient) throw new Problem(monitoringProblems.too_many_streams, { headers: retryAfter(RETRY_AFTER_MS) });
  };

  app.get(ROUTE, {
    exposeHeadRoute: false,
    config: {
      scope: 'events:read', problems: [monitoringProblems.unknown_event_name, monitoringProblems.too_many_streams, historyProblems.invalid_event_filter, pageProblems.invalid_cursor],
      headers: [{ name: 'Last-Event-ID', schema: { type: 'string' }, description: 'The id that came last: the stream goes on behind it. Without it the stream begins with what is committed from now on.' }],
    },
    schema: {
      operationId: 'streamEvents', summary: 'Follow events as they are committed', tags: ['events'], querystring: streamQuery,
      description: `Server-sent events. A message has an event as history lists it, with its name, and as id its place; one that POST /api/events/test emits has no id, and says "test": true. An event of the type "notice" tells of the stream itself: live, behind, caught_up, held, released, too_old, restored, closing. It ends after 15 minutes: come again with the last id. ${SIGHT_TEXT}`,
      response: { 200: { description: 'The stream.', content: { 'text/event-stream': { schema: message } } } },
    },
  }, async ({ query, caller, headers, openSpans = [], raw: { socket } }, reply) => {
    const begunMs = ports.clock.monotonicMs();
    // Everybody who is signed in at the dashboard comes as one client.
    const asking = JSON.stringify([caller.clientId, caller.subject]);
    refuseTooMany(asking);
    const sight = sightOf(caller);
    const choice = eventChoice(names, log.catalogue, query.events?.split(',') ?? [], query.filter === undefined ? undefined : patternOf(query.filter));
    const from = placeGiven(api, headers['last-event-id'] || query.after);
    const ending = new AbortController();
    const over = Promise.withResolvers<void>();
    // Counted from now on, for the database is asked first.
    open.set(ending, { caller: asking, done: over.promise });
    const end = (): void => {
      open.delete(ending);
      over.resolve();
    };
    const begin = async (): Promise<{ first: readonly Notice[]; listener: Awaited<ReturnType<JoinStream>> }> => {
      const first: readonly Notice[] = from === undefined ? [{ code: 'live' }] : await noticesFor(api, from, (topic) => sight.sees(topic) && topics(choice).has(topic));
      // Who has joined must leave: nothing that may fail stands behind it.
      return { first, listener: await join() };
    };
    const { first, listener } = await begin().catch((error: unknown) => {
      end();
      throw error;
    });
    const response = reply.raw;
    response.once('close', () => ending.abort());
    // While the database was asked, the client may have gone.
    if (socket.destroyed) ending.abort();
    reply.hijack();
    void (async () => {
      try {
        response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' });
        const write = (text: string): Promise<void> => writeAll(response, text, limits.slowestMs, ending.signal);
        await write(`${retryFrame(RETRY_MS)}${from === undefined ? '' : heartbeatFrame(sealed(api, from))}`);
        const longest = ports.sleep(limits.longestMs, ending.signal).then(() => ending.abort(), () => undefined);
        const last = await streamEvents({
          source: listener, from, write, first, shownTest: choice.testItem,
          frame: (event, place) => frameOf(event, place, choice, sight),
          heartbeatMs: limits.heartbeatMs, monotonicMs: () => ports.clock.monotonicMs(), nowMs: api.nowMs,
          seal: (place) => sealed(api, place),
        }, ending.signal);
        if (!response.destroyed) response.write(noticeFrame(sealed(api, last), { code: 'closing' }));
        ending.abort();
        await longest;
      } catch {
        // It is gone, too slow, or the log cannot be read: it comes again with its place.
        ending.abort();
      } finally {
        listener.leave();
        response.end();
        // Nobody else tells of an answer that was taken over.
        api.requestFigures.answered({ method: 'GET', route: ROUTE, status: 200, seconds: (ports.clock.monotonicMs() - begunMs) / 1_000 });
        for (const span of openSpans) span.end({ attributes: { 'http.request.method': 'GET', 'http.route': ROUTE, 'http.response.status_code': 200 } });
        end();
      }
    })();
    return reply;
  });

  return {
    open: () => open.size,
    close: async () => {
      for (const ending of open.keys()) ending.abort();
      await Promise.all([...open.values()].map(({ done }) => done));
    },
  };
}

/** Undefined where nothing is given. Throws a problem for what is no place of this log. */
function placeGiven({ cursors, log: { epoch } }: StreamApi, given: string | string[] | undefined): Place | undefined {
  if (given === undefined || given === '') return undefined;
  const text = typeof given === 'string' ? cursors.open(LIST, given) : undefined;
  const [at, txid, position, recordedAtMs] = (text ?? '').split('.').map(Number);
  if (at === undefined || txid === undefined || position === undefined || recordedAtMs === undefined || at > epoch) throw new Problem(pageProblems.invalid_cursor);
  return { cursor: { epoch: at, txid, position }, recordedAtMs };
}

function sealed({ cursors }: StreamApi, { cursor: { epoch, txid, position }, recordedAtMs }: Place): string {
  return cursors.seal(LIST, `${epoch}.${txid}.${position}.${recordedAtMs}`);
}

/** What a client that comes again must know. */
async function noticesFor({ log: { pool, epoch } }: StreamApi, { cursor, recordedAtMs }: Place, isWanted: (topic: string) => boolean): Promise<Notice[]> {
  const marks = await readMarks(pool);
  // Before everything there is: then nothing was seen that could be gone.
  const gone = [...marks].filter(([topic, removedBeforeMs]) => isWanted(topic) && removedBeforeMs > recordedAtMs);
  return [
    ...(cursor.epoch !== 0 && cursor.epoch < epoch ? [{ code: 'restored' } as const] : []),
    ...(gone.length > 0 ? [{ code: 'too_old', removedBefore: Object.fromEntries(gone.map(([topic, ms]) => [topic, new Date(ms).toISOString()])) } as const] : []),
  ];
}

/** Resolves when the client has taken enough for more. Rejects when it has gone, or has taken nothing for so long. */
async function writeAll(response: ServerResponse, text: string, slowestMs: number, signal: AbortSignal): Promise<void> {
  if (response.destroyed) throw new Error('The client has gone.');
  if (response.write(text)) return;
  const timeout = AbortSignal.timeout(slowestMs);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([signal, timeout]) });
  } catch (error) {
    response.destroy();
    throw error;
  }
}
