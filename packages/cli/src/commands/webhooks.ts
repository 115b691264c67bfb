/** `webhooks`: who is told of events over HTTP, what was delivered, and what is sent again. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { pastTimeOf } from '../moments.ts';
import { readPages, remarkOnRest } from '../pages.ts';
import { path } from '../paths.ts';
import { addReasonOptions, whyOf } from '../reason.ts';
import type { ReasonOptions } from '../reason.ts';
import { fields, NOTHING, table } from '../text.ts';
import type { Time } from '../time-text.ts';
import type { Perform, Work } from '../work.ts';
import { addSettings, settingsOf } from './webhook-settings.ts';
import type { Settings } from './webhook-settings.ts';

const webhook = {
  webhookId: z.string(), url: z.string(), events: z.array(z.string()), filter: z.unknown(), retryAttempts: z.number(), retryDelay: z.number(), timeout: z.number(), rateLimit: z.number().nullable(),
  maxInFlight: z.number(), ordered: z.boolean(), headerNames: z.array(z.string()), description: z.string().nullable(), owner: z.string(), status: z.string(), disabledReason: z.string().nullable(),
  secrets: z.array(z.looseObject({ signing: z.string(), expiresAt: z.string().nullable(), publicKey: z.string().nullable() })), delivered: z.number(), failedAttempts: z.number(), exhausted: z.number(), createdAt: z.string(),
};
const webhookForm = z.looseObject(webhook);
const withSecretForm = z.looseObject({ ...webhook, secret: z.string().nullable() });
const listForm = z.looseObject({ items: z.array(webhookForm) });
const removedForm = z.looseObject({ webhookId: z.string() });
const statsForm = z.looseObject({ registeredWebhooks: z.number(), deliveredWebhooks: z.number(), failedWebhooks: z.number(), queuedWebhooks: z.number() });
const testedForm = z.looseObject({ delivered: z.boolean(), status: z.number().nullable(), durationMs: z.number(), answer: z.string().nullable(), error: z.string().nullable() });
const movedForm = z.looseObject({ moved: z.number(), isComplete: z.boolean() });
const enabledForm = z.looseObject({ ...webhook, held: movedForm });
const recoveredForm = z.looseObject({ webhooks: z.number() });
const delivery = {
  deliveryId: z.string(), webhookId: z.string(), eventId: z.string(), event: z.string(), subject: z.string(), state: z.string(), attempts: z.number(), createdAt: z.string(), dueAt: z.string().nullable(),
  lastStatus: z.number().nullable(), lastError: z.string().nullable(),
};
const deliveryForm = z.looseObject(delivery);
const deliveriesForm = z.looseObject({ items: z.array(deliveryForm) });
const wholeForm = z.looseObject({
  ...delivery, request: z.looseObject({ url: z.string(), body: z.string().nullable() }),
  attemptsMade: z.array(z.looseObject({ attempt: z.number(), startedAt: z.string(), durationMs: z.number(), status: z.number().nullable(), answer: z.string().nullable(), error: z.string().nullable() })),
});
type Webhook = z.infer<typeof webhookForm>;
type Delivery = z.infer<typeof deliveryForm>;

const DEFAULT_CLIENT = 'operator';
const STATES = ['ready', 'leased', 'held', 'delivered', 'dead', 'discarded'] as const;

const EXAMPLES = `
Examples:
  cli webhooks register https://crm.example.com/hooks --event order.created --event "payment.*"
  cli webhooks register https://crm.example.com/hooks --event "*" --attempts 5 --delay 5000 --secret-file secret.txt
  cli webhooks test 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli webhooks rotate 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason leaked
  cli webhooks deliveries 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --state dead
  cli webhooks recover 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --since 3h --reason receiver_mended
  cli webhooks list
  cli webhooks show 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli webhooks update 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --rate-limit 50 --ordered
  cli webhooks remove 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli webhooks disable 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --reason receiver_moves
  cli webhooks dead --limit 20
  cli webhooks retry 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3e
  cli webhooks stats
  cli webhooks enable 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --held discard

A secret that is made for you is shown once, by register and rotate: keep it.
`;

interface RegisterOptions extends Settings, ReasonOptions {
  readonly secretFile?: string;
  readonly signing?: string;
  readonly key?: string;
}
interface RotateOptions extends ReasonOptions {
  readonly secretFile?: string;
  readonly signing?: string;
}

/** Adds `webhooks`. */
export function addWebhooks(program: Command, perform: Perform): void {
  const webhooks = addExamples(program.command('webhooks'), EXAMPLES).description('who is told of events over HTTP (needs the scope webhooks:read; what changes something webhooks:write)');
  const signing = (): Option => new Option('--signing <kind>', 'with which kind of key deliveries are signed').choices(['hmac', 'ed25519']);
  const secretFile = ['--secret-file <file>', 'file with a strong secret of your own; "-" is standard input; one is made when it is left out'] as const;

  addReasonOptions(addSettings(webhooks.command('register').description('register a URL for events').argument('<url>')))
    .option(...secretFile).addOption(signing()).option('--key <key>', 'the same key again gives the same webhook').action(perform(register));
  webhooks.command('list').description('the webhooks of this client; with the scope admin, of all').option('--limit <count>', 'how many at most', '50').action(perform(list));
  webhooks.command('show').description('one webhook').argument('<id>').action(perform(show));
  addReasonOptions(addSettings(webhooks.command('update').description('change what is named').argument('<id>').option('--url <url>', 'where deliveries go'))).action(perform(update));
  webhooks.command('remove').description('remove it; what waits for it is discarded').argument('<id>').action(perform(remove));
  addReasonOptions(webhooks.command('rotate').description('change its secret; the one before signs along for 24 hours').argument('<id>')).option(...secretFile).addOption(signing()).action(perform(rotate));
  addReasonOptions(webhooks.command('test').description('send a test, and tell what was answered').argument('<id>')).action(perform(test));
  addReasonOptions(webhooks.command('enable').description('deliver to it again').argument('<id>'))
    .addOption(new Option('--held <what>', 'what becomes of what was held').choices(['deliver', 'discard']).default('deliver')).action(perform(enable));
  addReasonOptions(webhooks.command('disable').description('hold what comes for it').argument('<id>')).action(perform(disable));
  webhooks.command('deliveries').description('what was delivered to it, newest first; one of them with its attempts').argument('<id>').argument('[delivery]')
    .addOption(new Option('--state <state>', 'only these').choices(STATES)).option('--limit <count>', 'how many at most', '50').action(perform(deliveries));
  webhooks.command('dead').description('what was given up, of all webhooks, newest first').option('--limit <count>', 'how many at most', '50').action(perform(dead));
  addReasonOptions(webhooks.command('retry').description('send one delivery once more').argument('<id>').argument('<delivery>')).action(perform(retry));
  addReasonOptions(webhooks.command('recover').description('send again what was given up; of all webhooks when none is named').argument('[id]').requiredOption('--since <time>', 'of events since a time, or how long ago (30m, 12h, 7d)'))
    .action(perform(recover));
  webhooks.command('stats').description('how many there are, and what was delivered').action(perform(stats));
}

const apiOf = ({ api }: Work): Promise<Api> => api('cc', DEFAULT_CLIENT);
const its = (id: string, act = ''): string => `${path`/api/webhooks/${id}`}${act}`;

async function secretOf({ readFile }: Work, file: string | undefined): Promise<{ secret?: string }> {
  return file === undefined ? {} : { secret: (await readFile(file)).trim() };
}

async function register(work: Work, url: string, { secretFile, signing, key, reason, message, ...given }: RegisterOptions): Promise<void> {
  if (given.event === undefined) throw new UsageFault('Name the events: --event order.created, once for each; "*" is all.');
  const body = { url, ...(await settingsOf(given, work)), ...(await secretOf(work, secretFile)), ...(signing !== undefined && { signing }), ...whyOf({ ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }) };
  const made = await (await apiOf(work)).call('POST', '/api/webhooks/register', body, { 'idempotency-key': key ?? `cli-${work.nowMs()}` });
  work.show(made, withSecretForm, withSecretText);
}

async function list(work: Work, { limit }: { limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work), '/api/webhooks', {}, limit);
  work.show(page, listForm, ({ items }) => table(['WEBHOOK', 'STATUS', 'URL', 'EVENTS', 'DELIVERED', 'EXHAUSTED', 'OWNER'], items.map((one) => [
    one.webhookId, one.status, one.url, one.events.join(' '), String(one.delivered), String(one.exhausted), one.owner,
  ])));
  remarkOnRest(page, work.remark);
}

async function show(work: Work, id: string): Promise<void> {
  work.show(await (await apiOf(work)).call('GET', its(id)), webhookForm, webhookText);
}

async function update(work: Work, id: string, { url, reason, message, ...given }: Settings & ReasonOptions & { url?: string }): Promise<void> {
  const settings = { ...(url !== undefined && { url }), ...(await settingsOf(given, work)) };
  if (Object.keys(settings).length === 0) throw new UsageFault('Name what is to be changed, such as --event or --timeout.');
  const body = { ...settings, ...whyOf({ ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }) };
  work.show(await (await apiOf(work)).call('PATCH', its(id), body), webhookForm, webhookText);
}

async function remove(work: Work, id: string): Promise<void> {
  work.show(await (await apiOf(work)).call('DELETE', its(id)), removedForm, ({ webhookId }) => `removed ${webhookId}\n`);
}

async function rotate(work: Work, id: string, { secretFile, signing, ...why }: RotateOptions): Promise<void> {
  const body = { ...(await secretOf(work, secretFile)), ...(signing !== undefined && { signing }), ...whyOf(why) };
  work.show(await (await apiOf(work)).call('POST', its(id, '/rotate'), body), withSecretForm, withSecretText);
}

async function test(work: Work, id: string, why: ReasonOptions): Promise<void> {
  work.show(await (await apiOf(work)).call('POST', its(id, '/test'), whyOf(why)), testedForm, ({ delivered, status, durationMs, answer, error }) => fields([
    ['delivered', delivered ? 'yes' : 'no'], ['status', status === null ? NOTHING : String(status)], ['time', `${durationMs} ms`], ['answer', answer ?? NOTHING], ['error', error ?? NOTHING],
  ]));
}

async function enable(work: Work, id: string, { held, ...why }: ReasonOptions & { held: string }): Promise<void> {
  const enabled = await (await apiOf(work)).call('POST', its(id, '/enable'), { held, ...whyOf(why) });
  work.show(enabled, enabledForm, webhookText);
  work.remark(movedText(enabledForm.parse(enabled).held));
}

async function disable(work: Work, id: string, why: ReasonOptions): Promise<void> {
  work.show(await (await apiOf(work)).call('POST', its(id, '/disable'), whyOf(why)), webhookForm, webhookText);
}

async function deliveries(work: Work, id: string, deliveryId: string | undefined, { state, limit }: { state?: string; limit: string }): Promise<void> {
  if (deliveryId !== undefined) return work.show(await (await apiOf(work)).call('GET', `${its(id, '/deliveries')}${path`/${deliveryId}`}`), wholeForm, wholeText);
  const page = await readPages(await apiOf(work), its(id, '/deliveries'), { state }, limit);
  work.show(page, deliveriesForm, deliveriesText);
  remarkOnRest(page, work.remark);
}

async function dead(work: Work, { limit }: { limit: string }): Promise<void> {
  const page = await readPages(await apiOf(work), '/api/webhooks/dead-deliveries', {}, limit);
  work.show(page, deliveriesForm, deliveriesText);
  remarkOnRest(page, work.remark);
}

async function retry(work: Work, id: string, deliveryId: string, why: ReasonOptions): Promise<void> {
  const sent = await (await apiOf(work)).call('POST', `${its(id, '/deliveries')}${path`/${deliveryId}`}/retry`, whyOf(why));
  work.show(sent, deliveryForm, (one, time) => deliveriesText({ items: [one] }, time));
}

async function recover(work: Work, id: string | undefined, { since, ...why }: ReasonOptions & { since: string }): Promise<void> {
  const body = { since: pastTimeOf(since, '--since', work.nowMs()), ...whyOf(why) };
  const api = await apiOf(work);
  if (id === undefined) return work.show(await api.call('POST', '/api/webhooks/recover', body), recoveredForm, ({ webhooks }) => `of ${webhooks} webhooks what was given up is sent again\n`);
  work.show(await api.call('POST', its(id, '/recover'), body), movedForm, (moved) => `${movedText(moved)}\n`);
}

async function stats(work: Work): Promise<void> {
  work.show(await (await apiOf(work)).call('GET', '/api/webhooks/stats'), statsForm, ({ registeredWebhooks, deliveredWebhooks, failedWebhooks, queuedWebhooks }) => fields([
    ['registered', String(registeredWebhooks)], ['delivered', String(deliveredWebhooks)], ['failed', String(failedWebhooks)], ['queued', String(queuedWebhooks)],
  ]));
}

function movedText({ moved, isComplete }: z.infer<typeof movedForm>): string {
  return `${moved} deliveries were moved${isComplete ? '' : '; the rest follows by itself'}.`;
}

function withSecretText(one: z.infer<typeof withSecretForm>): string {
  return `${webhookText(one)}${one.secret === null ? '' : `\nsecret, shown once:  ${one.secret}\n`}`;
}

function webhookText(one: Webhook): string {
  const [present, ...before] = one.secrets;
  return fields([
    ['webhook', one.webhookId], ['url', one.url], ['status', one.disabledReason === null ? one.status : `${one.status} (${one.disabledReason})`], ['events', one.events.join(' ')],
    ...(one.filter === null ? [] : [['filter', JSON.stringify(one.filter)] as const]),
    ['attempts', `${one.retryAttempts}, the first wait ${one.retryDelay} ms`], ['timeout', `${one.timeout} ms`], ['pace', `${one.maxInFlight} at once${one.rateLimit === null ? '' : `, ${one.rateLimit} a second`}${one.ordered ? ', in order' : ''}`],
    ['headers', one.headerNames.join(' ') || NOTHING], ['signed', `${present?.signing ?? NOTHING}${before.length === 0 ? '' : `, and ${before.length} before it`}`],
    ...(present?.publicKey === null || present === undefined ? [] : [['public key', present.publicKey] as const]),
    ['delivered', String(one.delivered)], ['failed attempts', String(one.failedAttempts)], ['exhausted', String(one.exhausted)], ['owner', one.owner], ['description', one.description ?? NOTHING],
  ]);
}

function deliveriesText({ items }: { readonly items: readonly Delivery[] }, time: Time): string {
  return table(['DELIVERY', 'STATE', 'EVENT', 'SUBJECT', 'ATTEMPTS', 'LAST', 'CREATED', 'DUE'], items.map((one) => [
    one.deliveryId, one.state, one.event, one.subject, String(one.attempts), one.lastError ?? (one.lastStatus === null ? NOTHING : String(one.lastStatus)), time(one.createdAt), time(one.dueAt),
  ]));
}

function wholeText(one: z.infer<typeof wholeForm>, time: Time): string {
  const head = fields([['delivery', one.deliveryId], ['event', `${one.event} ${one.eventId}`], ['state', one.state], ['url', one.request.url], ['body', one.request.body ?? NOTHING]]);
  return `${head}\n${table(['ATTEMPT', 'STARTED', 'TIME', 'STATUS', 'ANSWER', 'ERROR'], one.attemptsMade.map((attempt) => [
    String(attempt.attempt), time(attempt.startedAt), `${attempt.durationMs} ms`, attempt.status === null ? NOTHING : String(attempt.status), attempt.answer ?? NOTHING, attempt.error ?? NOTHING,
  ]))}`;
}
