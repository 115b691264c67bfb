/** `clients`: who may call Order Fulfillment, how each authenticates, what it may do and who delivers for it. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { addKeyOptions, keyOf } from '../key-options.ts';
import type { KeyBody, KeyOptions } from '../key-options.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { registering } from '../private-key.file.ts';
import type { NewKey } from '../private-key.file.ts';
import { addReasonOptions, whyOf, whyQuery } from '../reason.ts';
import type { ReasonOptions } from '../reason.ts';
import { addRecordOptions, recordOf } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { fields, NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';
import { addClientKeys, keyForm, keyRemark, keyTable } from './client-keys.ts';

const authenticationForm = z.union([
  z.looseObject({ type: z.literal('oauth'), subject: z.string() }),
  z.looseObject({ type: z.literal('signature'), keys: z.array(keyForm) }),
]);
const providerMap = z.record(z.string(), z.string());
const clientForm = z.looseObject({
  clientId: z.string(),
  authentication: authenticationForm,
  scopes: z.array(z.string()),
  providers: z.looseObject({ default: z.string().optional(), byKind: providerMap.optional(), bySku: providerMap.optional() }),
  rateLimit: z.looseObject({ requestsPerSecond: z.number(), burst: z.number().optional() }).nullish(),
  eventFilter: z.unknown().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
type Client = z.infer<typeof clientForm>;

const listForm = z.looseObject({ items: z.array(clientForm) });

const EXAMPLES = `
Examples:
  cli clients list
  cli clients show acme
  cli clients remove acme --reason contract_ended
  cli clients add acme --alg ed25519 --generate acme.key --provider default=instant --provider kind:course=lms
  cli clients add shop --subject shop --rate-limit 20/40 --scope fulfillment:read --scope fulfillment:write
  cli clients update acme --rate-limit none --reason contract_changed --message "Agreed with Acme on Monday"
  cli clients keys add acme --keyid acme-2 --alg ed25519 --generate acme-2.key
  cli clients keys end acme acme-1 --at 7d
`;

export function addClients(program: Command, perform: Perform): void {
  const clients = addExamples(program.command('clients'), EXAMPLES).description('clients of Order Fulfillment (needs the scope clients:admin)');
  clients.command('list').description('all clients').option('--limit <count>', 'how many at most', '200').action(perform(list));
  clients.command('show').description('one client').argument('<id>').action(perform(show));
  addReasonOptions(addKeyOptions(addRecordOptions(clients.command('add').description('add a client, with its subject at the issuer or with its first key').argument('<id>')))).action(perform(add));
  addReasonOptions(addRecordOptions(clients.command('update').description('change what a client may do; what is not named stays').argument('<id>'))).action(perform(update));
  addReasonOptions(clients.command('remove').description('remove a client with its keys; it is refused from then on').argument('<id>')).action(perform(remove));
  addClientKeys(clients, perform);
}

/** The admin API, as the client of the local stack that may use it. */
function adminApi(work: Work): Promise<Api> {
  return work.api('of', 'operator');
}

async function list(work: Work, { limit }: { limit: string }): Promise<void> {
  const page = await readPages(await adminApi(work), '/v1/clients', {}, limit);
  work.show(page, listForm, ({ items }, time) => table(['CLIENT', 'AUTHENTICATION', 'SCOPES', 'PROVIDERS', 'RATE LIMIT', 'UPDATED'], items.map((client) => [
    client.clientId, authenticationText(client), shortened(client.scopes, MOST_IN_LIST), providersText(client, MOST_IN_LIST), rateText(client), time(client.updatedAt),
  ])));
  remarkOnRest(page, work.remark);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await adminApi(work)).call('GET', path`/v1/clients/${id}`), clientForm, clientText);
}

async function add(work: Work, clientId: string, options: RecordOptions & KeyOptions & ReasonOptions): Promise<void> {
  const record = { ...(await recordOf(options, work)), ...whyOf(options) };
  const api = await adminApi(work);
  const { authentication, made } = await authenticationOf(clientId, options, work);
  const client = await registering(made, () => api.call('POST', '/v1/clients', { clientId, authentication, ...record }));
  work.show(client, clientForm, clientText);
  if (made !== undefined) keyRemark(work, made);
}

async function update(work: Work, id: string, options: RecordOptions & ReasonOptions): Promise<void> {
  const why = whyOf(options);
  const changes = { ...(await recordOf(options, work)), ...(options.subject !== undefined && { authentication: { type: 'oauth', subject: options.subject } }) };
  if (Object.keys(changes).length === 0) throw new UsageFault('Nothing is to be changed: name at least one option, see --help.');
  work.show(await (await adminApi(work)).call('PATCH', path`/v1/clients/${id}`, { ...changes, ...why }), clientForm, clientText);
}

async function remove(work: Work, id: string, options: ReasonOptions): Promise<void> {
  const why = whyQuery(options);
  await (await adminApi(work)).call('DELETE', `${path`/v1/clients/${id}`}${why}`);
  work.show({ removed: id }, z.unknown(), () => `Client ${id} is removed.\n`);
}

type Authentication = { readonly type: 'oauth'; readonly subject: string } | { readonly type: 'signature'; readonly keys: readonly KeyBody[] };

async function authenticationOf(clientId: string, options: RecordOptions & KeyOptions, work: Work): Promise<{ authentication: Authentication; made?: NewKey | undefined }> {
  const { subject, keyid, alg, generate, secretFile, publicKeyFile, notAfter } = options;
  const signs = [keyid, alg, generate, secretFile, publicKeyFile, notAfter].some((option) => option !== undefined);
  if ((subject !== undefined) === signs) throw new UsageFault('Say how the client authenticates, in one way: --subject SUBJECT for tokens, or --alg ALGORITHM with a key for signed requests.');
  if (subject !== undefined) return { authentication: { type: 'oauth', subject } };
  const { body, made } = await keyOf(options, `${clientId}-1`, work);
  return { authentication: { type: 'signature', keys: [body] }, made };
}

function clientText(client: Client, time: Time): string {
  const record = fields([
    ['client', client.clientId],
    ['authentication', authenticationText(client)],
    ['scopes', client.scopes.join(' ') || NOTHING],
    ['providers', providersText(client, MOST_SHOWN)],
    ['rate limit', rateText(client)],
    ['event filter', client.eventFilter === undefined || client.eventFilter === null ? NOTHING : JSON.stringify(client.eventFilter)],
    ['created', time(client.createdAt)],
    ['updated', time(client.updatedAt)],
  ]);
  return client.authentication.type === 'oauth' ? record : `${record}\n${keyTable(client.authentication.keys, time)}`;
}

function authenticationText({ authentication }: Client): string {
  return authentication.type === 'oauth' ? `token of ${authentication.subject}` : `signature, ${authentication.keys.length} key${authentication.keys.length === 1 ? '' : 's'}`;
}

const MOST_IN_LIST = 3;
const MOST_SHOWN = 20;

/** As `--provider` takes them. */
function providersText({ providers }: Client, most: number): string {
  const named = (kind: string, map: Record<string, string> = {}): string[] => Object.entries(map).map(([name, provider]) => `${kind}:${name}=${provider}`);
  return shortened([...(providers.default === undefined ? [] : [`default=${providers.default}`]), ...named('kind', providers.byKind), ...named('sku', providers.bySku)], most);
}

function shortened(all: readonly string[], most: number): string {
  if (all.length === 0) return NOTHING;
  return [...all.slice(0, most), ...(all.length > most ? [`and ${all.length - most} more`] : [])].join(' ');
}

function rateText({ rateLimit }: Client): string {
  if (rateLimit === undefined || rateLimit === null) return NOTHING;
  return `${rateLimit.requestsPerSecond}/s${rateLimit.burst === undefined ? '' : `, burst ${rateLimit.burst}`}`;
}
