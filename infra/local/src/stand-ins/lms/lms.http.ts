// The LMS stand-in as a request handler: Open edX's enrolment API and the doors for tests. CONTRACT.md beside this file is what
// callers may rely on. A write to the ledger that fails is not survived: the rejection ends the process.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { endedBody, enrolmentBody, parseEnrolmentRequest, sameRequest } from './enrolment.ts';
import type { EnrolmentRequest, Grant } from './enrolment.ts';
import { drawMs, faultSettingsSchema, strikes } from './faults.ts';
import type { FaultSettings } from './faults.ts';
import type { Effect, Ending, Ledger, LedgerEntry } from './ledger.file.ts';

const MAX_BODY_BYTES = 65_536;
const ENROL_PATH = '/api/enrollment/v1/enrollment';

export type LmsOptions = {
  readonly ledger: Ledger;
  readonly apiKey: string;
  readonly now: () => number;
  /** The faults in force; replaced as a whole through the door for tests. */
  readonly faults: { settings: FaultSettings };
  /** Told of each new effect once it is on disk. */
  readonly granted: (grant: Grant) => void;
};

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** Makes the handler; it keeps the number of tries per subject while faults are switched on. */
export function lmsHandler(options: LmsOptions): RequestListener {
  const tries = new Map<string, number>();
  const countTry = (subject: string): number => {
    const attempt = (tries.get(subject) ?? 0) + 1;
    tries.set(subject, attempt);
    return attempt;
  };
  const expectedKey = digest(`Bearer ${options.apiKey}`);

  return (request, response) => {
    void route(request, response);
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://lms');
    if (pathname === '/health/ready') return send(response, { status: 200, body: { status: 'ready' } });
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expectedKey)) return send(response, { status: 401, body: { detail: 'Invalid token.' } });
    if (request.method === 'POST' && pathname === ENROL_PATH) return enrol(request, response);
    if (request.method === 'GET' && pathname.startsWith(`${ENROL_PATH}/`)) return ask(pathname.slice(ENROL_PATH.length + 1), response);
    if (request.method === 'GET' && pathname === '/_stand-in/ledger') return send(response, showLedger(options.ledger, searchParams.get('orderId')));
    if (pathname === '/_stand-in/faults') return send(response, await faultsDoor(request, options.faults));
    return send(response, { status: 404, body: { detail: 'Not found.' } });
  }

  async function enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    if ('answer' in body) return send(response, body.answer);
    const parsed = parseEnrolmentRequest(body.json);
    if ('refused' in parsed) return send(response, { status: 400, body: { message: parsed.refused } });
    const { asked, enrols } = parsed;
    const { settings } = options.faults;
    const subject = enrols ? asked.reference : `unenrol:${asked.reference}`;
    const attempt = countTry(subject);
    const fault = await misbehave(settings, subject, attempt);
    if (fault !== undefined) return send(response, fault);
    const answer = await (enrols ? takeEffect(options, asked) : endEffect(options, asked));
    if (answer.status < 300 && strikes(settings, 'loseAnswer', subject, attempt)) return void request.socket.destroy();
    return send(response, answer);
  }

  async function ask(key: string, response: ServerResponse): Promise<void> {
    const fault = await misbehave(options.faults.settings, `ask:${key}`, countTry(`ask:${key}`));
    if (fault !== undefined) return send(response, fault);
    const learner = decodeLearner(key);
    if (learner === undefined) return send(response, { status: 404, body: { detail: 'Not found.' } });
    const entry = options.ledger.byLearner(...learner);
    await entry?.durable;
    send(response, { status: 200, body: entry === undefined ? null : stateOf(options.ledger, entry, options.now()) });
  }
}

/** The effect of one request: at most one grant per reference, on disk before this returns. */
async function takeEffect(options: LmsOptions, asked: EnrolmentRequest): Promise<Answer> {
  const { ledger, now } = options;
  const { settings } = options.faults;
  const known = ledger.byReference(asked.reference);
  if (known !== undefined && !sameRequest(known.grant, asked)) return OTHER_CONTENT;
  const ending = ledger.endingOf(asked.reference);
  if (ending !== undefined) return ended(asked, ending);
  if (known !== undefined) return repeat(known, ledger, now);
  if (settings.unknownCourses.includes(asked.courseId)) return { status: 400, body: { message: `No course '${asked.courseId}' found for enrollment` } };
  if (settings.unknownUsers.includes(asked.user)) return { status: 406, body: { message: `The user ${asked.user} does not exist.` } };
  const createdAtMs = now();
  const first = present(ledger, asked);
  const activeAtMs = Math.max(createdAtMs, first?.grant.activeAtMs ?? createdAtMs + drawMs(settings, 'activationDelayMs', asked.reference, 1));
  const entry = ledger.add({ ...asked, createdAtMs, activeAtMs });
  await entry.durable;
  options.granted(entry.grant);
  return enrolled((first ?? entry).grant, asked.reference, now());
}

const OTHER_CONTENT: Answer = { status: 409, body: { message: 'The reference was used for another enrollment.' } };

/** Ends what is in effect under a reference: on disk before this returns. What was ended, or never began, is ended. */
async function endEffect({ ledger, faults, now }: LmsOptions, asked: EnrolmentRequest): Promise<Answer> {
  const known = ledger.byReference(asked.reference);
  if (known !== undefined && !sameRequest(known.grant, asked)) return OTHER_CONTENT;
  const isLocked = known !== undefined && ledger.endingOf(asked.reference) === undefined && faults.settings.lockedCourses.includes(asked.courseId);
  if (isLocked) return { status: 400, body: { message: `Enrollment in course '${asked.courseId}' cannot be ended` } };
  return ended(asked, ledger.end(asked.reference, now()));
}

async function ended(asked: EnrolmentRequest, ending: Ending): Promise<Answer> {
  await ending.durable;
  return { status: 200, body: endedBody(asked, ending.atMs) };
}

/** The grant that keeps the learner in the course. */
function present(ledger: Ledger, { user, courseId }: EnrolmentRequest): LedgerEntry | undefined {
  const entry = ledger.byLearner(user, courseId);
  return entry === undefined || ledger.endingOf(entry.grant.reference) !== undefined ? undefined : entry;
}

async function repeat(known: LedgerEntry, ledger: Ledger, now: () => number): Promise<Answer> {
  await known.durable;
  return enrolled((present(ledger, known.grant) ?? known).grant, known.grant.reference, now());
}

function stateOf(ledger: Ledger, { grant }: LedgerEntry, nowMs: number): Record<string, unknown> {
  return ledger.endingOf(grant.reference) === undefined ? enrolmentBody(grant, nowMs) : endedBody(grant, grant.createdAtMs);
}

function enrolled(grant: Grant, reference: string, nowMs: number): Answer {
  return { status: grant.activeAtMs <= nowMs ? 200 : 202, body: enrolmentBody(grant, nowMs, reference) };
}

/** Waits the drawn latency; answers in the caller's place when a fault strikes before the effect. */
async function misbehave(settings: FaultSettings, subject: string, attempt: number): Promise<Answer | undefined> {
  const latencyMs = drawMs(settings, 'latencyMs', subject, attempt);
  if (latencyMs > 0) await wait(latencyMs);
  const retryAfter = { 'retry-after': String(settings.retryAfterSeconds) };
  if (strikes(settings, 'tooManyRequests', subject, attempt)) {
    return { status: 429, headers: retryAfter, body: { detail: `Request was throttled. Expected available in ${settings.retryAfterSeconds} seconds.` } };
  }
  if (!strikes(settings, 'serverError', subject, attempt)) return undefined;
  return attempt % 2 === 1
    ? { status: 500, body: '<!doctype html><title>Server Error (500)</title><h1>Server Error (500)</h1>' }
    : { status: 503, headers: retryAfter, body: '<!doctype html><title>Service Unavailable</title><h1>Service Unavailable</h1>' };
}

function showLedger(ledger: Ledger, orderId: string | null): Answer {
  const effects = ledger.effects(orderId ?? undefined);
  const sum = (of: (row: Effect) => number): number => effects.reduce((total, row) => total + of(row), 0);
  return { status: 200, body: { effects, totalEffects: sum((row) => row.effects), totalUnenrolments: sum((row) => row.unenrolments) } };
}

async function faultsDoor(request: IncomingMessage, faults: LmsOptions['faults']): Promise<Answer> {
  if (request.method === 'GET') return { status: 200, body: faults.settings };
  if (request.method !== 'PUT') return { status: 405, body: { detail: 'Method not allowed.' }, headers: { allow: 'GET, PUT' } };
  const body = await readJson(request);
  if ('answer' in body) return body.answer;
  const parsed = faultSettingsSchema.safeParse(body.json);
  if (!parsed.success) return { status: 400, body: { message: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') } };
  faults.settings = parsed.data;
  return { status: 200, body: parsed.data };
}

function decodeLearner(key: string): [user: string, courseId: string] | undefined {
  const comma = key.indexOf(',');
  if (comma < 1) return undefined;
  try {
    return [decodeURIComponent(key.slice(0, comma)), decodeURIComponent(key.slice(comma + 1))];
  } catch {
    return undefined;
  }
}

/** The body as JSON; a body that is too large, no JSON or cut off by the caller becomes the answer to send. */
async function readJson(request: IncomingMessage): Promise<{ json: unknown } | { answer: Answer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return { answer: { status: 413, body: { detail: 'Request body is too large.' }, headers: { connection: 'close' } } };
      chunks.push(chunk);
    }
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch {
    return { answer: { status: 400, body: { message: 'JSON parse error' } } };
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  const html = typeof body === 'string';
  const bytes = Buffer.from(html ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json', 'content-length': bytes.length, ...headers }).end(bytes);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
