/**
 * Who may do what in the dashboard: three roles, each with the scopes of the one before it.
 *
 * Promise: a role is made of scopes that routes ask for, so a session passes where a token with these scopes would, and nowhere else.
 * A new route with a scope of a new kind is for admins alone, and personal data are not for viewers. What a payment provider tells is told by no person: no role has that.
 */
import { UPDATES_SCOPE } from '../updates/access.ts';

export const DASHBOARD_ROLES = ['viewer', 'operator', 'admin'] as const;
export type DashboardRole = (typeof DASHBOARD_ROLES)[number];

/** Of every session, and of nothing else: who has it may ask for the session itself. */
export const SESSION_SCOPE = 'session';
/** With which personal data are shown. */
const PERSONAL_SCOPE = 'users:read';
/** Sees the webhooks of all owners, and does with them what its other scopes let it do; where they go is for their owners and admins. */
export const ALL_WEBHOOKS_SCOPE = 'webhooks:all';
const EVERYBODY = '*';

/** `known`: every scope that a route asks for. Sorted. */
export function scopesOf(role: DashboardRole, known: Iterable<string>): string[] {
  const possible = [...known].filter((scope) => scope !== SESSION_SCOPE && scope !== UPDATES_SCOPE);
  const mayHave = (scope: string): boolean => role === 'admin' || (scope.endsWith(':read') && (role === 'operator' || scope !== PERSONAL_SCOPE)) || (role === 'operator' && scope.endsWith(':write'));
  return [...new Set([...possible.filter(mayHave), ...(role === 'viewer' ? [] : [ALL_WEBHOOKS_SCOPE])])].toSorted();
}

/** The value of DASHBOARD_ROLES: which value of the claim gives which role. Throws an error that continues "DASHBOARD_ROLES …". */
export function rolesByValue(text: string): ReadonlyMap<string, DashboardRole> {
  const given = parsed(text);
  const found = new Map<string, DashboardRole>();
  // The higher one comes last, and counts.
  for (const role of DASHBOARD_ROLES) {
    for (const value of given[role] ?? []) found.set(value, role);
  }
  return found;
}

function parsed(text: string): Partial<Record<DashboardRole, readonly string[]>> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('must be JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('must be an object');
  for (const [role, values] of Object.entries(given)) {
    if (!(DASHBOARD_ROLES as readonly string[]).includes(role)) throw new Error(`must name the roles ${DASHBOARD_ROLES.join(', ')} alone`);
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string' && value !== '')) throw new Error(`must give ${role} a list of texts`);
  }
  return given;
}

/** The highest role that the values of the claim give; undefined when none does. */
export function roleOf(values: readonly string[], roles: ReadonlyMap<string, DashboardRole>): DashboardRole | undefined {
  const given = [EVERYBODY, ...values].map((value) => roles.get(value));
  return DASHBOARD_ROLES.findLast((role) => given.includes(role));
}

/**
 * What the claim holds: its own name first, for names with dots are names, too; then the path. Empty when there is nothing of use. An
 * address that the issuer has not verified is of none: anybody can write that of somebody else there.
 */
export function claimValues(claims: Readonly<Record<string, unknown>>, path: string): string[] {
  if (path === 'email' && claims['email_verified'] !== true) return [];
  const found = Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>((at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined), claims);
  return [found].flat().filter((value) => typeof value === 'string');
}
