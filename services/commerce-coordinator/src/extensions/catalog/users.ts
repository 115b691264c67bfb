/**
 * Users: registered, changed, deactivated. Pure.
 * Promise: what does not change a user tells nothing; the same registration again is no second one.
 */
import type { Outcome } from '@commerce/event-log/extension';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { UserRegistered } from '@commerce/events/entries/catalog';
import { apply, stale } from '@commerce/signals/handler';
import type { Heard } from '@commerce/signals/handler';
import type { SendContext } from '@commerce/signals/signal';
import { z } from 'zod';
import type { SeenVersion } from '../../commands.ts';
import { refuseOtherVersion } from '../../commands.ts';
import { CatalogRefused } from './problems.ts';
import { userDeactivated, userRegistered, userUpdated } from './signals.ts';

export const USER_STATUSES = ['active', 'deactivated'] as const;

export interface User {
  readonly kind: 'user';
  readonly userId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly status: (typeof USER_STATUSES)[number];
  /** 1 when registered, one more with every change. */
  readonly version: number;
  /** Digest of the registration, hex. */
  readonly registeredAs: string;
  /** ISO 8601, as `updatedAt`. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Ids stand in addresses: no spaces, no slashes. */
export const ID_PATTERN = /^[A-Za-z0-9][\w.:@+-]{0,99}$/;
/**
 * An address that a mail server takes: at most 64 characters before the @ and 253 behind it, none of its labels longer than 63
 * (RFC 5321 4.5.3.1, RFC 1035 2.3.4). Events take any of 320, as those of the past do.
 */
const ADDRESS = /^(?=[^@]{1,64}@[^@]{1,253}$)(?:[\w'+-]+\.)*[\w'+-]*[\w+-]@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const email = z.email({ pattern: ADDRESS }).max(320);
const name = z.string().min(1).max(500);

export const userForm = z.strictObject({
  userId: z.string().regex(ID_PATTERN, 'must have 1 to 100 letters, digits and ._:@+-, and begin with a letter or a digit').meta({ example: 'VINET', description: 'The customerId of orders and carts.' }),
  email: email.optional(),
  name: name.optional(),
});
export const userPatch = z.strictObject({ email: email.nullish(), name: name.nullish() }).meta({ description: 'What is left out stays; null takes it away.' });

export type UserForm = z.infer<typeof userForm>;
export type UserPatch = z.infer<typeof userPatch>;

/** Registers a user. The same form again leaves the user as it is now. Throws `CatalogRefused`. */
export function register(user: User | undefined, form: UserForm, context: SendContext): Outcome<User> {
  const registeredAs = sha256(canonicalJson(form)).toString('hex');
  if (user !== undefined) {
    if (user.registeredAs !== registeredAs) throw new CatalogRefused('user_exists');
    return apply(user);
  }
  const at = new Date(context.nowMs).toISOString();
  const registered: User = { kind: 'user', userId: form.userId, email: form.email ?? null, name: form.name ?? null, status: 'active', version: 1, registeredAs, createdAt: at, updatedAt: at };
  userRegistered.sendRobust(profileOf(registered), context, 1);
  return apply(registered);
}

/** A user whom somebody else has registered, such as an identity provider; the state after it, or why it says nothing new. */
export function follow(user: User | undefined, { data, sequence, occurredAt, source }: Heard<readonly [typeof UserRegistered]>): User | NothingNew {
  const version = sequence ?? (user?.version ?? 0) + 1;
  if (user !== undefined && version <= user.version) return stale('older_profile', { source, sequence, known: user.version }) as NothingNew;
  return {
    kind: 'user', userId: data.userId, email: data.email ?? null, name: data.name ?? null, status: user?.status ?? 'active', version,
    registeredAs: user?.registeredAs ?? sha256(canonicalJson(data)).toString('hex'), createdAt: user?.createdAt ?? occurredAt, updatedAt: occurredAt,
  };
}

type NothingNew = Extract<Outcome<never>, { readonly kind: 'stale' }>;

/** Throws `CatalogRefused`, `VersionDiffers`. */
export function update(user: User | undefined, patch: UserPatch, seen: SeenVersion, context: SendContext): Outcome<User> {
  if (user === undefined) throw new CatalogRefused('user_not_found');
  if (user.status === 'deactivated') throw new CatalogRefused('user_deactivated');
  refuseOtherVersion(seen, user.version);
  const profile = { email: patch.email === undefined ? user.email : patch.email, name: patch.name === undefined ? user.name : patch.name };
  if (profile.email === user.email && profile.name === user.name) return apply(user);
  const updated = moved({ ...user, ...profile }, context);
  userUpdated.sendRobust(profileOf(updated), context, updated.version);
  return apply(updated);
}

/** Once is enough: a user who is deactivated stays so. Throws `CatalogRefused`. */
export function deactivate(user: User | undefined, context: SendContext): Outcome<User> {
  if (user === undefined) throw new CatalogRefused('user_not_found');
  if (user.status === 'deactivated') return apply(user);
  const deactivated = moved({ ...user, status: 'deactivated' as const }, context);
  userDeactivated.sendRobust({ userId: user.userId }, context, deactivated.version);
  return apply(deactivated);
}

function moved(user: User, { nowMs }: SendContext): User {
  return { ...user, version: user.version + 1, updatedAt: new Date(nowMs).toISOString() };
}

function profileOf({ userId, email: address, name: called }: User): { userId: string; email?: string; name?: string } {
  return { userId, ...(address === null ? {} : { email: address }), ...(called === null ? {} : { name: called }) };
}
