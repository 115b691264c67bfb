// The LMS stand-in as a request handler: Open edX's enrolment API. CONTRACT.md beside this file is what callers may rely on. A write
// to the ledger that fails is not survived: the rejection ends the process.
import type { RequestListener } from 'node:http';
import { drawMs } from '../faults.ts';
import { providerHandler } from '../provider.http.ts';
import type { Answer, Call, Refusals, Reply } from '../provider.http.ts';
import { endedBody, enrolmentBody, parseEnrolmentRequest, sameRequest } from './enrolment.ts';
import type { EnrolmentRequest, Grant } from './enrolment.ts';
import { faultSettingsSchema } from './faults.ts';
import type { FaultSettings } from './faults.ts';
import type { Effect, Ending, Ledger, LedgerEntry } from './ledger.file.ts';

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

const REFUSALS: Refusals = {
  unauthenticated: { status: 401, body: { detail: 'Invalid token.' } },
  notFound: { status: 404, body: { detail: 'Not found.' } },
  methodNotAllowed: { status: 405, body: { detail: 'Method not allowed.' } },
  bodyTooLarge: { status: 413, body: { detail: 'Request body is too large.' } },
  notJson: { status: 400, body: { message: 'JSON parse error' } },
  invalid: (message) => ({ status: 400, body: { message } }),
  throttled: (retryAfterSeconds) => ({ status: 429, body: { detail: `Request was throttled. Expected available in ${retryAfterSeconds} seconds.` } }),
  broken: ['<!doctype html><title>Server Error (500)</title><h1>Server Error (500)</h1>', '<!doctype html><title>Service Unavailable</title><h1>Service Unavailable</h1>'],
};

export function lmsHandler(options: LmsOptions): RequestListener {
  const { apiKey, faults, ledger } = options;
  return providerHandler({ apiKey, faults, faultSettings: faultSettingsSchema, refusals: REFUSALS, ledger: (orderId) => booksOf(ledger, orderId), route });

  function route(call: Call): Promise<Reply> | undefined {
    const { method, pathname } = call;
    if (method === 'POST' && pathname === ENROL_PATH) return enrol(call);
    if (method === 'GET' && pathname.startsWith(`${ENROL_PATH}/`)) return ask(pathname.slice(ENROL_PATH.length + 1), call);
    return undefined;
  }

  async function enrol(call: Call): Promise<Reply> {
    const body = await call.json();
    if ('answer' in body) return body.answer;
    const parsed = parseEnrolmentRequest(body.json);
    if ('refused' in parsed) return REFUSALS.invalid(parsed.refused);
    const { asked, enrols } = parsed;
    const subject = enrols ? asked.reference : `unenrol:${asked.reference}`;
    return call.attempt(subject, () => (enrols ? takeEffect(options, asked) : endEffect(options, asked)), ({ status }) => status < 300);
  }

  function ask(key: string, call: Call): Promise<Reply> {
    return call.attempt(`ask:${key}`, async () => {
      const learner = decodeLearner(key);
      if (learner === undefined) return REFUSALS.notFound;
      const entry = ledger.byLearner(...learner);
      await entry?.durable;
      return { status: 200, body: entry === undefined ? null : stateOf(ledger, entry, options.now()) };
    });
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

function booksOf(ledger: Ledger, orderId: string | undefined): Record<string, unknown> {
  const effects = ledger.effects(orderId);
  const sum = (of: (row: Effect) => number): number => effects.reduce((total, row) => total + of(row), 0);
  return { effects, totalEffects: sum((row) => row.effects), totalUnenrolments: sum((row) => row.unenrolments) };
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
