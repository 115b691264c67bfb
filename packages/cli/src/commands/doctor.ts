/**
 * `doctor`: looks at a deployment from the outside, says what is wrong, what that means and what mends it. Reads only.
 * Promise: what cannot be looked at is a finding of its own, and the rest is looked at all the same.
 */
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from '../api.http.ts';
import { SERVICE_NAMES, START_COMMAND } from '../connection.ts';
import type { Connection, Service } from '../connection.ts';
import { ask } from '../doctor/asking.http.ts';
import type { Asking, Heard, Unheard } from '../doctor/asking.http.ts';
import { fail, ok, verdictOf, warn } from '../doctor/finding.ts';
import type { Finding, Level } from '../doctor/finding.ts';
import {
  isUnready, judgeCare, judgeClock, judgeComparison, judgeContract, judgeDeadLetters, judgeFigures, judgeHealth, judgeIssuer, judgeReach, judgeReady, judgeReplays, judgeScopes, judgeWays, judgeWebhooks,
} from '../doctor/judge.ts';
import { Bad, NoAnswer, Refused, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import { routesOf } from '../json-shapes.ts';
import type { Tone } from '../terminal.ts';
import { printable } from '../text.ts';
import type { Perform, Work } from '../work.ts';

const EXAMPLES = `
Each finding is ok, warn or fail, with what it means and what mends it. Exit code 1 when one of them is a failure.

Examples:
  cli doctor
  cli doctor --json
  cli doctor --quiet
  cli doctor --cc https://cc.example --of https://of.example --issuer https://id.example --client-id operator --client-secret-file secret.txt
`;

const DEFAULT_CLIENT = 'operator';

/** What the commands of this tool need. */
const SCOPES: Readonly<Record<Service, readonly string[]>> = {
  cc: ['orders:read', 'orders:write', 'events:read', 'events:write', 'dlq:read', 'dlq:write', 'replay:read', 'replay:write', 'webhooks:read', 'webhooks:write', 'catalog:read', 'metrics:read', 'admin'],
  of: ['clients:admin', 'dlq:read', 'dlq:write', 'metrics:read', 'admin'],
};

const DLQ_OPTION: Readonly<Record<Service, string>> = { cc: '', of: ' --service order-fulfillment' };

const countsForm = z.looseObject({
  total: z.number(), items: z.array(z.looseObject({ reason: z.string(), count: z.number(), handler: z.string().nullable(), eventType: z.string().nullable() })),
  queues: z.array(z.looseObject({ kind: z.string(), queue: z.string().optional(), fault: z.string().nullable() })),
});
const careForm = z.looseObject({ items: z.array(z.looseObject({ orderId: z.string(), waitsFor: z.string(), cause: z.string() })), nextCursor: z.string().nullable() });
const comparisonForm = z.looseObject({ lastRunAt: z.string().nullish(), lastError: z.unknown().optional(), healed: z.record(z.string(), z.number()) });
const flowForm = z.looseObject({ missing: z.array(z.string()), nodes: z.array(z.looseObject({ kind: z.string(), title: z.string(), state: z.string(), why: z.string().nullable() })) });
const webhooksForm = z.looseObject({ items: z.array(z.looseObject({ webhookId: z.string(), url: z.string(), status: z.string(), disabledReason: z.string().nullable() })) });
const givenUpForm = z.looseObject({ items: z.array(z.unknown()), nextCursor: z.string().nullable() });
const replaysForm = z.looseObject({ items: z.array(z.looseObject({ replayId: z.string(), state: z.string(), error: z.string().nullable() })) });

export function addDoctor(program: Command, perform: Perform): void {
  addExamples(program.command('doctor'), EXAMPLES).description('look at a deployment, and say what is wrong and what mends it').option('--quiet', 'only what is not ok').action(perform(doctor));
}

async function doctor(work: Work, { quiet }: { quiet?: boolean }): Promise<void> {
  const findings = await examine(work);
  const verdict = verdictOf(findings);
  const shown = quiet === true ? findings.filter(({ level }) => level !== 'ok') : findings;
  work.show({ verdict, findings: shown }, z.unknown(), () => shown.map((finding) => findingText(finding, work)).join(''));
  const [failures, warnings] = (['fail', 'warn'] as const).map((level) => findings.filter((one) => one.level === level).length);
  if (verdict === 'fail') throw new Bad(`${failures} failed, ${warnings} to look at, of ${findings.length} findings.`);
  work.remark(verdict === 'ok' ? `All ${findings.length} are ok.` : `${warnings} to look at, of ${findings.length} findings; nothing has failed.`);
}

const TONES: Readonly<Record<Level, Tone>> = { ok: 'good', warn: 'doubtful', fail: 'bad' };

function findingText({ level, check, about, found, means, mend }: Finding, { paint }: Pick<Work, 'paint'>): string {
  const lines = [`${paint(TONES[level], level.padEnd(4))}  ${check.padEnd(12)}  ${about}: ${printable(found)}`, ...(means === null ? [] : [`      ${means}`]), ...(mend === null ? [] : [`      Mend: ${printable(mend)}`])];
  return lines.map((line) => `${line}\n`).join('');
}

async function examine(work: Work): Promise<Finding[]> {
  const connections = await connectionsOf(work);
  if (!Array.isArray(connections)) return [connections];
  const [first] = connections;
  if (first === undefined) return [fail('description', 'command line', 'no service is named', 'There is nothing to look at.', 'Name --cc, --of or both, or run it where the stack runs.')];
  const asking: Asking = { timeoutMs: work.timeoutMs, nowMs: work.nowMs, signal: work.signal };
  const start = startOf(first);
  const [issuer, ...services] = await Promise.all([
    ask(`${first.issuer}/.well-known/openid-configuration`, asking).then((answer) => judgeIssuer(first.issuer, answer, start)),
    ...connections.map((connection) => examineService(work, connection, asking)),
  ]);
  return [...(first.stackFile === undefined ? [] : [ok('description', 'stack', first.stackFile)]), ...issuer, ...services.flat()];
}

function startOf({ stackFile }: Connection): string {
  return stackFile === undefined ? 'Check the address, and start what should be there.' : `${START_COMMAND}    (the addresses come from ${stackFile}, which a stack that was killed leaves behind)`;
}

/** Of the services that are named. A finding when the description of the stack cannot be used. */
async function connectionsOf(work: Work): Promise<Connection[] | Finding> {
  try {
    const both = await Promise.all((['cc', 'of'] as const).map((service) => work.connection(service, DEFAULT_CLIENT)));
    return both.filter((connection) => connection !== undefined);
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    return fail('description', 'stack', error.message.split('\n')[0] ?? '', 'It is not known where the services are.', `${START_COMMAND}    or name --cc, --of, --issuer and --client-id`);
  }
}

async function examineService(work: Work, connection: Connection, asking: Asking): Promise<Finding[]> {
  const { service, url } = connection;
  const name = SERVICE_NAMES[service];
  const live = await ask(`${url}/health/live`, asking);
  const reach = judgeReach(name, url, live, startOf(connection));
  if (reach.level === 'fail') return [reach];
  const [ready, health, contract] = await Promise.all([readiness(work, url, asking), service === 'cc' ? ask(`${url}/health/events`, asking) : undefined, ask(`${url}/openapi.json`, asking)]);
  const api = await work.api(service, DEFAULT_CLIENT);
  const plain = [reach, ...judgeReady(name, ready.answer, ready.looks), judgeClock(name, live), judgeContract(name, contract, routesOf(service)), health === undefined ? undefined : judgeHealth(name, health)];
  return [...plain.filter((finding) => finding !== undefined), ...(await withToken(work, api, service))];
}

const LOOKS = 3;
const BETWEEN_LOOKS_MS = 1_000;

/** Looks again before it claims that something is not ready: one late answer of a busy machine is no fault. */
async function readiness(work: Work, url: string, asking: Asking): Promise<{ readonly answer: Heard | Unheard; readonly looks: number }> {
  for (let looks = 1; ; looks += 1) {
    const answer = await ask(`${url}/health/ready`, asking);
    if (looks === LOOKS || !isUnready(answer)) return { answer, looks };
    await work.pause(BETWEEN_LOOKS_MS);
  }
}

async function withToken(work: Work, api: Api, service: Service): Promise<Finding[]> {
  const name = SERVICE_NAMES[service];
  const token = await tried('token', name, async () => [judgeScopes(name, api.clientId, await api.claims(), SCOPES[service])]);
  if (token.some(({ check, level }) => check === 'token' && level !== 'ok')) return token;
  const looks: readonly (readonly [string, () => Promise<Finding[]>])[] = [
    ['queues', async () => judgeFigures(name, await api.text('/metrics'))],
    ['dead letters', async () => judgeDeadLetters(name, DLQ_OPTION[service], countsForm.parse(await api.call('GET', '/dead-letters/counts')))],
    ...(service === 'of' ? [] : coordinatorLooks(work, api, name)),
  ];
  return [...token, ...(await Promise.all(looks.map(([check, look]) => tried(check, name, look)))).flat()];
}

function coordinatorLooks(work: Work, api: Api, name: string): [string, () => Promise<Finding[]>][] {
  return [
    ['orders', async () => {
      const { items, nextCursor } = careForm.parse(await api.call('GET', '/orders/care?limit=200'));
      return [judgeCare(name, { count: items.length, isWhole: nextCursor === null, givenUp: items.filter(({ cause }) => cause === 'given_up').length, longest: items[0] })];
    }],
    ['ways', async () => {
      const { nodes, missing } = flowForm.parse(await api.call('GET', '/api/flow'));
      return judgeWays(name, nodes, missing);
    }],
    ['comparison', async () => [judgeComparison(name, comparisonForm.parse(await api.call('GET', '/reconciliation')), work.nowMs())]],
    ['webhooks', async () => {
      const { items } = webhooksForm.parse(await api.call('GET', '/api/webhooks?limit=200'));
      const given = givenUpForm.parse(await api.call('GET', '/api/webhooks/dead-deliveries?limit=100'));
      return judgeWebhooks(name, items, { count: given.items.length, isWhole: given.nextCursor === null });
    }],
    ['replays', async () => [judgeReplays(name, replaysForm.parse(await api.call('GET', '/api/replays?limit=20')).items)]],
  ];
}

/** What cannot be looked at is a finding. */
async function tried(check: string, about: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    // An extension that is not loaded has no routes.
    if (error instanceof Refused) return [error.problem.status === 404 ? ok(check, about, 'not offered here') : refused(check, about, error)];
    if (error instanceof NoAnswer) return [fail(check, about, error.message, 'It could not be looked at.', error.whatToDo)];
    if (error instanceof z.ZodError) return [warn(check, about, 'the answer does not have the form that this tool knows', 'It could not be looked at.', 'Run the tool of the version that is deployed.')];
    throw error;
  }
}

function refused(check: string, about: string, { problem: { status, code, title, detail, whatToDo, page } }: Refused): Finding {
  const found = `${status} ${code}: ${detail ?? title}`;
  const mend = whatToDo ?? (page === undefined ? 'The log file of the service says more.' : `See ${page}`);
  if (check === 'token') return fail(check, about, found, 'Every command is refused.', mend);
  if (status === 403) return warn(check, about, found, 'It could not be looked at: a scope is missing.', mend);
  return fail(check, about, found, 'It could not be looked at.', mend);
}
