/** What the witness writes, one JSON line each: what was promised to it, and what it was told. Pure. */
import { readFileSync } from 'node:fs';

/** Why a request is sent: an order, the same again, or another body under the same key. */
export type Purpose = 'order' | 'same' | 'other';

export interface RequestLine {
  readonly kind: 'request';
  readonly atMs: number;
  readonly scenario: string;
  readonly key: string;
  readonly purpose: Purpose;
  /** From 1, of its key and purpose. */
  readonly attempt: number;
  /** Where it went. */
  readonly base: string;
}

export interface AnswerLine extends Omit<RequestLine, 'kind'> {
  readonly kind: 'answer';
  /** 0: there was none, so nobody knows what became of the request. */
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

export interface WebhookLine {
  readonly kind: 'webhook';
  readonly atMs: number;
  readonly id: string;
  readonly event: string;
  readonly orderId: string;
  /** Of the order's webhooks; null in one that does not tell of an order's way. */
  readonly sequence: number | null;
  /** SHA-256 of the body. */
  readonly digest: string;
}

export type WitnessLine = RequestLine | AnswerLine | WebhookLine;

/** Every line of the file. One that was cut off by the end of the witness itself cannot be there: it is never faulted. */
export function readLines(file: string): WitnessLine[] {
  return readFileSync(file, 'utf8').split('\n').filter((text) => text !== '').map((text) => JSON.parse(text) as WitnessLine);
}

/** True for an answer that promises something. */
export function isAccepted({ status }: Pick<AnswerLine, 'status'>): boolean {
  return status >= 200 && status < 300;
}
