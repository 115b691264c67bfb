/** The table of promises kept and broken, for people and as JSON. Pure. */
import type { Exchange } from './promise.ts';
import type { Result, Verdict } from './runner.ts';

const MARK: Readonly<Record<Verdict, string>> = { kept: 'kept   ', broken: 'BROKEN ', skipped: 'skipped' };
const SHOWN_HEADERS = new Set([
  'content-type', 'idempotency-key', 'x-correlation-id', 'authorization', 'signature-input', 'signature', 'content-digest',
  'location', 'idempotency-replayed', 'retry-after', 'www-authenticate', 'accept-signature', 'ratelimit', 'ratelimit-policy',
]);

export interface Report {
  /** What was judged, for example `Order Fulfillment at http://…`. */
  readonly subject: string;
  readonly results: readonly Result[];
}

/** Lines of the whole report: the table, what is broken with its evidence, the count. */
export function reportLines({ subject, results }: Report): string[] {
  const width = widthOf(results);
  const row = ({ id, sentence, verdict, why }: Result): string[] => [
    `  ${MARK[verdict]}  ${id.padEnd(width)}  ${sentence}`,
    ...(verdict === 'skipped' ? [`           ${' '.repeat(width)}  (${why})`] : []),
  ];
  const broken = results.filter(({ verdict }) => verdict === 'broken');
  return [subject, '', ...results.flatMap(row), ...broken.flatMap(brokenLines), '', `  ${countLine(results)}`];
}

/** Lines of `--list`: each promise under its title, its sentence beside its id. */
export function listLines(title: string, promises: readonly { readonly id: string; readonly sentence: string }[]): string[] {
  const width = widthOf(promises);
  return [title, ...promises.map(({ id, sentence }) => `  ${id.padEnd(width)}  ${sentence}`), ''];
}

function widthOf(promises: readonly { readonly id: string }[]): number {
  return Math.max(...promises.map(({ id }) => id.length), 0);
}

export function countLine(results: readonly Result[]): string {
  const count = (wanted: Verdict): number => results.filter(({ verdict }) => verdict === wanted).length;
  return `${results.length} promises: ${count('kept')} kept, ${count('broken')} broken, ${count('skipped')} skipped`;
}

function brokenLines({ id, sentence, why, evidence }: Result): string[] {
  return [
    '', `  BROKEN ${id}: ${sentence}`, `    ${why}`,
    ...(evidence?.exchanges ?? []).flatMap(exchangeLines),
    ...(evidence?.events ?? []).map((event) => `    event: ${JSON.stringify(event)}`),
  ];
}

function exchangeLines({ method, url, headers, body, status, answerHeaders, answerBody, tookMs }: Exchange): string[] {
  return [
    `    > ${method} ${url}`, ...headerLines('>', headers), ...(body === '' ? [] : [`    > ${body}`]),
    `    < ${status === 0 ? 'no answer' : status} (${Math.round(tookMs)} ms)`, ...headerLines('<', answerHeaders), ...(answerBody === '' ? [] : [`    < ${answerBody}`]),
  ];
}

function headerLines(mark: string, headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).filter(([name]) => SHOWN_HEADERS.has(name.toLowerCase())).map(([name, value]) => `    ${mark} ${name}: ${value}`);
}

/** What `--json` writes. `version` counts up when a member changes its meaning. */
export function reportJson(reports: readonly Report[], times: { readonly startedAt: string; readonly endedAt: string }): string {
  const all = reports.flatMap(({ results }) => results);
  const count = (wanted: Verdict): number => all.filter(({ verdict }) => verdict === wanted).length;
  return `${JSON.stringify({ version: 1, ...times, kept: count('kept'), broken: count('broken'), skipped: count('skipped'), reports }, null, 2)}\n`;
}
