/** How schemathesis is set up: who calls, what is drawn, and which answers to good data are no fault. */
import { fileURLToPath } from 'node:url';

/** One run of schemathesis. */
export interface FuzzRun {
  readonly name: string;
  readonly service: 'order-fulfillment' | 'commerce-coordinator';
  /** Who calls. */
  readonly caller: string;
  /** True: the record of the caller is removed first, so that it cannot change what it may do itself. */
  readonly withoutRecord?: boolean;
  /** A client of the same kind: what belongs to the caller is no business of it. */
  readonly peer?: string;
  /** Only the operations whose path begins so, or all others. */
  readonly paths?: { readonly only: boolean; readonly prefix: string };
  /** Cases drawn for each operation. */
  readonly examples: number;
}

export const RUNS: readonly FuzzRun[] = [
  { name: 'shopping', service: 'commerce-coordinator', caller: 'storefront', peer: 'operator', paths: { only: true, prefix: '/(orders|carts)' }, examples: 6 },
  { name: 'operating', service: 'commerce-coordinator', caller: 'operator', paths: { only: false, prefix: '/(orders|carts|api|dead-letter|archive)' }, examples: 6 },
  { name: 'events', service: 'commerce-coordinator', caller: 'operator', paths: { only: true, prefix: '/api' }, examples: 6 },
  { name: 'repairing', service: 'commerce-coordinator', caller: 'operator', paths: { only: true, prefix: '/(dead-letter|archive)' }, examples: 5 },
  { name: 'fulfillments', service: 'order-fulfillment', caller: 'commerce-coordinator', peer: 'partner', paths: { only: false, prefix: '/(v1/clients|dead-letter)' }, examples: 6 },
  { name: 'clients', service: 'order-fulfillment', caller: 'operator', withoutRecord: true, paths: { only: true, prefix: '/v1/clients' }, examples: 6 },
  { name: 'dead letters', service: 'order-fulfillment', caller: 'operator', paths: { only: true, prefix: '/dead-letter' }, examples: 5 },
];

/** The file of identities in the form of Web Fuzzing Commons. */
export function identitiesFile(tokens: readonly (readonly [clientId: string, token: string])[]): string {
  const auth = tokens.map(([name, token]) => ({ name, fixedHeaders: [{ name: 'Authorization', value: `Bearer ${token}` }] }));
  return JSON.stringify({ schemaVersion: '0.2.0', auth });
}

/**
 * The configuration of a run. Good data may be refused for what it means; that it is not refused for its form is judged by the codes
 * of problems, in hooks.py. Callbacks and webhooks are opened by a signature that cannot be drawn.
 */
export function configurationOf({ caller, peer, paths, examples }: FuzzRun, identitiesPath: string): string {
  const statuses = (...more: number[]): string => JSON.stringify(['2xx', 400, 403, 404, 409, 412, 422, ...more].map(String));
  const outside = paths && (paths.only ? `^(?!${paths.prefix})` : `^${paths.prefix}`);
  return `continue-on-failure = true
request-timeout = 10.0
workers = 1
hooks = ${JSON.stringify(fileURLToPath(new URL('./hooks.py', import.meta.url)))}

[generation]
max-examples = ${examples}
deterministic = true
allow-x00 = false
database = "none"
no-shrink = true
with-security-parameters = false

[checks]
enabled = true
positive_data_acceptance.expected-statuses = ${statuses()}
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "406", "412", "413", "415", "422", "428", "431", "5xx"]
missing_required_header.expected-statuses = ["400", "401", "403", "406", "422", "428"]

[auth.wfc]
path = ${JSON.stringify(identitiesPath)}
user = "${caller}"
${peer === undefined ? '' : `peers = ${JSON.stringify([caller, peer])}\n`}
[[operations]]
include-path-regex = "/callbacks/|/webhooks/"
checks.positive_data_acceptance.expected-statuses = ${statuses(401)}

# It answers for a quarter of an hour.
[[operations]]
include-path-regex = "^/api/events/stream$"
enabled = false
${outside === undefined ? '' : `\n[[operations]]\ninclude-path-regex = "${outside}"\nenabled = false\n`}`;
}
