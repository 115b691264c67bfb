/** From what was read to what was found: what it means, and what mends it. Limits as the alarms have them (docs/alerts). Pure. */
import type { Heard, Unheard } from './asking.http.ts';
import { greatest, samplesOf, sumOf } from './figures.ts';
import type { Finding } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

/** Of clocks, in milliseconds: the header has whole seconds. */
const CLOCK_LIMITS = { warnMs: 5_000, failMs: 30_000 };
const LAG_LIMITS = { warnS: 15, failS: 60 };
const HORIZON_S = 15;
const OLDEST_WORK_S = 300;
const KEEPING_LIMITS = { unsealedS: 600, unsignedS: 7_200, retentionBehindS: 86_400 };
const OLDEST_WEBHOOK_S = 900;
const COMPARED_MS = 600_000;

const UNREADY: Readonly<Record<string, { readonly means: string; readonly mend: string }>> = {
  database: { means: 'While it is so, nothing can be taken or done, and a load balancer sends nothing here.', mend: 'See whether the PostgreSQL of DATABASE_URL runs and has connections left; the log file of the service names the error.' },
  bus: { means: 'Events are stored and not published: the other side does not hear what has happened. They follow by themselves.', mend: 'See whether EventBridge (AWS_ENDPOINT_URL, EVENT_BUS_NAME) or Kafka answers, and the role of the service may PutEvents.' },
  readers: { means: 'Orders are taken and stand still: no handler runs.', mend: 'Look for "reader" in the log file of the service, and start it again.' },
  consumer: { means: 'Outcomes of Order Fulfillment wait in the queue: orders stay at fulfilling.', mend: 'See whether SQS answers, and the role of the service may receive from its queue; the log file names the error.' },
  updates: { means: 'What payment providers tell is not taken in.', mend: 'See whether Kafka or the processor of updates answers; the log file names the error.' },
};

export function judgeReach(name: string, url: string, answer: Heard | Unheard, start: string): Finding {
  if ('reason' in answer) return fail('reachable', name, `${url}: ${answer.reason}`, answer.isSilent ? 'It is there and does not answer: it hangs, or something on the way swallows what is sent.' : 'Nobody is at this address.', answer.isSilent ? 'Look into its log file; end the process and start it again.' : start);
  if (answer.status !== 200) return fail('reachable', name, `${url} answers ${answer.status}`, 'Something else stands at this address, or in front of it.', 'Check the address, and what stands before the service.');
  return ok('reachable', name, url);
}

/** Whether it is worth another look: a part that did not answer in its time once may only have been busy. */
export function isUnready(answer: Heard | Unheard): boolean {
  return 'reason' in answer || (answer.json as { status?: string } | undefined)?.status === 'not_ready';
}

/** `looks`: how often it was asked, and this is the last answer. */
export function judgeReady(name: string, answer: Heard | Unheard, looks: number): Finding[] {
  if ('reason' in answer) return [fail('ready', name, `${answer.reason}, at ${looks} looks`, 'It is there and does not say whether it is ready: a load balancer sends nothing here.', 'See whether the machine or the database is overloaded; the log file of the service says more.')];
  const { status, checks = {} } = (('json' in answer ? answer.json : undefined) ?? {}) as { status?: string; checks?: Record<string, string> };
  if (status === 'draining') return [warn('ready', name, 'it is ending', 'It takes nothing new any more.', 'Wait until the next process is there, and ask again.')];
  const failed = Object.entries(checks).filter(([, outcome]) => outcome !== 'ok').map(([check]) => check);
  if (status === 'ready' && failed.length === 0) return [ok('ready', name, Object.keys(checks).join(', '))];
  if (failed.length === 0) return [fail('ready', name, 'it does not say whether it is ready', 'It is no service of this pair, or of another version.', 'Check the address.')];
  return failed.map((check) => {
    const { means, mend } = UNREADY[check] ?? { means: 'A part that it needs does not work.', mend: 'The log file of the service names the error.' };
    return fail('ready', name, `${check} failed or did not answer in time, at ${looks} looks`, means, mend);
  });
}

export function judgeClock(name: string, answer: Heard | Unheard): Finding | undefined {
  if ('reason' in answer || answer.theirTimeMs === undefined) return undefined;
  // Cut to the second, it is half a second late on average.
  const apartMs = Math.round(answer.theirTimeMs + 500 - answer.ourTimeMs);
  const said = `${Math.abs(apartMs / 1_000).toFixed(1)} s ${apartMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(apartMs) <= CLOCK_LIMITS.warnMs) return ok('clock', name, 'as on this machine, within 5 s');
  const level = Math.abs(apartMs) > CLOCK_LIMITS.failMs ? fail : warn;
  return level('clock', name, said, 'Tokens and signed requests are judged by their times: they are refused as too old or too early.', 'Set both clocks by NTP (timedatectl, chronyc tracking).');
}

export function judgeIssuer(address: string, answer: Heard | Unheard, start: string): Finding[] {
  if ('reason' in answer) return [fail('issuer', 'issuer', `${address}: ${answer.reason}`, 'Nobody gets a token: every call is refused.', start)];
  const { issuer, token_endpoint: endpoint } = (answer.json ?? {}) as { issuer?: string; token_endpoint?: string };
  if (answer.status !== 200 || issuer === undefined || endpoint === undefined) return [fail('issuer', 'issuer', `${address} does not describe itself as an OpenID issuer`, 'Nobody gets a token.', 'Check --issuer: it is the address under which /.well-known/openid-configuration answers.')];
  if (issuer.replace(/\/+$/, '') !== address) return [fail('issuer', 'issuer', `it calls itself ${issuer}, and is asked as ${address}`, 'The services refuse its tokens: they trust one name.', `Use --issuer ${issuer}, or give the services the same ISSUER_URL.`)];
  return [ok('issuer', 'issuer', address)];
}

/** `wanted`: what the tool's commands need at this service. */
export function judgeScopes(name: string, clientId: string, claims: Readonly<Record<string, unknown>>, wanted: readonly string[]): Finding {
  const scope = claims['scope'];
  if (typeof scope !== 'string') return warn('scopes', name, `the token of ${clientId} does not say what it may`, 'Commands may be refused.', 'Ask whoever keeps the issuer; the services read the claim "scope".');
  const has = new Set(scope.split(' '));
  const missing = wanted.filter((one) => !has.has(one));
  if (missing.length === 0) return ok('scopes', name, `${clientId} may use every command`);
  return warn('scopes', name, `${clientId} has no ${missing.join(', ')}`, 'Commands that need them are refused with 403.', 'Take another client (--client-id), or have the issuer give this one more.');
}

/** `routes`: as `GET /orders/{orderId}`. */
export function judgeContract(name: string, answer: Heard | Unheard, routes: readonly string[]): Finding {
  const { info, paths } = (('json' in answer ? answer.json : undefined) ?? {}) as { info?: { version?: string }; paths?: Record<string, Record<string, unknown>> };
  if (paths === undefined) return warn('contract', name, 'its /openapi.json cannot be read', 'Whether this tool fits it is not known.', 'Check the address.');
  const has = new Set(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)));
  const missing = routes.filter((route) => !has.has(route));
  if (missing.length === 0) return ok('contract', name, `version ${info?.version ?? 'unknown'}, with all ${routes.length} routes that this tool calls`);
  // An extension that is not loaded takes a few with it.
  return (2 * missing.length > routes.length ? fail : warn)('contract', name, `version ${info?.version ?? 'unknown'} has no ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}`, 'This tool and the service are of different versions, or an extension is not loaded: commands that need them are refused with 404.', 'Run the tool of the version that is deployed, or deploy this one; extensions.config.ts says which extensions are loaded.');
}

export function judgeFigures(name: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const lag = greatest(samplesOf(text, 'commerce_reader_lag_seconds'));
  if (lag !== undefined && lag.value > LAG_LIMITS.warnS) {
    const level = lag.value > LAG_LIMITS.failS ? fail : warn;
    findings.push(level('queues', name, `${lag.labels['reader']} is ${Math.round(lag.value)} s behind`, 'What it handles comes late: orders wait for it.', 'Start more processes with ROLES=readers, or look for its errors in the log file.'));
  }
  const abandoned = sumOf(samplesOf(text, 'commerce_reader_partitions_without_successor'));
  if (abandoned > 0) findings.push(fail('queues', name, `${abandoned} partitions of readers were taken over by a newer version, and none of it reads`, 'No event is handled: all orders stand still.', 'Start the newer version again, or restart the one before it.'));
  const unowned = sumOf(samplesOf(text, 'commerce_reader_partitions_unowned')) - abandoned;
  if (unowned > 0) findings.push(warn('queues', name, `${unowned} partitions of readers have nobody`, 'Orders in them stand still until a process takes them.', 'Wait half a minute after a restart; otherwise start a process with ROLES=readers.'));
  const horizon = greatest(samplesOf(text, 'commerce_log_horizon_age_seconds'));
  if (horizon !== undefined && horizon.value > HORIZON_S) findings.push(fail('queues', name, `a transaction is open for ${Math.round(horizon.value)} s`, 'All readers stop before it: no order goes on.', 'Find and end it: SELECT pid, xact_start, query FROM pg_stat_activity WHERE state LIKE \'idle in transaction%\' ORDER BY xact_start'));
  const oldest = greatest(samplesOf(text, 'commerce_work_oldest_ready_seconds'));
  if (oldest !== undefined && oldest.value > OLDEST_WORK_S) findings.push(warn('queues', name, `a job is due for ${Math.round(oldest.value)} s`, 'There is more to do than is done.', 'Start more processes with ROLES=readers.'));
  const webhooks = greatest(samplesOf(text, 'commerce_webhook_oldest_due_seconds'));
  if (webhooks !== undefined && webhooks.value > OLDEST_WEBHOOK_S) findings.push(warn('webhooks', name, `a delivery is due for ${Math.round(webhooks.value)} s`, 'Receivers hear of events late.', 'cli webhooks list'));
  const faults = greatest(samplesOf(text, 'commerce_metrics_faults'));
  if (faults !== undefined && faults.value > 0) findings.push(warn('queues', name, `${faults.value} figures cannot be read`, 'Alarms that need them are blind.', 'The log file of the service names them.'));
  const well = ok('queues', name, lag === undefined ? 'nothing waits' : `nothing is late; the readers are ${Math.round(lag.value)} s behind at most`);
  return [...(findings.length === 0 ? [well] : findings), ...judgeKeeping(name, text)];
}

function judgeKeeping(name: string, text: string): Finding[] {
  const last = (job: string): string => `The log file of the service names the error: SELECT last_run_at, last_error FROM scheduled_jobs WHERE name = '${job}'`;
  const hours = (seconds: number): string => `${(seconds / 3_600).toFixed(1)} hours`;
  const [unsealed, unsigned, behind] = ['unsealed', 'unsigned', 'retention_behind'].map((what) => greatest(samplesOf(text, `commerce_log_${what}_seconds`)));
  return [
    ...(unsealed !== undefined && unsealed.value > KEEPING_LIMITS.unsealedS ? [warn('log', name, `nothing was sealed for ${hours(unsealed.value)}`, 'Whoever changes an event that is not sealed is not found.', last('log.seal'))] : []),
    ...(unsigned !== undefined && unsigned.value > KEEPING_LIMITS.unsignedS ? [warn('log', name, `no head was signed for ${hours(unsigned.value)}`, 'Whoever writes the seals anew is not found by a head.', `See whether SEAL_KEY is set. ${last('log.seal')}`)] : []),
    ...(behind !== undefined && behind.value > KEEPING_LIMITS.retentionBehindS ? [warn('log', name, `events are ${hours(behind.value)} past their retention; nothing is removed before: ${behind.labels['waits_for'] ?? 'unknown'}`, 'The log grows, and keeps what it should not.', last('log.retain'))] : []),
  ];
}

export interface DeadLetters {
  readonly total: number;
  readonly items: readonly { readonly reason: string; readonly count: number; readonly handler: string | null; readonly eventType: string | null }[];
  readonly queues: readonly { readonly kind: string; readonly queue?: string | undefined; readonly fault: string | null }[];
}

export function judgeDeadLetters(name: string, option: string, { total, items, queues }: DeadLetters): Finding[] {
  const blind = queues.flatMap(({ kind, queue, fault }) => (fault === null ? [] : [warn('dead letters', name, `the queue ${queue ?? `of ${kind}`} cannot be looked into: ${fault}`, 'What lies in it is not seen.', 'See whether the queue exists, and the role of the service may read it.')]));
  const [most] = items.toSorted((a, b) => b.count - a.count);
  if (most === undefined || total === 0) return [...blind, ok('dead letters', name, 'none')];
  const found = `${total} dead letter${total === 1 ? '' : 's'}; most: ${most.count} of ${most.handler ?? most.eventType ?? 'an unknown type'}, ${most.reason}`;
  return [...blind, warn('dead letters', name, found, 'This was given up, and waits for a person: orders stand still, or something outside was not told.', `cli dlq counts${option}, then: cli dlq redrive --all --mended --reason CODE${option}`)];
}

export interface Care {
  readonly count: number;
  readonly isWhole: boolean;
  readonly givenUp: number;
  readonly longest: { readonly orderId: string; readonly waitsFor: string } | undefined;
}

export function judgeCare(name: string, { count, isWhole, givenUp, longest }: Care): Finding {
  if (longest === undefined) return ok('orders', name, 'no order needs care');
  const found = `${count}${isWhole ? '' : ' or more'} order${count === 1 ? '' : 's'} need care, ${givenUp} with something that was given up; the longest: ${longest.waitsFor}`;
  return (givenUp > 0 ? fail : warn)('orders', name, found, givenUp > 0 ? 'What was given up does not go on by itself.' : 'They are past the time that was promised, and are still tried.', `cli order care; cli order why ${longest.orderId}`);
}

export interface Comparison {
  readonly lastRunAt?: string | null | undefined;
  readonly lastError?: unknown;
  readonly healed: Readonly<Record<string, number>>;
}

export function judgeComparison(name: string, { lastRunAt, lastError, healed }: Comparison, nowMs: number): Finding {
  const means = 'What gets lost between the two services is not found.';
  if (lastError !== undefined && lastError !== null) return fail('comparison', name, `the last comparison with Order Fulfillment failed: ${typeof lastError === 'string' ? lastError : JSON.stringify(lastError)}`, means, 'See whether Order Fulfillment answers Commerce Coordinator (OF_URL), and takes its token.');
  if (lastRunAt === undefined || lastRunAt === null) return ok('comparison', name, 'not yet: it follows a while after the start');
  if (nowMs - Date.parse(lastRunAt) > COMPARED_MS) return warn('comparison', name, `the last one was at ${lastRunAt}`, means, 'See whether a process with ROLES=readers runs.');
  const missed = healed['outcome_missed'] ?? 0;
  if (missed > 0) return warn('comparison', name, `${missed} outcomes had to be fetched, for their events never came`, 'Events get lost between the bus and the queue. Orders go on all the same, later.', 'See whether the rule on the bus of Order Fulfillment has the queue of Commerce Coordinator as its target: cli dlq list --kind rule-target');
  return ok('comparison', name, 'both services agree');
}

export interface Endpoint {
  readonly webhookId: string;
  readonly url: string;
  readonly status: string;
  readonly disabledReason: string | null;
}

/** Deliveries that were given up; `isWhole`: there are no more than these. */
export interface GivenUp {
  readonly count: number;
  readonly isWhole: boolean;
}

export function judgeWebhooks(name: string, endpoints: readonly Endpoint[], { count, isWhole }: GivenUp): Finding[] {
  const lost = count === 0 ? [] : [warn('webhooks', name, `${count}${isWhole ? '' : ' or more'} ${count === 1 ? 'delivery was' : 'deliveries were'} given up`, 'Their receivers have not heard of them, and nothing sends them by itself; they are kept for 31 days.', 'cli webhooks recover --since 31d')];
  const disabled = endpoints.filter(({ status }) => status !== 'enabled');
  if (disabled.length === 0) return lost.length > 0 ? lost : [ok('webhooks', name, endpoints.length === 0 ? 'none is registered' : `${endpoints.length}, all enabled`)];
  return [...disabled.map(({ webhookId, url, disabledReason }) => warn('webhooks', name, `${url} is disabled${disabledReason === null ? '' : `: ${disabledReason}`}`, 'Its deliveries are held, and it hears nothing.', `cli webhooks test ${webhookId}; cli webhooks enable ${webhookId}`)), ...lost];
}

export function judgeHealth(name: string, answer: Heard | Unheard): Finding | undefined {
  if ('reason' in answer || answer.status === 404) return undefined;
  const { status, eventBus } = (answer.json ?? {}) as { status?: string; eventBus?: { active?: boolean } };
  if (status === 'healthy') return ok('events', name, 'they flow');
  return fail('events', name, `the event system is ${status ?? 'silent'}${eventBus?.active === false ? ': its bus is not active' : ''}`, 'Orders do not go on, or webhooks are not delivered.', 'cli doctor names the queues that are late; the log file of the service names the error.');
}

export interface ReplayState {
  readonly replayId: string;
  readonly state: string;
  readonly error: string | null;
}

export function judgeReplays(name: string, replays: readonly ReplayState[]): Finding {
  const [failed] = replays.filter(({ state }) => state === 'failed');
  if (failed === undefined) return ok('replays', name, 'none has failed lately');
  return warn('replays', name, `${failed.replayId} has failed: ${failed.error ?? 'nobody knows why'}`, 'What it was to bring back is not all there.', `cli events replay show ${failed.replayId}; cli events replay resume ${failed.replayId} --reason CODE`);
}

export interface FlowNode {
  readonly kind: string;
  readonly title: string;
  readonly state: string;
  readonly why: string | null;
}

/** The ways between the services, of which other checks know nothing: buses, rules, queues. */
const WAYS: ReadonlySet<string> = new Set(['bus', 'rule', 'queue', 'service', 'provider']);

export function judgeWays(name: string, nodes: readonly FlowNode[], missing: readonly string[]): Finding[] {
  const ways = nodes.filter(({ kind }) => WAYS.has(kind));
  const unwell = ways.filter(({ state }) => state === 'warn' || state === 'bad');
  const blind = missing.map((text) => warn('ways', name, text, 'Whether events come through there is not known.', 'See whether AWS answers, and the role of the service may describe its rules and queues.'));
  const found = unwell.map(({ kind, title, state, why }) => (state === 'bad' ? fail : warn)('ways', name, `${title}: ${why ?? state}`, kind === 'provider' || kind === 'service' ? 'Orders that need it wait.' : 'Events between the two services come late, or not at all: the comparison of both finds what is lost.', MEND_WAY[kind] ?? 'cli signals'));
  return [...blind, ...found, ...(blind.length + found.length === 0 ? [ok('ways', name, `${ways.length} buses, rules, queues and services, all well`)] : [])];
}

const MEND_WAY: Readonly<Record<string, string>> = {
  bus: 'See whether EVENT_BUS_NAME names a bus that is there, and its policy lets the service PutEvents.',
  rule: 'Deploy the stack of the subscription anew: npx --yes pnpm@12.21.0 synth writes its template.',
  queue: 'See its policy and its consumers; cli dlq list --kind queue shows what was not taken.',
  service: 'What is found of the service itself says more; the log file of Commerce Coordinator names the last error of a call.',
  provider: 'cli order care --handler payments.charge lists the orders that wait for it.',
};
