/**
 * What a client says of an endpoint, and what is made of it. Pure.
 * Promise: nothing is clamped or mended: what cannot be as it was asked for is refused, with the reason.
 */
import { PUBLISHED_ENTRIES } from '@commerce/events/entries/all';
import { personalPathIn } from '@commerce/events/personal-filter';
import { compilePattern, InvalidEventPattern } from '@commerce/events/pattern';
import { z } from 'zod';
import { reasonForm } from '../../audit.ts';
import { MAX_URL_LENGTH } from './address-guard/endpoint-url.ts';
import type { Endpoint } from './endpoint.ts';
import { isKnownName, isWanted, isWithheld } from './message-names.ts';
import { WebhookRefused } from './problems.ts';
import { weaknessOf } from './secrets.ts';

/** Of the configuration: what counts where a form says nothing, and the most that it may say. */
export interface EndpointDefaults {
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
  readonly maxRetries: number;
}

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_IN_FLIGHT = 16;
const MOST_EVENTS = 100;
const MOST_HEADERS = 20;
/** Headers that HTTP itself or the delivery sets. */
const OWN_HEADERS = /^(?:webhook-.*|x-webhook-.*|content-.*|proxy-.*|sec-.*|connection|host|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent|expect|date|accept-encoding|traceparent|tracestate)$/i;

const headers = z.record(
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header'),
  z.string().max(1_000).regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be visible ASCII characters, without spaces at its ends'),
)
  .refine((all) => Object.keys(all).length <= MOST_HEADERS, { message: `may name ${MOST_HEADERS} headers` })
  .refine((all) => !Object.keys(all).some((name) => OWN_HEADERS.test(name)), { message: 'must not name a header that the delivery itself sets' })
  .refine((all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length, { message: 'must name each header once' });

const nameOfEvents = z.string().regex(/^(?:\*|[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:\.\*)?)$/, 'must be a name such as order.created, order.* or *').max(200);
const secret = z.string().min(1).max(300);
const signing = z.enum(['hmac', 'ed25519']);

/** What can be changed later. */
const settings = {
  url: z.string().min(1).max(MAX_URL_LENGTH * 4).meta({ description: 'Where deliveries go: https, on the public internet.', example: 'https://api.external.com/webhooks/orders' }),
  events: z.array(nameOfEvents).min(1).max(MOST_EVENTS).meta({ description: 'Names of events, or wildcards.', example: ['order.created', 'payment.*'] }),
  filter: z.record(z.string(), z.unknown()).nullable().meta({ description: 'An event pattern of EventBridge on the body that is sent; null: all.', example: { data: { currency: ['USD'] } } }),
  retryAttempts: z.int().min(1).meta({ description: 'All attempts of a delivery, the first included.' }),
  retryDelay: z.int().min(10).max(3_600_000).meta({ description: 'Milliseconds after the first failure; doubled with each further one, and varied by a fifth.' }),
  timeout: z.int().min(100).max(300_000).meta({ description: 'Milliseconds for one attempt, from the connection to the end of the answer.' }),
  rateLimit: z.int().min(1).max(10_000).nullable().meta({ description: 'Deliveries a second at most; null: as many as it takes.' }),
  maxInFlight: z.int().min(1).max(128).meta({ description: 'Deliveries at once at most.' }),
  ordered: z.boolean().meta({ description: 'True: of one order, one delivery at a time, in the order of its events.' }),
  headers: headers.meta({ description: 'Sent along with each delivery. Their values are never shown again.' }),
  description: z.string().max(500).refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text that can be stored').nullable(),
};
const { url, events, ...rest } = settings;
/** Why, for the record of the act. */
export const why = { reason: reasonForm.optional().meta({ description: 'Why, for the record of who changed what.' }) };
const optional = Object.fromEntries(Object.entries(rest).map(([name, form]) => [name, (form as z.ZodType).optional()])) as { [Name in keyof typeof rest]: z.ZodOptional<(typeof rest)[Name]> };

export const registrationForm = z.strictObject({
  url, events, ...optional, ...why,
  secret: secret.optional().meta({ description: 'Signs the deliveries. Left out, one is made, and shown in this answer alone.' }),
  signing: signing.default('hmac').meta({ description: 'ed25519: signed with a key of which the receiver has the public half only. Its secret is always made here.' }),
}).meta({ title: 'WebhookRegistration' });
export const patchForm = z.strictObject({ url: url.optional(), events: events.optional(), ...optional, ...why }).meta({ title: 'WebhookChange' });
export const rotationForm = z.strictObject({ secret: secret.optional(), signing: signing.optional(), ...why }).nullish();
export const enableForm = z.strictObject({ held: z.enum(['deliver', 'discard']).default('deliver').meta({ description: 'What becomes of the deliveries that were held meanwhile.' }), ...why }).nullish();
export const whyForm = z.strictObject(why).nullish();

export type RegistrationForm = z.infer<typeof registrationForm>;
export type PatchForm = z.infer<typeof patchForm>;

/** What an endpoint has of a form in clear; its headers are sealed with its secrets. */
export type EndpointSettings = Pick<Endpoint, 'url' | 'events' | 'filter' | 'retryAttempts' | 'retryDelayMs' | 'timeoutMs' | 'rateLimit' | 'maxInFlight' | 'ordered' | 'description'>;

/** The settings of a new endpoint. Throws `WebhookRefused`. */
export function settingsOf(form: Omit<RegistrationForm, 'secret' | 'signing' | 'reason'>, defaults: EndpointDefaults): EndpointSettings {
  return judged({
    url: form.url, events: form.events, filter: form.filter ?? null,
    // Three, unless fewer are made here: what nobody asked for is not refused.
    retryAttempts: form.retryAttempts ?? Math.min(DEFAULT_ATTEMPTS, defaults.maxRetries), retryDelayMs: form.retryDelay ?? defaults.retryDelayMs, timeoutMs: form.timeout ?? defaults.timeoutMs,
    rateLimit: form.rateLimit ?? null, maxInFlight: form.maxInFlight ?? DEFAULT_IN_FLIGHT, ordered: form.ordered ?? false, description: form.description ?? null,
  }, form, defaults);
}

/** The settings after a change. Throws `WebhookRefused` for what the change says; what stood there stays as it is. */
export function patched(before: EndpointSettings, form: PatchForm, defaults: EndpointDefaults): EndpointSettings {
  const { retryDelay, timeout, reason: _reason, headers: _sealed, ...same } = form;
  const given = Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined));
  return judged({ ...before, ...given, ...(retryDelay !== undefined && { retryDelayMs: retryDelay }), ...(timeout !== undefined && { timeoutMs: timeout }) }, form, defaults);
}

function judged(made: EndpointSettings, asked: PatchForm, { maxRetries }: EndpointDefaults): EndpointSettings {
  if (asked.retryAttempts !== undefined && asked.retryAttempts > maxRetries) throw new WebhookRefused('webhook_retries_too_many', `retryAttempts may be ${maxRetries} at most.`);
  const withheld = (asked.events ?? []).filter(isWithheld);
  if (withheld.length > 0) throw new WebhookRefused('webhook_event_unknown', `${withheld.join(', ')}: webhooks do not tell who has done what. An operator reads it with GET /api/audit.`);
  const unknown = (asked.events ?? []).filter((name) => !isKnownName(name));
  if (unknown.length > 0) throw new WebhookRefused('webhook_event_unknown', `No event has the name ${unknown.join(', ')}.`);
  if (asked.filter !== undefined && asked.filter !== null) refuseFilter(asked.filter);
  if (asked.filter !== undefined || asked.events !== undefined) refusePersonal(made);
  return { ...made, events: [...new Set(made.events)] };
}

function refuseFilter(filter: object): void {
  try {
    compilePattern(filter);
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    throw new WebhookRefused('webhook_filter_invalid', error.message);
  }
}

/** A filter is kept: an address in it would stay when its customer is erased. The metadata of a body have a number beside what the shop put there. */
function refusePersonal({ filter, events: wanted }: EndpointSettings): void {
  if (filter === null) return;
  const path = personalPathIn(compilePattern(filter), PUBLISHED_ENTRIES.filter(({ webhook }) => wanted.some((name) => isWanted(name, webhook))));
  if (path !== undefined && path !== 'data.metadata.sequence') {
    throw new WebhookRefused('webhook_filter_personal', `${path} is personal in an event that is asked for. Name only events that have no personal data there, or look at it in the body that arrives.`);
  }
}

/** Throws `WebhookRefused` for a secret that must not be used. */
export function refuseWeakSecret(given: string | undefined, kind: 'hmac' | 'ed25519'): void {
  if (given === undefined) return;
  const weakness = kind === 'ed25519' ? 'must be left out for signing ed25519: it is made here' : weaknessOf(given);
  if (weakness !== undefined) throw new WebhookRefused('webhook_secret_weak', `secret ${weakness}.`);
}
