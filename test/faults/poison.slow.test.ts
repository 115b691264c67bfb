/**
 * A tenth of the messages is poison, of eight kinds: 100 among 1,000, or 1,000 among 10,000 with POISON=10000, in a real queue with the real consumer, log and handlers: all others are handled,
 * every poison is listed with its reason, and after the mend one command brings back what can be brought back, though the service is
 * killed in the middle of it. Nothing is lost and nothing is done twice.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { run } from '@commerce/cli/run';
import { FulfillmentAccepted, FulfillmentHeld } from '@commerce/events/entries';
import { uuid7 } from '@commerce/events/uuid7';
import { eventually } from '../kit/eventually.ts';
import { startPair } from '../kit/pair.ts';
import type { Pair } from '../kit/pair.ts';

const SOURCE = 'order-fulfillment';
/** How many messages in all. The shares are the same for every size; a multiple of 1,000. */
const MESSAGES = Number(process.env['POISON'] ?? 1_000);
const share = (ofAThousand: number): number => (MESSAGES / 1_000) * ofAThousand;
const GOOD = share(900);
const POISON = { malformed: share(15), unknown_type: share(20), invalid: share(15), conflict: share(10), not_accepted: share(5), mismatch: share(5), handler: share(20), version: share(10) };
/** Redriven in a second, so that the run is long enough to be killed in. */
const RATE = share(10);
/** What is still refused when all is mended. */
const HOPELESS = POISON.malformed + POISON.invalid + POISON.conflict + POISON.not_accepted + POISON.mismatch;
/** What a person brings back; what waits for a version goes on by itself when the catalogue learns it. */
const REDRIVEN = POISON.unknown_type + POISON.handler;
const MENDABLE = REDRIVEN + POISON.version;

const folder = mkdtempSync(join(tmpdir(), 'poison-'));
const [mendedFile, callsFile] = [join(folder, 'mended'), join(folder, 'calls')];
let pair: Pair;
let dataDirectory: string;

beforeAll(async () => {
  writeFileSync(callsFile, '');
  pair = await startPair({
    coordinatorProgram: resolve(import.meta.dirname, 'poison-coordinator.ts'), restartDelayMs: 50,
    environment: { cc: { MENDED_FILE: mendedFile, CALLS_FILE: callsFile, LOG_LEVEL: 'error', RECONCILE_EVERY_MS: '600000' } },
  });
  dataDirectory = resolve(pair.stack.description.inside.logs, '..');
}, 90_000);
afterAll(async () => {
  await pair?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function event(number: number, type: string, data: object, given: object = {}): { readonly envelope: Record<string, unknown>; readonly orderId: string } {
  const now = Date.now();
  const orderId = `poison-${type}-${number}`;
  return {
    orderId,
    envelope: {
      eventId: uuid7(now), eventType: type, eventVersion: 'v1', timestamp: new Date(now).toISOString(), source: SOURCE, correlationId: uuid7(now), causationId: null,
      data: { ...data, orderId }, metadata: { sequence: 1 }, ...given,
    },
  };
}

function delivered(envelope: Record<string, unknown>, given: object = {}): string {
  return JSON.stringify({
    version: '0', id: uuid7(Date.now()), 'detail-type': envelope['eventType'], source: envelope['source'], account: '000000000000', time: envelope['timestamp'], region: 'us-east-1', resources: [],
    detail: envelope, ...given,
  });
}

const some = <Item>(count: number, make: (index: number) => Item): Item[] => Array.from({ length: count }, (_, index) => make(index));

/** Good ones, and what is to be handled once all is mended. */
const good = some(GOOD, (n) => event(n, 'FulfillmentAccepted', FulfillmentAccepted.example));
const held = some(POISON.unknown_type, (n) => event(n, 'FulfillmentHeld', FulfillmentHeld.example));
const failing = some(POISON.handler, (n) => event(10_000 + n, 'FulfillmentAccepted', { ...FulfillmentAccepted.example, orderNumber: 666 }));
const newer = some(POISON.version, (n) => {
  const { envelope, orderId } = event(20_000 + n, 'FulfillmentAccepted', { ...FulfillmentAccepted.example, gift: true });
  return { envelope: { ...envelope, eventVersion: 'v2' }, orderId };
});

function bodies(): string[] {
  const wrong = (n: number): string => delivered(event(30_000 + n, 'FulfillmentAccepted', { ...FulfillmentAccepted.example, lines: [] }).envelope);
  // After the event whose id it takes.
  const forgery = (n: number): string => delivered({ ...good[n]?.envelope, data: { ...FulfillmentAccepted.example, orderId: `forged-${n}` } });
  const first = [...good, ...held, ...failing, ...newer].map(({ envelope }) => delivered(envelope)).concat(
    some(POISON.malformed, (n) => `{"this is": "no JSON ${n}`), some(POISON.invalid, wrong),
    some(POISON.not_accepted, (n) => delivered(event(n, 'OrderCreated', {}, { source: 'order-service' }).envelope)),
    some(POISON.mismatch, (n) => delivered(event(n, 'OrderCreated', {}, { source: 'order-service' }).envelope, { source: SOURCE, 'detail-type': 'FulfillmentAccepted' })),
  );
  return [...shuffled(first), ...some(POISON.conflict, forgery)];
}

/** Evenly, and the same each time. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items.map((item, index) => ({ item, at: (index * 7_919) % items.length })).sort((a, b) => a.at - b.at).map(({ item }) => item);
}

async function send(all: readonly string[]): Promise<void> {
  const { aws, queueUrl } = pair.stack.description;
  const client = new SQSClient({ endpoint: aws, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  for (let from = 0; from < all.length; from += 10) {
    await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: all.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody })) }));
  }
  client.destroy();
}

/** The operator's tool on this stack; its result as it came. */
async function tool(...argv: string[]): Promise<any> {
  let [out, err] = ['', ''];
  const code = await run([...argv, '--json', '--timeout', '30'], {
    env: { DATA_DIR: dataDirectory }, out: (text) => void (out += text), err: (text) => void (err += text), readFile: async (path) => readFileSync(path, 'utf8'), nowMs: () => Date.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal }), signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${out}${err}`);
  return JSON.parse(out);
}

async function countsByReason(): Promise<Record<string, number>> {
  const { items } = await tool('dlq', 'counts');
  return Object.fromEntries(items.map(({ kind, reason, count }: { kind: string; reason: string; count: number }) => [`${kind} ${reason}`, count]));
}

/** How often each order was counted: by how many. */
async function tallied(): Promise<Record<number, number>> {
  const rows = await pair.rows<{ times: number; orders: number }>('cc', 'SELECT times, count(*)::int AS orders FROM tally GROUP BY times');
  return Object.fromEntries(rows.map(({ times, orders }) => [times, orders]));
}

const dead = { 'queue malformed': POISON.malformed, 'queue invalid': POISON.invalid, 'queue conflict': POISON.conflict, 'queue not_accepted': POISON.not_accepted, 'queue mismatch': POISON.mismatch };

test('all others are handled, and every poison is listed with its reason', async () => {
  await pair.queue.setMaxReceives(2);
  await send(bodies());
  await eventually('the good events', async () => ((await tallied())[1] === GOOD ? true : undefined), 120_000);
  await eventually('the poison', async () => ((await pair.queue.size()) === 0 && (await pair.queue.deadLetters()) === HOPELESS + POISON.unknown_type ? true : undefined), 60_000);
  await eventually('the dead rows', async () => (((await pair.rows<{ n: number }>('cc', "SELECT count(*)::int AS n FROM work WHERE state = 'dead'"))[0]?.n ?? 0) === POISON.handler ? true : undefined), 60_000);

  expect(await countsByReason()).toEqual({ ...dead, 'queue unknown_type': POISON.unknown_type, 'work Error': POISON.handler, 'work unknown_version': POISON.version });
  const { items } = await tool('dlq', 'list', '--limit', '2000');
  expect(items).toHaveLength(share(100));
  expect(new Set(items.map(({ id }: { id: string }) => id)).size).toBe(share(100));
  expect(await tallied()).toEqual({ 1: GOOD });
}, 240_000);

test('one of them says what does not fit, by path', async () => {
  const { items: [invalid] } = await tool('dlq', 'list', '--because', 'invalid', '--limit', '1');
  expect(await tool('dlq', 'show', invalid.id)).toMatchObject({
    kind: 'queue', reason: 'invalid', eventType: 'FulfillmentAccepted', now: { isAccepted: false }, diff: { differences: [{ path: 'data.lines', problem: 'invalid' }] },
  });
  const { items: [failed] } = await tool('dlq', 'list', '--handler', 'tally.count', '--because', 'Error', '--limit', '1');
  const shown = await tool('dlq', 'show', failed.id);
  expect(shown).toMatchObject({ kind: 'work', handler: 'tally.count', attempts: 2, diff: { differences: [] } });
  expect(shown.attemptsRecorded.map(({ attempt }: { attempt: number }) => attempt)).toEqual([1, 2]);
}, 60_000);

test('after the mend one command brings back what can be brought back, though the service dies in the middle', async () => {
  writeFileSync(mendedFile, '');
  await restart();
  const redrive = tool('dlq', 'redrive', '--all', '--mended', '--rate', String(RATE), '--reason', 'handler_mended');
  // Twice: among the rows of work, and among the messages.
  for (const least of [share(5), POISON.handler + share(5)]) {
    await eventually(`${least} redriven`, async () => (((await pair.rows<{ n: number }>('cc', 'SELECT coalesce(max(redriven + known), 0) AS n FROM dead_letter_runs'))[0]?.n ?? 0) >= least ? true : undefined), 60_000);
    await restart();
  }
  const ended = await redrive;
  expect(ended).toMatchObject({ state: 'done', discarded: 0, moved: 0 });
  expect(ended.toDo).toBeGreaterThanOrEqual(HOPELESS + REDRIVEN);
  expect(ended.redriven + ended.known).toBe(REDRIVEN);

  await eventually('all that was mended', async () => ((await tallied())[1] === GOOD + MENDABLE ? true : undefined), 60_000);
  expect(await tallied()).toEqual({ 1: GOOD + MENDABLE });
  expect(await countsByReason()).toEqual(dead);
  // Conflicts fit the catalogue; only the log can say no to them.
  expect(ended.refused).toBeGreaterThanOrEqual(POISON.conflict);
  expect(await pair.queue.deadLetters()).toBe(HOPELESS);
  const orders = [...good, ...held, ...failing, ...newer].map(({ orderId }) => orderId);
  expect(await pair.rows('cc', 'SELECT order_id FROM unnest($1::text[]) AS wanted(order_id) WHERE NOT EXISTS (SELECT 1 FROM tally t WHERE t.order_id = wanted.order_id)', [orders])).toEqual([]);
  // Outside effects: under one key each, and at least once.
  const calls = readFileSync(callsFile, 'utf8').trim().split('\n');
  expect(new Set(calls).size).toBe(GOOD + MENDABLE);
}, 240_000);

test('all of the queue is moved back by SQS, though people list and count meanwhile, and what is refused again is dead again', async () => {
  const moving = tool('dlq', 'redrive', '--kind', 'queue', '--rate', String(share(10)), '--reason', 'another_look');
  let looks = 0;
  for (let ended = false; !ended; looks += 1) {
    await Promise.all([tool('dlq', 'list', '--limit', '1'), tool('dlq', 'counts')]);
    ended = await Promise.race([moving.then(() => true), delay(200).then(() => false)]);
  }
  expect(await moving).toMatchObject({ state: 'done', moved: HOPELESS, redriven: 0, refused: 0, lastError: null });
  expect(looks).toBeGreaterThan(3);
  await eventually('the poison, once more', async () => ((await pair.queue.size()) === 0 && (await pair.queue.deadLetters()) === HOPELESS ? true : undefined), 60_000);
  await eventually('a look at all of it', async () => (JSON.stringify(await countsByReason().then((counts) => Object.entries(counts).toSorted())) === JSON.stringify(Object.entries(dead).toSorted()) ? true : undefined), 60_000);
  expect(await tallied()).toEqual({ 1: GOOD + MENDABLE });
}, 240_000);

test('what is hopeless is discarded with a reason, and all of it is on record', async () => {
  const ended = await tool('dlq', 'discard', '--kind', 'queue', '--rate', '500', '--reason', 'not_ours', '--message', 'Forged, or never an event.');
  expect(ended).toMatchObject({ state: 'done', discarded: HOPELESS });
  expect(await countsByReason()).toEqual({});
  expect(await pair.queue.deadLetters()).toBe(0);
  expect(await pair.rows('cc', "SELECT count(*)::int AS n FROM ledger WHERE rule = 'discarded' AND evidence->>'reason' = 'Forged, or never an event.'")).toEqual([{ n: HOPELESS }]);
  expect(await pair.rows('cc', "SELECT data->>'act' AS act, data->>'why' AS why, data->'by'->>'clientId' AS client FROM events WHERE type = 'AuditRecorded' ORDER BY position")).toEqual([
    { act: 'dead-letters.redrive', why: 'handler_mended', client: 'operator' }, { act: 'dead-letters.redrive', why: 'another_look', client: 'operator' },
    { act: 'dead-letters.discard', why: 'Forged, or never an event.', client: 'operator' },
  ]);
}, 120_000);

/** Killed with SIGKILL; the stack starts it again. */
async function restart(): Promise<void> {
  const before = pair.process('cc').pid;
  pair.process('cc').signal('SIGKILL');
  await eventually('Commerce Coordinator, started again', async () => {
    const { pid } = pair.process('cc');
    if (pid === undefined || pid === before) return undefined;
    return fetch(`${pair.stack.description.cc}/health/ready`).then(({ ok }) => (ok ? true : undefined), () => undefined);
  }, 60_000);
}
