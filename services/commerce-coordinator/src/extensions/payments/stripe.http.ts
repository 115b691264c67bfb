/**
 * The payment provider `stripe` over its REST API: bodies as forms, an Idempotency-Key for everything that takes or gives money, answers as
 * JSON. A repeated key is answered as the first time, so what became of it since is asked for by its id.
 */
import { createCalls } from './calls.http.ts';
import type { CallOptions } from './calls.http.ts';
import type { ChargeAnswer } from './charge.ts';
import type { Charge, KnownCharge, PaymentProvider, RefundOrder } from './provider.ts';
import { Refused } from '@commerce/event-log/extension';
import { unclear } from './response.ts';
import type { ProviderResponse } from './response.ts';
import {
  answerOf, chargeForm, chargeKey, chargeParameter, checkAmount, brokenAt, decidesLater, intentOf, intentsOf, intentsSince, isOpen, isSearchable, isSpent, names, reasonOf, refundForm, refundKey, refundOf, refundsOf, refundState, refusalOf, refuseRefund, refuseReusedKey, searchQuery,
} from './stripe.ts';
import type { Intent, StripeRefund } from './stripe.ts';

export interface StripeOptions extends CallOptions {
  readonly nowMs: () => number;
}

export interface StripeProvider extends PaymentProvider {
  close(): Promise<void>;
}

const FORM = 'application/x-www-form-urlencoded';
/** Of one charge or refund, as many as are used up in a day. */
const MAX_KEYS = 40;
/** Refunds of one charge are read in pages, and intents of the shop, of a hundred each. Of refunds more is too many to be sure. */
const MAX_PAGES = 10;

export function createStripeProvider({ nowMs, ...options }: StripeOptions): StripeProvider {
  const { call, close } = createCalls(options);
  const get = (path: string, query: Record<string, string> | URLSearchParams, signal: AbortSignal): Promise<ProviderResponse> => {
    const parameters = new URLSearchParams(query).toString();
    return call('GET', parameters === '' ? path : `${path}?${parameters}`, signal);
  };
  const post = (path: string, form: URLSearchParams, signal: AbortSignal, key?: string): Promise<ProviderResponse> => call('POST', path, signal, { contentType: FORM, body: form.toString(), key });
  const intentPath = (reference: string): string => `/v1/payment_intents/${encodeURIComponent(reference)}`;

  async function searched(key: string, signal: AbortSignal): Promise<Intent | undefined> {
    return intentsOf(await get('/v1/payment_intents/search', searchQuery(key), signal), nowMs()).data[0];
  }

  /** Undefined when Stripe does not know it. A search finds what is about a minute old. */
  async function look({ key, reference }: KnownCharge, signal: AbortSignal): Promise<Intent | undefined> {
    if (reference === undefined) return searched(key, signal);
    const response = await get(intentPath(reference), {}, signal);
    return refusalOf(response)?.code === 'resource_missing' ? undefined : intentOf(response, nowMs());
  }

  /** Calls an intent off. One that cannot be called off any more is as it is. */
  async function callOff(reference: string, signal: AbortSignal): Promise<Intent> {
    const response = await post(`${intentPath(reference)}/cancel`, new URLSearchParams(), signal);
    return intentOf(refusalOf(response) === undefined ? response : await get(intentPath(reference), {}, signal), nowMs());
  }

  /**
   * The intent of a charge, undefined when there is none. A list has what is there now, where a search lags: so the intents of the shop are looked
   * through, the newest first, and what is behind as many as can be read is searched for. Throws `RetryLater` when that cannot be sure either.
   */
  async function made(asked: Charge, response: ProviderResponse, signal: AbortSignal): Promise<Intent | undefined> {
    let last: Intent | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, has_more: isMore } = intentsOf(await get('/v1/payment_intents', { ...intentsSince(asked), ...(last !== undefined && { starting_after: last.id }) }, signal), nowMs());
      const found = data.find((intent) => names(intent, asked.key));
      last = data.at(-1);
      if (found !== undefined || isMore !== true || last === undefined) return found;
    }
    const found = await searched(asked.key, signal);
    if (found === undefined && (last === undefined || !isSearchable(last, nowMs()))) throw unclear(response, nowMs());
    return found;
  }

  /** As with a refund: after a fault of Stripe it is looked whether there is the intent, and where there is none it is asked for under the next number. */
  const charge: PaymentProvider['charge'] = async (asked, signal): Promise<ChargeAnswer> => {
    for (let number = 1; number <= MAX_KEYS; number += 1) {
      const response = await post('/v1/payment_intents', chargeForm(asked), signal, chargeKey(asked, number));
      if (response.status < 500) return charged(asked, response, signal);
      const intent = await made(asked, response, signal);
      if (intent !== undefined) return settled(asked, intent, signal);
      if (response.isReplayed !== true) throw brokenAt(number);
    }
    throw brokenAt(MAX_KEYS);
  };

  async function settled(asked: Charge, intent: Intent, signal: AbortSignal): Promise<ChargeAnswer> {
    checkAmount(intent, asked);
    return answerOf(isSpent(intent, asked.key) ? await callOff(intent.id, signal) : intent);
  }

  async function charged(asked: Charge, response: ProviderResponse, signal: AbortSignal): Promise<ChargeAnswer> {
    const refusal = refusalOf(response);
    if (refusal === undefined) return settled(asked, intentOf(response, nowMs()), signal);
    refuseReusedKey(refusal);
    if (!refusal.payment_intent) return { kind: 'failed', reason: reasonOf(refusal, asked.method.token) };
    const ended = await callOff(refusal.payment_intent.id, signal);
    const answer = answerOf(ended);
    return answer.kind === 'failed' ? { ...answer, reason: reasonOf(refusal, asked.method.token) } : answer;
  }

  const find: PaymentProvider['find'] = async (known, signal) => {
    const intent = await look(known, signal);
    if (intent === undefined) return { kind: 'absent' };
    return answerOf(isSpent(intent, known.key) ? await callOff(intent.id, signal) : intent);
  };

  const withdraw: PaymentProvider['withdraw'] = async (known, signal) => {
    const intent = await look(known, signal);
    if (intent === undefined) return { kind: 'absent' };
    return answerOf(isOpen(intent) ? await callOff(intent.id, signal) : intent);
  };

  /** The provider's id of what took the money. Throws `Refused` when there is none. */
  async function referenceOf({ charge: known }: RefundOrder, signal: AbortSignal): Promise<string> {
    const reference = known.reference ?? (await look(known, signal))?.id;
    if (reference === undefined) throw new Refused('charge_unknown', 'Stripe knows no charge of this payment.');
    return reference;
  }

  /**
   * Stripe repeats to a repeated key its first answer, errors of its own included. So after one it is looked whether there is the refund, by
   * its id in the metadata, and where there is none it is asked for under the next number. A call without an answer keeps its number.
   */
  async function refund(order: RefundOrder, signal: AbortSignal): Promise<void> {
    const form = refundForm(order, await referenceOf(order, signal));
    for (let number = 1; number <= MAX_KEYS; number += 1) {
      const response = await post('/v1/refunds', form, signal, refundKey(order, number));
      if (response.status < 500) return settle(response, signal);
      const became = await findRefund(order, signal);
      if (became === 'given') return;
      if (became === 'pending') throw decidesLater(response.retryAfter, nowMs());
      if (response.isReplayed !== true) throw brokenAt(number);
    }
    throw brokenAt(MAX_KEYS);
  }

  async function settle(response: ProviderResponse, signal: AbortSignal): Promise<void> {
    const refusal = refusalOf(response);
    if (refusal !== undefined) refuseRefund(refusal);
    const first = refundOf(response, nowMs());
    if (refundState(first) === 'given') return;
    const now = await get(`/v1/refunds/${encodeURIComponent(first.id)}`, {}, signal);
    if (refundState(refundOf(now, nowMs())) === 'pending') throw decidesLater(now.retryAfter, nowMs());
  }

  const findRefund: PaymentProvider['findRefund'] = async (order, signal) => {
    const reference = await referenceOf(order, signal);
    let after: StripeRefund | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, has_more: isMore } = refundsOf(await get('/v1/refunds', { ...chargeParameter(reference), limit: '100', ...(after !== undefined && { starting_after: after.id }) }, signal), nowMs());
      const found = data.find(({ metadata }) => metadata?.['refund_id'] === order.key);
      if (found !== undefined) return refundState(found);
      after = data.at(-1);
      if (!isMore || after === undefined) return 'absent';
    }
    throw new Refused('too_many_refunds', 'Of this charge there are more refunds than can be looked through.');
  };

  return { charge, refund, find, withdraw, findRefund, close };
}
