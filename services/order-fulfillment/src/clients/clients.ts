/**
 * The clients of this service: what is known of each beside its token.
 * The token says who calls and with which scopes; the record says which provider delivers what for that client.
 */

/** Which provider carries out a line: by sku, then by kind, then the default. Without a match the line is refused. */
export interface ProviderChoice {
  readonly bySku: Readonly<Record<string, string>>;
  readonly byKind: Readonly<Record<string, string>>;
  readonly default?: string | undefined;
}

export interface ClientRecord {
  readonly clientId: string;
  /** The most that the client may do, whatever its token says. Left out: its token alone decides. */
  readonly scopes?: readonly string[] | undefined;
  readonly providers: ProviderChoice;
}

export interface Clients {
  /** The record of a client, or undefined when this service does not know it. */
  find(clientId: string): ClientRecord | undefined;
}

/** The name of the provider for a line, or undefined when none is named. */
export function chooseProvider(choice: ProviderChoice, line: { readonly sku: string; readonly kind?: string }): string | undefined {
  return own(choice.bySku, line.sku) ?? (line.kind === undefined ? undefined : own(choice.byKind, line.kind)) ?? choice.default;
}

/** Skus and kinds come from outside: `constructor` must find nothing. */
function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
