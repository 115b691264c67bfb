/**
 * Taking on a request. Pure: which provider gets which line, what is done at once, and which events tell of it.
 * Refuses a line that no provider is named for, a deadline that has passed or comes before the start, and a request whose
 * outcome could never be told.
 */
import type { NewEvent } from '@commerce/event-log/event';
import { chooseProvider } from '../clients/clients.ts';
import type { ClientRecord } from '../clients/clients.ts';
import type { Providers } from '../providers/provider.ts';
import { accepted } from './events.ts';
import { isRemote } from './fulfillment.ts';
import type { Fulfillment, Line } from './fulfillment.ts';
import type { FulfillmentRequest } from './request.ts';
import { takeAnswers } from './settle.ts';

export type Accepted = { readonly kind: 'accepted'; readonly fulfillment: Fulfillment; readonly events: readonly NewEvent[] };

export type Refusal =
  /** Places of the lines in the request. */
  | { readonly kind: 'no_provider'; readonly lines: readonly number[] }
  | { readonly kind: 'deadline_passed' }
  | { readonly kind: 'start_after_deadline' };

export interface AcceptContext {
  readonly client: ClientRecord;
  readonly providers: Providers;
  /** A new UUIDv7. */
  readonly fulfillmentId: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export function accept(request: FulfillmentRequest, context: AcceptContext): Accepted | Refusal {
  const { client, providers, fulfillmentId, nowMs } = context;
  const [startAtMs, notAfterMs] = [timeOf(request.startAt), timeOf(request.notAfter)];
  if (notAfterMs !== null && notAfterMs <= nowMs) return { kind: 'deadline_passed' };
  if (startAtMs !== null && notAfterMs !== null && startAtMs >= notAfterMs) return { kind: 'start_after_deadline' };
  const names = request.lines.map((line) => chooseProvider(client.providers, withoutUndefined(line)));
  const homeless = names.flatMap((name, index) => (name === undefined || !providers.has(name) ? [index] : []));
  if (homeless.length > 0) return { kind: 'no_provider', lines: homeless };
  const lines = request.lines.map(({ repeat: _repeat, ...line }, index): Line => ({
    ...withoutUndefined(line), provider: names[index] ?? '', status: 'pending', startedAtMs: null, dueAtMs: null,
  }));
  const isScheduled = startAtMs !== null && startAtMs > nowMs;
  const fresh: Fulfillment = {
    fulfillmentId, clientId: client.clientId, orderId: request.orderId, orderNumber: request.orderNumber, customer: withoutUndefined(request.customer),
    status: isScheduled ? 'scheduled' : 'accepted', version: 1, acknowledgedVersion: null, createdAtMs: nowMs, updatedAtMs: nowMs, startAtMs, notAfterMs, lines,
    // The acceptance makes the service ask the remote providers.
    checks: 0, asking: !isScheduled && lines.some((line) => isRemote(providers, line)), nextCheckAtMs: null,
    ...(request.metadata && { metadata: request.metadata }),
  };
  const { fulfillment, events } = takeAnswers(fresh, isScheduled ? [] : answersAtOnce(fresh, providers, nowMs), nowMs);
  return { kind: 'accepted', fulfillment, events: [accepted(fresh, 1), ...events] };
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

function answersAtOnce(fulfillment: Fulfillment, providers: Providers, nowMs: number) {
  return fulfillment.lines.flatMap((line) => {
    const provider = providers.get(line.provider);
    return provider?.place === 'local' && provider.atOnce ? [{ lineId: line.lineId, answer: provider.ask(fulfillment, line, nowMs) }] : [];
  });
}

/** Absent fields are left out, so that what is stored is what was sent. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
