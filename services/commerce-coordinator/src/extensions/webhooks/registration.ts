/**
 * What happens to an endpoint on request: registered, changed, given a new secret, enabled, disabled, removed. Pure decisions.
 *
 * Promise: a key of a client registers one endpoint, and the same request again changes nothing. The state is what is locked and
 * written with the record of who did it.
 */
import { apply } from '@commerce/event-log/extension';
import type { Outcome } from '@commerce/event-log/extension';
import type { Endpoint } from './endpoint.ts';
import type { EndpointSettings } from './endpoint-form.ts';
import type { Run } from './operating.pg.ts';
import { WebhookRefused } from './problems.ts';

/** What is known of the id of an endpoint. */
export interface Registered {
  /** SHA-256 of the request that registered it, in hex. */
  readonly digest: string;
  /** Null once it was removed. */
  readonly endpoint: Endpoint | null;
  /** Deliveries to be moved from now on, written with the change; never a part of the state. */
  readonly runs?: readonly Run[];
  /** Deliveries that are sent once more, written with it, too. */
  readonly again?: readonly string[];
}

/** An endpoint that is there. */
export interface Present extends Registered {
  readonly endpoint: Endpoint;
}

export interface NewEndpoint {
  readonly endpointId: string;
  readonly owner: string;
  readonly digest: string;
  readonly settings: EndpointSettings;
  /** Sealed. */
  readonly secrets: Buffer;
  readonly now: Date;
}

/** Throws `WebhookRefused` when the key was used for another request, or for an endpoint that was removed. */
export function register(there: Registered | undefined, { endpointId, owner, digest, settings, secrets, now }: NewEndpoint): Outcome<Present> {
  if (there !== undefined) {
    if (there.digest !== digest || !isPresent(there)) throw new WebhookRefused('idempotency_key_reused');
    return apply(there);
  }
  return apply<Present>({
    digest,
    endpoint: { endpointId, owner, ...settings, secrets, status: 'enabled', disabledReason: null, disabledAt: null, noticedAt: null, createdAt: now, updatedAt: now },
  });
}

/** Who asks: an owner sees what is his, an operator all. */
export interface Asking {
  readonly clientId: string;
  readonly isOperator: boolean;
}

export function maySee({ owner }: Pick<Endpoint, 'owner'>, { clientId, isOperator }: Asking): boolean {
  return isOperator || owner === clientId;
}

/** Throws `WebhookRefused` when it is not there, or not the caller's: nobody learns which. */
export function presentFor(there: Registered | undefined, asking: Asking): Present {
  if (there === undefined || !isPresent(there) || !maySee(there.endpoint, asking)) throw new WebhookRefused('webhook_not_found');
  return there;
}

export type EndpointChange = Partial<EndpointSettings & Pick<Endpoint, 'secrets' | 'status' | 'disabledReason' | 'disabledAt' | 'noticedAt'>>;

/** The endpoint with a change; the same state when there is none. Whoever keeps endpoints in memory sees a change by its time, so no two have the same. */
export function changed(there: Present, change: EndpointChange, now: Date): Outcome<Present> {
  const { endpoint } = there;
  const isSame = Object.entries(change).every(([name, value]) => JSON.stringify(endpoint[name as keyof Endpoint]) === JSON.stringify(value));
  if (isSame) return apply(there);
  const updatedAt = new Date(Math.max(now.getTime(), endpoint.updatedAt.getTime() + 1));
  return apply<Present>({ ...there, endpoint: { ...endpoint, ...change, updatedAt } });
}

/** Also one that is enabled already: `runs` say what becomes of what is still held. */
export function enabled(there: Present, now: Date, runs: readonly Run[]): Outcome<Present> {
  return changed(runs.length === 0 ? there : { ...there, runs }, { status: 'enabled', disabledReason: null, disabledAt: null, noticedAt: null }, now);
}

/** One that is disabled already keeps the reason of the first time. */
export function disabled(there: Present, reason: string, now: Date): Outcome<Present> {
  return there.endpoint.status === 'disabled' ? apply(there) : changed(there, { status: 'disabled', disabledReason: reason, disabledAt: now }, now);
}

/** What was given up, or one delivery, is sent once more. Throws `WebhookRefused` for an endpoint that is disabled. */
export function sentAgain(there: Present, what: Pick<Registered, 'runs' | 'again'>): Outcome<Present> {
  if (there.endpoint.status === 'disabled') throw new WebhookRefused('webhook_disabled');
  return apply<Present>({ ...there, ...what });
}

export function removed(there: Present, runs: readonly Run[]): Outcome<Registered> {
  return apply<Registered>({ digest: there.digest, endpoint: null, runs });
}

function isPresent(there: Registered): there is Present {
  return there.endpoint !== null;
}
