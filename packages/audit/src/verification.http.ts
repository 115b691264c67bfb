/**
 * `/api/audit/verification`: holds every event of the log against its seal and its digest while the caller waits, and tells what it
 * finds as it goes, as server-sent events. With POST also against signed heads that the caller has kept elsewhere.
 *
 * Promise: one at a time in a process, over connections of its own, and it ends when the caller goes, or after 15 minutes. At most 1,000 findings are told
 * one by one; all are counted. Reads only. Whoever does not trust this service verifies the database from outside (`audit:verify`).
 */
import { PassThrough } from 'node:stream';
import type { Head, PublicKeys } from '@commerce/event-log/seal-head';
import { tailPool } from '@commerce/event-log/tail-pool';
import { verifyLog } from '@commerce/event-log/verify-log';
import { signedHead } from '@commerce/events/signed-head';
import type { HttpApp } from '@commerce/service-kit/http-server';
import type { Logger } from '@commerce/service-kit/logging';
import type { Ports } from '@commerce/service-kit/ports';
import { Problem, retryAfter } from '@commerce/service-kit/problems';
import { z } from 'zod';
import { auditProblems } from './problems.ts';

export interface VerificationApi {
  /** The name of the log, as its heads have it. */
  readonly log: string;
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
/** Signed each hour, those of more than a year. */
const MOST_HEADS = 10_000;
const HEADS_BYTES = 4 * 1_048_576;

const keptHeads = z.strictObject({
  heads: z.array(signedHead).min(1).max(MOST_HEADS).meta({ description: 'Signed heads of this log that were kept elsewhere than in its database, in any order.' }),
});

const PATH = '/api/audit/verification';
const STREAM = 'Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings, signaturesJudged }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.';
const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' };
const TAGS = ['audit'];
const RESPONSE = { 200: { description: 'The stream.', content: { 'text/event-stream': { schema: message } } } };

/** Adds the routes. `close` ends what runs, and resolves when it has ended. */
export function addVerificationRoutes(app: HttpApp, api: VerificationApi): { close(): Promise<void> } {
  let running: { readonly ending: AbortController; readonly over: Promise<void> } | undefined;
  const begin = (kept: readonly Head[]): z.infer<typeof message> => {
    if (running !== undefined) throw new Problem(auditProblems.verification_running, { headers: retryAfter(RETRY_AFTER_MS) });
    const stream = new PassThrough();
    const ending = new AbortController();
    stream.once('close', () => ending.abort());
    const over = verifyInto(stream, api, kept, ending).finally(() => (running = undefined));
    running = { ending, over };
    return stream as unknown as z.infer<typeof message>;
  };

  app.get(PATH, {
    exposeHeadRoute: false,
    config: { scope: 'admin', problems: [auditProblems.verification_running] },
    schema: { operationId: 'verifyLog', summary: 'Hold every event of the log against its seal and its digest', tags: TAGS, description: STREAM, response: RESPONSE },
  }, async (_request, reply) => {
    const stream = begin([]);
    return reply.headers(EVENT_STREAM).send(stream);
  });

  app.post(PATH, {
    bodyLimit: HEADS_BYTES,
    config: { scope: 'admin', problems: [auditProblems.verification_running, auditProblems.heads_of_another_log] },
    schema: {
      operationId: 'verifyLogByHeads', summary: 'The same, and hold the log against signed heads that were kept elsewhere', tags: TAGS, body: keptHeads, response: RESPONSE,
      description: `Changes nothing. A kept head finds a log that was cut off, or written anew together with its seals and the heads in its database. ${STREAM}`,
    },
  }, async ({ body: { heads } }, reply) => {
    const other = heads.findIndex(({ log }) => log !== api.log);
    if (other >= 0) throw new Problem(auditProblems.heads_of_another_log, { errors: [{ path: `/body/heads/${other}/log`, message: `must be ${api.log}` }] });
    const stream = begin(heads);
    return reply.headers(EVENT_STREAM).send(stream);
  });

  return {
    close: async () => {
      running?.ending.abort();
      await running?.over;
    },
  };
}

/** Never rejects: what fails ends the stream before its end. */
async function verifyInto(stream: PassThrough, { databaseUrl, keys, nowMs, ports, logger }: VerificationApi, kept: readonly Head[], ending: AbortController): Promise<void> {
  const pool = tailPool(databaseUrl);
  const say = (event: string, data: object): void => void stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let findings = 0;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  try {
    void keepAlive(stream, ports, ending.signal);
    void ports.sleep(LONGEST_MS, ending.signal).then(() => stream.destroy(), () => undefined);
    const verified = await verifyLog({
      pool, nowMs, keys, kept, signal: ending.signal,
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
    say('verified', { ...verified, signaturesJudged: keys.size > 0 });
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
