/**
 * The filter of the live tail: an EventBridge pattern when it begins with `{`, else words.
 *
 * Words: `type:order.*`, `order:…`, `status:failed`, and free text. All must hold; values with commas between them are alternatives; `-`
 * before a word turns it round; `*` stands for anything. A pattern is judged by the matcher that the service itself uses. Pure.
 */
import { compilePattern } from '@commerce/events/pattern';

/** What of an event is judged. */
export interface FilteredEvent {
  readonly eventId: string; readonly eventType: string; readonly name: string; readonly topic: string; readonly subject: string; readonly source: string;
  readonly origin: string; readonly correlationId: string; readonly causationId: string | null; readonly handler: string | null;
  readonly data: Readonly<Record<string, unknown>>; readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Filter {
  /** The pattern as text, where it is one: history can judge it at the service. */
  readonly pattern: string | undefined;
  /** Why it cannot be used; it lets everything through then. */
  readonly fault: string | undefined;
  readonly matches: (event: FilteredEvent) => boolean;
}

type Judge = (event: FilteredEvent) => boolean;

const ALL: Judge = () => true;

/** Texts of an event that a field of words means; one of them must fit. */
const FIELDS: Readonly<Record<string, (event: FilteredEvent) => readonly unknown[]>> = {
  type: ({ name, eventType }) => [name, eventType],
  order: ({ subject, data }) => [subject, data['orderId'], data['orderNumber']],
  subject: ({ subject }) => [subject],
  status: ({ name, data }) => [data['status'], data['state'], ...lastWords(name)],
  topic: ({ topic }) => [topic],
  source: ({ source }) => [source],
  handler: ({ handler }) => [handler],
  origin: ({ origin }) => [origin],
  correlation: ({ correlationId }) => [correlationId],
  cause: ({ causationId }) => [causationId],
  id: ({ eventId }) => [eventId],
};

export const FIELD_NAMES: readonly string[] = Object.keys(FIELDS);

export function compileFilter(text: string): Filter {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return ofPattern(trimmed);
  const judges: Judge[] = [];
  for (const word of wordsOf(trimmed)) {
    const judge = judgeOf(word);
    if (typeof judge === 'string') return { pattern: undefined, fault: judge, matches: ALL };
    judges.push(judge);
  }
  return { pattern: undefined, fault: undefined, matches: judges.length === 0 ? ALL : (event) => judges.every((judge) => judge(event)) };
}

function ofPattern(text: string): Filter {
  try {
    const compiled = compilePattern(text);
    return { pattern: text, fault: undefined, matches: (event) => compiled.matches(event) };
  } catch (error) {
    return { pattern: undefined, fault: error instanceof Error ? error.message : 'It is no event pattern.', matches: ALL };
  }
}

/** Words have spaces between them; what stands between quotation marks is one, spaces and all. */
function wordsOf(text: string): string[] {
  return (text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

/** A text: why the word cannot be used. */
function judgeOf(word: string): Judge | string {
  const isNot = word.startsWith('-') && word.length > 1;
  const [, field, value] = /^([A-Za-z]+):(.*)$/.exec(isNot ? word.slice(1) : word) ?? [];
  const judge = field === undefined || value === undefined ? freeText(isNot ? word.slice(1) : word) : ofField(field.toLowerCase(), value);
  if (typeof judge === 'string') return judge;
  return isNot ? (event) => !judge(event) : judge;
}

function ofField(field: string, value: string): Judge | string {
  const texts = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  if (texts === undefined) return `There is no field “${field}”. There are ${FIELD_NAMES.join(', ')}; text without a field is looked for everywhere.`;
  const wanted = value.split(',').filter((one) => one !== '').map(wildcard);
  if (wanted.length === 0) return `Say what “${field}:” is to be, such as ${field === 'status' ? 'status:failed' : `${field}:order*`}.`;
  return (event) => texts(event).some((text) => text !== null && text !== undefined && wanted.some((one) => one.test(String(text))));
}

function freeText(word: string): Judge {
  const wanted = word.toLowerCase();
  return (event) => JSON.stringify(event).toLowerCase().includes(wanted);
}

function wildcard(text: string): RegExp {
  return new RegExp(`^${text.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('.*')}$`, 'is');
}

/** `order.fulfillment_failed` ends with both `fulfillment_failed` and `failed`. */
function lastWords(name: string): string[] {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return [last, last.slice(last.lastIndexOf('_') + 1)];
}
