/** The form of a webhook: what is typed, what is wrong with it, and what is sent. Pure. */
import { compilePattern } from '@commerce/events/pattern';

/** As it is typed; empty: what the service takes by itself. */
export interface EndpointForm {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string;
  readonly signing: 'hmac' | 'ed25519';
  readonly retryAttempts: string;
  readonly retryDelay: string;
  readonly timeout: string;
  readonly rateLimit: string;
  readonly maxInFlight: string;
  readonly ordered: boolean;
  readonly filter: string;
  /** A header in each line: `name: value`. */
  readonly headers: string;
}

export type FormFaults = Partial<Record<keyof EndpointForm, string>>;

export const EMPTY_FORM: EndpointForm = { url: '', events: [], description: '', signing: 'hmac', retryAttempts: '', retryDelay: '', timeout: '', rateLimit: '', maxInFlight: '', ordered: false, filter: '', headers: '' };

/** What of an endpoint stands in the form. */
export interface EndpointSettings {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly retryAttempts: number;
  readonly retryDelay: number;
  readonly timeout: number;
  readonly rateLimit: number | null;
  readonly maxInFlight: number;
  readonly ordered: boolean;
  readonly filter: Readonly<Record<string, unknown>> | null;
}

/** Of one that is there. Values of headers are never shown, so none are in it. */
export function formOf({ url, events, description, retryAttempts, retryDelay, timeout, rateLimit, maxInFlight, ordered, filter }: EndpointSettings): EndpointForm {
  return {
    ...EMPTY_FORM, url, events, description: description ?? '', retryAttempts: String(retryAttempts), retryDelay: String(retryDelay), timeout: String(timeout), rateLimit: rateLimit === null ? '' : String(rateLimit),
    maxInFlight: String(maxInFlight), ordered, filter: filter === null ? '' : JSON.stringify(filter),
  };
}

const NUMBERS = { retryAttempts: [1, 100], retryDelay: [10, 3_600_000], timeout: [100, 300_000], rateLimit: [1, 10_000], maxInFlight: [1, 128] } as const;
const MOST_EVENTS = 100;

/** By field; what only the service can know (is the address public, may there be so many attempts) it says itself. */
export function formFaults(form: EndpointForm): FormFaults {
  const faults: FormFaults = {};
  if (!isAddress(form.url)) faults.url = 'An address such as https://shop.example.com/hooks.';
  if (form.events.length === 0) faults.events = 'Choose at least one event.';
  if (form.events.length > MOST_EVENTS) faults.events = `${MOST_EVENTS} at most: choose a whole family, such as order.*.`;
  for (const [field, [least, most]] of Object.entries(NUMBERS) as [keyof typeof NUMBERS, readonly [number, number]][]) {
    const text = form[field].trim();
    const value = Number(text);
    if (text !== '' && !(Number.isInteger(value) && value >= least && value <= most)) faults[field] = `A whole number from ${least.toLocaleString()} to ${most.toLocaleString()}.`;
  }
  const filter = filterFault(form.filter);
  if (filter !== undefined) faults.filter = filter;
  if (headersOf(form.headers) === undefined) faults.headers = 'A header in each line, such as x-api-key: abc.';
  return faults;
}

function isAddress(text: string): boolean {
  const url = URL.parse(text.trim());
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '' && url.hash === '';
}

function filterFault(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    compilePattern(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'It is no event pattern.';
  }
}

/** Undefined for what is none. */
function headersOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const pairs = lines.map((line) => /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*(\S.*)$/.exec(line));
  if (pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** The body of a registration. Only for a form without faults. */
export function registrationOf(form: EndpointForm): Record<string, unknown> {
  return { ...settingsOf(form), ...(form.signing !== 'hmac' && { signing: form.signing }) };
}

/** The body of a change: what is other than it was. Headers are changed as a whole, and only when some are typed. */
export function changeOf(form: EndpointForm, before: EndpointSettings): Record<string, unknown> {
  const now = { filter: null, rateLimit: null, description: null, ...settingsOf(form), ordered: form.ordered };
  const there = formOf(before);
  const old: Record<string, unknown> = { filter: null, rateLimit: null, description: null, ...settingsOf(there), ordered: before.ordered };
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name])));
}

function settingsOf(form: EndpointForm): Record<string, unknown> {
  const numbers = Object.keys(NUMBERS).flatMap((field) => {
    const text = form[field as keyof typeof NUMBERS].trim();
    return text === '' ? [] : [[field, Number(text)] as const];
  });
  const headers = headersOf(form.headers) ?? {};
  return {
    url: form.url.trim(), events: [...form.events], ...(form.description.trim() !== '' && { description: form.description.trim() }), ...Object.fromEntries(numbers),
    ...(form.ordered && { ordered: true }), ...(form.filter.trim() !== '' && { filter: JSON.parse(form.filter) as unknown }), ...(Object.keys(headers).length > 0 && { headers }),
  };
}
