/**
 * The forms of clients in the API, and in the file of first records.
 * Promise: a secret goes in and never comes out; every shape of providers and rate becomes one.
 */
import { SignatureFault } from '@commerce/http-signatures/fault';
import { canonicalJson } from '@commerce/events/canonical';
import { ed25519PublicKey, secretKey } from '@commerce/http-signatures/keys';
import type { VerifyingKey } from '@commerce/http-signatures/keys';
import { z } from 'zod';
import { why } from '../audit.ts';
import { pointInTime } from '../times.ts';
import type { Client, ClientKey, ProviderChoice, RateLimit } from './clients.ts';
import { faultOfEventFilter } from './event-filter.ts';

/** They stand in paths: visible ASCII, and no step up or down. */
const ID = /^(?!\.{1,2}$)[\x21-\x7e]{1,200}$/;
const MAX_KEYS = 20;
const DEFAULT_SCOPES = ['fulfillment:read', 'fulfillment:write'];

const name = z.string().min(1).max(200);
export const clientIdForm = z.string().regex(ID, 'must have 1 to 200 visible ASCII characters').describe('The name under which its fulfillments are kept; it never changes.');
const keyidForm = z.string().regex(ID, 'must have 1 to 200 visible ASCII characters').describe('Names the key in a signature; unique over all clients, and of no meaning.');

const oauthForm = z.strictObject({ type: z.literal('oauth'), subject: z.string().min(1).max(255).describe('The claim "sub" of its tokens.') });

/** True when the text makes a key. */
function makes(read: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      read(text);
      return true;
    } catch (error) {
      if (error instanceof SignatureFault) return false;
      throw error;
    }
  };
}

const notAfter = pointInTime.describe('From then on the key does not count; left out: no end.').optional();
const hmacForm = z.strictObject({
  keyid: keyidForm, alg: z.literal('hmac-sha256'), notAfter,
  secret: z.string().regex(/^[A-Za-z0-9+/_-]{43,171}={0,2}$/).refine(makes(secretKey), 'must be base64 of 32 to 128 bytes').describe('Base64 or base64url of 32 to 128 random bytes. It is kept encrypted and never shown.'),
});
const ed25519Form = z.strictObject({
  keyid: keyidForm, alg: z.literal('ed25519'), notAfter,
  publicKey: z.string().max(1_000).refine(makes(ed25519PublicKey), 'must be base64 of 32 bytes, or SPKI PEM').describe('Base64 of the 32 bytes, or SPKI PEM.'),
});
const keyForm = z.discriminatedUnion('alg', [hmacForm, ed25519Form]);
/** A key that is added by itself. */
export const newKeyForm = z.discriminatedUnion('alg', [hmacForm.extend(why), ed25519Form.extend(why)]);
export type KeyForm = z.output<typeof keyForm>;

const signatureForm = z.strictObject({ type: z.literal('signature'), keys: z.array(keyForm).min(1).max(MAX_KEYS) });

const scopesForm = z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'must be a scope')).max(100).describe('The most that it may do. With none it may do nothing.');

const providersForm = z.union([
  z.strictObject({ default: name.optional(), byKind: z.record(name, name).optional(), bySku: z.record(name, name).optional() }),
  z.array(name).min(1).max(50),
]).describe('Which provider delivers a line: that of its sku, else that of its kind, else the default. A list of names means: the first is the default, and each delivers the kind of its own name.');
export type ProvidersForm = z.output<typeof providersForm>;

const rateLimitForm = z.strictObject({
  requestsPerSecond: z.number().min(0.001).max(1_000_000),
  burst: z.int().min(1).max(1_000_000).optional().describe('Requests at once after a rest; those of one second when left out.'),
}).nullable().describe('null: the default of the service.');

const eventFilterForm = z.record(z.string(), z.unknown()).nullable().superRefine((pattern, context) => {
  const fault = pattern === null ? undefined : faultOfEventFilter(pattern);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
}).describe('Which of its events are published: an EventBridge pattern over source, detail-type and detail; null for all.');

export const newClientForm = z.strictObject({
  clientId: clientIdForm,
  authentication: z.discriminatedUnion('type', [oauthForm, signatureForm]),
  scopes: scopesForm.default(DEFAULT_SCOPES),
  providers: providersForm.default({}),
  rateLimit: rateLimitForm.default(null),
  eventFilter: eventFilterForm.default(null),
  ...why,
}).meta({ title: 'NewClient' });
export type NewClientForm = z.output<typeof newClientForm>;

export const clientChangeForm = z.strictObject({
  authentication: oauthForm.describe('With this the client no longer signs: its keys are removed.').optional(),
  scopes: scopesForm.optional(), providers: providersForm.optional(), rateLimit: rateLimitForm.optional(), eventFilter: eventFilterForm.optional(),
  ...why,
});
export type ClientChangeForm = z.output<typeof clientChangeForm>;

export const keyChangeForm = z.strictObject({ notAfter: pointInTime.nullable().describe('null: no end.'), ...why });

/** A record of the file: who proves itself by a token whose subject is its own name need not say so. */
export const firstRecordForm = z.strictObject({
  clientId: clientIdForm, authentication: oauthForm.optional(), scopes: scopesForm.default(DEFAULT_SCOPES), providers: providersForm,
});

/** Every name as a key of one shape. */
export function providerChoiceOf(form: ProvidersForm): ProviderChoice {
  if (Array.isArray(form)) return { default: form[0], byKind: Object.fromEntries(form.map((one) => [one, one])), bySku: {} };
  const { default: byDefault, byKind = {}, bySku = {} } = form;
  return { ...(byDefault !== undefined && { default: byDefault }), byKind, bySku };
}

export function rateLimitOf(form: NewClientForm['rateLimit']): RateLimit | null {
  return form === null ? null : rateLimit(form.requestsPerSecond, form.burst);
}

/** A burst that is not named is what one second allows. */
export function rateLimit(requestsPerSecond: number, burst = Math.max(1, Math.ceil(requestsPerSecond))): RateLimit {
  return { requestsPerSecond, burst };
}

export function clientKeyOf(form: KeyForm, nowMs: number): ClientKey {
  const verifying: VerifyingKey = form.alg === 'hmac-sha256' ? { alg: form.alg, secret: secretKey(form.secret) } : { alg: form.alg, publicKey: ed25519PublicKey(form.publicKey) };
  return { keyid: form.keyid, verifying, createdAtMs: nowMs, notAfterMs: form.notAfter === undefined ? null : Date.parse(form.notAfter) };
}

export function newClientOf(form: NewClientForm, nowMs: number): Client {
  const { clientId, authentication, scopes, providers, eventFilter } = form;
  return {
    clientId, scopes: [...new Set(scopes)], providers: providerChoiceOf(providers), rateLimit: rateLimitOf(form.rateLimit), eventFilter,
    authentication: authentication.type === 'oauth' ? authentication : { type: 'signature', keys: authentication.keys.map((key) => clientKeyOf(key, nowMs)) },
    createdAtMs: nowMs, updatedAtMs: nowMs,
  };
}

/** What a change makes of a client. Fields that it does not name stay as they are. */
export function changedClient(client: Client, change: ClientChangeForm, nowMs: number): Client {
  const { authentication, scopes, providers, rateLimit: rate, eventFilter } = change;
  return {
    ...client, updatedAtMs: nowMs,
    ...(authentication !== undefined && { authentication }),
    ...(scopes !== undefined && { scopes: [...new Set(scopes)] }),
    ...(providers !== undefined && { providers: providerChoiceOf(providers) }),
    ...(rate !== undefined && { rateLimit: rateLimitOf(rate) }),
    ...(eventFilter !== undefined && { eventFilter }),
  };
}

/** What of a client can change. */
const FIELDS = ['authentication', 'scopes', 'providers', 'rateLimit', 'eventFilter'] as const;

/** The names of the fields in which two states of a client differ. */
export function changedFields(before: Client, after: Client): string[] {
  const [was, is] = [viewOfClient(before), viewOfClient(after)];
  return FIELDS.filter((field) => canonicalJson(was[field]) !== canonicalJson(is[field]));
}

const keyView = z.strictObject({ keyid: z.string(), alg: z.enum(['hmac-sha256', 'ed25519']), publicKey: z.string().optional(), createdAt: z.iso.datetime(), notAfter: z.iso.datetime().optional() });

export const clientView = z.strictObject({
  clientId: z.string(),
  authentication: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('oauth'), subject: z.string() }),
    z.strictObject({ type: z.literal('signature'), keys: z.array(keyView) }),
  ]),
  scopes: z.array(z.string()),
  providers: z.strictObject({ default: z.string().optional(), byKind: z.record(z.string(), z.string()), bySku: z.record(z.string(), z.string()) }),
  rateLimit: z.strictObject({ requestsPerSecond: z.number(), burst: z.int() }).nullable(),
  eventFilter: z.record(z.string(), z.unknown()).nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
}).describe('A client. Secrets are never shown.').meta({ title: 'Client' });

export type ClientView = z.output<typeof clientView>;

export function viewOfClient({ clientId, authentication, scopes, providers, rateLimit: rate, eventFilter, createdAtMs, updatedAtMs }: Client): ClientView {
  return {
    clientId,
    authentication: authentication.type === 'oauth' ? authentication : { type: 'signature', keys: authentication.keys.map(viewOfKey) },
    scopes: [...scopes], providers, rateLimit: rate, eventFilter: eventFilter as ClientView['eventFilter'],
    createdAt: timeOf(createdAtMs), updatedAt: timeOf(updatedAtMs),
  };
}

function viewOfKey({ keyid, verifying, createdAtMs, notAfterMs }: ClientKey) {
  return {
    keyid, alg: verifying.alg, createdAt: timeOf(createdAtMs),
    ...(verifying.alg === 'ed25519' && { publicKey: publicKeyBytes(verifying).toString('base64') }),
    ...(notAfterMs !== null && { notAfter: timeOf(notAfterMs) }),
  };
}

/** The 32 bytes. */
export function publicKeyBytes({ publicKey }: Extract<VerifyingKey, { alg: 'ed25519' }>): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
