/** The head of an answer, as far as a delivery needs it. Pure. */
import { ChunkedBody, CountedBody, NO_BODY } from './answer-body.ts';
import type { Body } from './answer-body.ts';
import { isHeader } from './header-form.ts';

export interface Head {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** For how long the server keeps the connection; 0 when it closes it. */
  readonly keptMs: number;
  readonly body: Body;
}

const BEGIN = 'HTTP/1.';
const STATUS = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
/** A server closes a connection at the time that it names: no request is sent so shortly before. */
const CLOSING_MS = 2_000;
const TIMEOUT = /(?:^|[ ,])timeout=(\d{1,9})/i;
const AROUND = /^[ \t]+|[ \t]+$/g;
const LENGTH = /^\d{1,15}$/;

/** Whether it may become an answer. */
export function isHttp(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, BEGIN.length) === BEGIN.slice(0, bytes.length);
}

/** `text`: up to the empty line. `keptMs`: where the server does not say for how long it keeps the connection. Undefined for one that is no head, and where the length of the body is ambiguous. */
export function headOf(text: string, keptMs: number): Head | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const status = STATUS.exec(first);
  if (status === null || status[2] === '101') return undefined;
  let [isKept, kept] = [status[1] === '1', keptMs];
  let [retryAfter, length, encoding]: (string | undefined)[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).replace(AROUND, '');
    if (!isHeader(name, value)) return undefined;
    if (name === 'retry-after') retryAfter ??= value;
    else if (name === 'connection') isKept = /(?:^|[ ,])close(?:[ ,]|$)/i.test(value) ? false : isKept || /keep-alive/i.test(value);
    else if (name === 'keep-alive' && TIMEOUT.test(value)) kept = Math.min(kept, Number(TIMEOUT.exec(value)?.[1]) * 1_000 - CLOSING_MS);
    else if (name === 'transfer-encoding') encoding = encoding === undefined ? value.toLowerCase() : 'several';
    else if (name === 'content-length') {
      if (!LENGTH.test(value) || (length !== undefined && length !== value)) return undefined;
      length = value;
    }
  }
  if (encoding !== undefined && (encoding !== 'chunked' || length !== undefined)) return undefined;
  const code = Number(status[2]);
  const ofStatus = code < 200 || code === 204 || code === 304 ? NO_BODY : undefined;
  // It may send one all the same.
  if (ofStatus !== undefined && (encoding !== undefined || Number(length ?? 0) > 0)) isKept = false;
  const body = ofStatus ?? (encoding !== undefined ? new ChunkedBody() : length !== undefined ? new CountedBody(Number(length)) : undefined);
  return { status: code, retryAfter, keptMs: isKept && body !== undefined ? Math.max(0, kept) : 0, body: body ?? new CountedBody(Number.POSITIVE_INFINITY) };
}
