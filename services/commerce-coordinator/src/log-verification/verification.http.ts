/**
 * `GET /api/audit/verification`: holds every event of the log against its seal and its digest while the caller waits, and tells what it
 * finds as it goes, as server-sent events.
 *
 * Promise: one at a time in a process, over connections of its own, and it ends when the caller goes, or after 15 minutes. At most 1,000 findings are told
 * one by one; all are counted. Reads only. Whoever does not trust this service verifies the database from outside (`audit:verify`).
 */
import { PassThrough } from 'node:stream';
import type { PublicKeys } from '@commerce/event-log/seal-head';
import { tailPool } from '@commerce/event-log/tail-pool';
import { verifyLog } from '@commerce/event-log/verify-log';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import { Problem, retryAfter } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { verificationProblems } from './problems.ts';

export interface VerificationApi {
  /** Of the log, without a pooler before it. */
  readonly databaseUrl: string;
  /** Of the heads; without one their signatures are not judged. */
  readonly keys: PublicKeys;
  readonly nowMs: () => number;
  readonly ports: Pick<Ports, 'clock' | 'sleep'>;
  readonly logger: Logger;
}

/** One server-sent event. */
const message = z.object({
  event: z.enum(['progress', 'finding', 'verified']),
  data: z.string().meta({ contentMediaType: 'application/json' }),
});

const MOST_FINDINGS = 1_000;
const PROGRESS_EVERY_MS = 250;
const HEARTBEAT_MS = 10_000;
const RETRY_AFTER_MS = 30_000;
/** As long as a stream of events: who may not ask any more is heard no longer. */
const LONGEST_MS = 900_000;

/** Adds the route. `close` ends what runs, and resolves when it has ended. */
export function addVerificationRoute(app: HttpApp, api: VerificationApi): { close(): Promise<void> } {
  let running: { readonly ending: AbortController; readonly over: Promise<void> } | undefined;
  app.get('/api/audit/verification', {
    exposeHeadRoute: false,
    config: { scope: 'admin', problems: [verificationProblems.verification_running] },
    schema: {
      operationId: 'verifyLog', summary: 'Hold every event of the log against its seal and its digest', tags: ['audit'],
      description: 'Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.',
      response: { 200: { description: 'The stream.', content: { 'text/event-stream': { schema: message } } } },
    },
  }, async (_request, reply) => {
    if (running !== undefined) throw new Problem(verificationProblems.verification_running, { headers: retryAfter(RETRY_AFTER_MS) });
    const stream = new PassThrough();
    const ending = new AbortController();
    stream.once('close', () => ending.abort());
    const over = verifyInto(stream, api, ending).finally(() => (running = undefined));
    running = { ending, over };
    return reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store').send(stream as unknown as z.infer<typeof message>);
  });
  return {
    close: async () => {
      running?.ending.abort();
      await running?.over;
    },
  };
}

/** Never rejects: what fails ends the stream before its end. */
async function verifyInto(stream: PassThrough, { databaseUrl, keys, nowMs, ports, logger }: VerificationApi, ending: AbortController): Promise<void> {
  const pool = tailPool(databaseUrl);
  const say = (event: string, data: object): void => void stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let findings = 0;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  try {
    void keepAlive(stream, ports, ending.signal);
    void ports.sleep(LONGEST_MS, ending.signal).then(() => stream.destroy(), () => undefined);
    const verified = await verifyLog({
      pool, nowMs, keys, signal: ending.signal,
      onFinding: (finding) => {
        findings += 1;
        if (findings <= MOST_FINDINGS) say('finding', finding);
      },
      onProgress: (progress) => {
        const atMs = ports.clock.monotonicMs();
        if (progress.seals < progress.ofSeals && atMs - saidAtMs < PROGRESS_EVERY_MS) return;
        saidAtMs = atMs;
        say('progress', progress);
      },
    });
    say('verified', verified);
    stream.end();
  } catch (error) {
    if (!ending.signal.aborted) logger.error({ err: error }, 'the log could not be verified');
    stream.destroy();
  } finally {
    ending.abort();
    await pool.end();
  }
}

/** Between two findings there may be much to read. */
async function keepAlive(stream: PassThrough, ports: Pick<Ports, 'sleep'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ports.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
    if (!signal.aborted) stream.write(': working\n\n');
  }
}
