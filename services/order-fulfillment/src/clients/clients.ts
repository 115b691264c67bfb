/**
 * The clients of this service: who each is, how it proves it, what it may do, how much of it, and who delivers for it.
 * Records are data: they change while the service runs, see directory.ts.
 */
import type { VerifyingKey } from '@commerce/http-signatures/keys';

/** Which provider carries out a line: by sku, then by kind, then the default. Without a match the line is refused. */
export interface ProviderChoice {
  readonly bySku: Readonly<Record<string, string>>;
  readonly byKind: Readonly<Record<string, string>>;
  readonly default?: string | undefined;
}

/** What is known of a client when it asks for something. */
export interface ClientRecord {
  readonly clientId: string;
  readonly providers: ProviderChoice;
}

/** A key under which a client signs. Several may hold at once, so that they can be changed without a gap. */
export interface ClientKey {
  /** Unique over all clients. */
  readonly keyid: string;
  readonly verifying: VerifyingKey;
  readonly createdAtMs: number;
  /** From then on it does not count, Unix milliseconds; null for no end. */
  readonly notAfterMs: number | null;
}

/** The one way in which a client proves who it is. */
export type Authentication =
  /** Tokens of the issuer whose `sub` is this. */
  | { readonly type: 'oauth'; readonly subject: string }
  /** Signed requests; without a key it cannot call. */
  | { readonly type: 'signature'; readonly keys: readonly ClientKey[] };

export interface RateLimit {
  readonly requestsPerSecond: number;
  /** Requests at once, after a rest. */
  readonly burst: number;
}

export interface Client extends ClientRecord {
  readonly authentication: Authentication;
  /** The most that it may do, whatever its token says. */
  readonly scopes: readonly string[];
  /** Null for the service's default. */
  readonly rateLimit: RateLimit | null;
  /** Which of its events are published: a pattern over source, detail-type and detail; null for all. */
  readonly eventFilter: object | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Clients {
  /** The record of a client, or undefined when this service does not know it. */
  find(clientId: string): ClientRecord | undefined;
}

/** The name of the provider for a line, or undefined when none is named. */
export function chooseProvider(choice: ProviderChoice, line: { readonly sku: string; readonly kind?: string }): string | undefined {
  return own(choice.bySku, line.sku) ?? (line.kind === undefined ? undefined : own(choice.byKind, line.kind)) ?? choice.default;
}

/** Every provider that a choice names, with the path to it. */
export function namedProviders({ bySku, byKind, default: byDefault }: ProviderChoice): { readonly path: string; readonly name: string }[] {
  const table = (key: string, names: Readonly<Record<string, string>>) => Object.entries(names).map(([of, name]) => ({ path: `${key}/${of}`, name }));
  return [...(byDefault === undefined ? [] : [{ path: 'default', name: byDefault }]), ...table('byKind', byKind), ...table('bySku', bySku)];
}

/** Skus and kinds come from outside: `constructor` must find nothing. */
function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
