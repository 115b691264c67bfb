/** Updates over HTTP and over gRPC, of one service with real parts: the same words, the same verdicts, the same effects. */
import { setTimeout as wait } from 'node:timers/promises';
import { credentials, Metadata, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { uuid7 } from '@commerce/events/uuid7';
import type { TokenVerifier } from '@commerce/service-kit/auth';
import { namedTokens } from '@commerce/service-kit/test-tokens';
import { startTestCoordinator } from '../test-coordinator.ts';
import type { TestCoordinator } from '../test-coordinator.ts';
import { startGrpcServer } from './server.grpc.ts';
import type { UpdateAnswer } from './update.ts';
import { UpdatesServiceClient } from './updates-service.grpc.ts';

let cc: TestCoordinator;
let client: InstanceType<typeof UpdatesServiceClient>;
let count = 0;

beforeAll(async () => {
  cc = await startTestCoordinator({ CC_GRPC_PORT: '0' });
  client = new UpdatesServiceClient(cc.grpcAddress ?? '', credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  await cc?.stop();
});

type Gate = PromiseWithResolvers<void>;

/** What became of an update, in the words of its transport. */
interface Told {
  readonly verdict?: string;
  readonly status: number | string;
  readonly detail?: string;
}
interface Given {
  readonly scopes?: string;
  readonly metadata?: Record<string, string>;
  readonly deadline?: number;
}
type Transport = (about: 'order' | 'dispute', update: object, given?: Given) => Promise<Told>;

const http: Transport = async (about, update, { scopes = 'updates:write', metadata = {} } = {}) => {
  const { status: code, body } = await cc.call('POST', `/internal/updates/${about}s`, { body: update, scopes, headers: metadata, client: 'ingest' });
  return { status: code, ...(body.verdict !== undefined && { verdict: body.verdict }), detail: body.code ?? body.detail };
};

type Unary = (request: object, metadata: Metadata, options: object, done: (error: ServiceError | null, answer: { verdict: string; detail?: string }) => void) => { cancel(): void };

function call(about: 'order' | 'dispute', update: object, { scopes = 'updates:write', metadata = {}, deadline = Date.now() + 10_000 }: Given, done: Parameters<Unary>[3], by = client): ReturnType<Unary> {
  const sent = new Metadata();
  if (scopes !== '') sent.set('authorization', `Bearer ingest;${scopes}`);
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return (by[about === 'order' ? 'sendOrderUpdate' : 'sendDisputeUpdate'] as unknown as Unary).call(by, update, sent, { deadline }, done);
}

const grpc: Transport = (about, update, given = {}) => new Promise((resolve) => {
  call(about, update, given, (error, answer) => resolve(error === null ? { status: 'OK', verdict: answer.verdict, ...(answer.detail !== undefined && { detail: answer.detail }) } : { status: status[error.code] ?? '', detail: error.details }));
});

/** An order whose payment is asked for and not answered. */
async function asked(): Promise<string> {
  const body = { customerId: 'VINET', currency: 'USD', lines: [{ sku: 'NW-1', quantity: 1, unitPrice: '10.00' }] };
  const { orderId } = (await cc.call('POST', '/orders', { body, headers: { 'idempotency-key': `key-${(count += 1)}` } })).body;
  await cc.pool.query("INSERT INTO payments (order_id, status, version, checks, refunds, gone_lines) VALUES ($1, 'initiated', 1, 0, '[]', '[]')", [orderId]);
  return orderId;
}

const update = (orderId: string, given: object = {}) => ({
  provider: 'standard', providerEventId: `evt-${(count += 1)}`, orderId, status: 'captured', amount: '10.00', currency: 'USD', occurredAt: '2026-11-21T12:00:00Z', reference: 'ch_1', sequence: 3, reason: { code: 'because', message: 'It is so.' }, ...given,
});
const types = async (orderId: string): Promise<string[]> => (await cc.log.history(orderId)).map(({ type }) => type).filter((type) => /^(Payment|Dispute)/.test(type));

describe.each<[string, Transport, Readonly<Record<'ok' | 'duplicate' | 'unknown' | 'invalid' | 'malformed' | 'nobody' | 'forbidden', number | string>>]>([
  ['HTTP', http, { ok: 200, duplicate: 409, unknown: 404, invalid: 422, malformed: 400, nobody: 401, forbidden: 403 }],
  ['gRPC', grpc, { ok: 'OK', duplicate: 'ALREADY_EXISTS', unknown: 'NOT_FOUND', invalid: 'FAILED_PRECONDITION', malformed: 'INVALID_ARGUMENT', nobody: 'UNAUTHENTICATED', forbidden: 'PERMISSION_DENIED' }],
])('An update over %s', (_name, tell, said) => {
  test('has its effect once, and is answered by its verdict', async () => {
    const orderId = await asked();
    const captured = update(orderId);
    expect(await tell('order', captured)).toMatchObject({ status: said.ok, verdict: 'applied' });
    expect(await tell('order', captured)).toMatchObject({ status: said.duplicate });
    expect(await tell('order', update(orderId, { status: 'authorised', sequence: 2 }))).toMatchObject({ status: said.ok, verdict: 'stale' });
    expect(await tell('order', update(orderId, { status: 'failed', sequence: 4 }))).toMatchObject({ status: said.invalid });
    expect(await tell('order', update('nobody'))).toMatchObject({ status: said.unknown });
    expect(await types(orderId)).toEqual(['PaymentProcessed']);
    expect((await cc.log.history(orderId)).at(-1)?.data).toMatchObject({ reference: 'ch_1', amount: '10.00' });
  });

  test('tells of disputes', async () => {
    const orderId = await asked();
    await tell('order', update(orderId));
    const { reference: _none, ...about } = update(orderId, { disputeId: 'dp_1', status: 'opened', amount: '4.00' });
    expect(await tell('dispute', about)).toMatchObject({ status: said.ok, verdict: 'applied' });
    expect(await tell('dispute', { ...about, providerEventId: `evt-${(count += 1)}`, status: 'lost', sequence: 9 })).toMatchObject({ status: said.ok, verdict: 'applied' });
    expect(await types(orderId)).toEqual(['PaymentProcessed', 'DisputeOpened', 'DisputeLost', 'PaymentRefunded']);
    expect((await cc.log.history(orderId)).find(({ type }) => type === 'DisputeOpened')?.data).toMatchObject({ reason: { code: 'because', message: 'It is so.' }, amount: '4.00', left: '10.00' });
  });

  test('joins the flow that it names where the order has none', async () => {
    const orderId = await asked();
    const correlationId = '0193a6a0-6100-4def-8123-456789abcdef';
    await tell('order', update(orderId), { metadata: { 'x-correlation-id': correlationId } });
    expect((await cc.log.history(orderId)).at(-1)?.correlationId).toBe(correlationId);
  });

  test.each([['money that is none', { amount: '10.0' }], ['a status that is none', { status: 'lost' }], ['a control character', { orderId: 'o\n' }], ['no provider', { provider: '' }], ['a time that is none', { occurredAt: 'today' }]])('with %s is refused', async (_fault, given) => {
    expect(await tell('order', update('o', given))).toMatchObject({ status: said.malformed });
  });

  test('is for those who may say what was paid', async () => {
    const orderId = await asked();
    expect(await tell('order', update(orderId), { scopes: 'orders:write' })).toMatchObject({ status: said.forbidden });
    expect(await types(orderId)).toEqual([]);
  });
});

test('An update over gRPC needs a token', async () => {
  expect(await grpc('order', update('o'), { scopes: '' })).toMatchObject({ status: 'UNAUTHENTICATED' });
});

describe('A call over gRPC', () => {
  test.each<[string, (open: { cancel(): void }) => void, number]>([['is cancelled', (open) => open.cancel(), 10_000], ['is past its deadline', () => undefined, 150]])('that %s when its turn comes is not begun', async (_name, end, limitMs) => {
    const [first, second, turn, over, after] = Array.from({ length: 5 }, () => Promise.withResolvers<void>()) as [Gate, Gate, Gate, Gate, Gate];
    let calls = 0;
    const begun: string[] = [];
    const process = async ({ orderId }: { readonly orderId?: string | undefined }): Promise<UpdateAnswer> => {
      begun.push(orderId ?? '');
      return { verdict: 'applied' };
    };
    const auth: TokenVerifier = {
      async verify(authorization) {
        calls += 1;
        (calls === 1 ? first : second).resolve();
        await turn.promise;
        return namedTokens.verify(authorization);
      },
    };
    const server = await startGrpcServer({ credentials: ServerCredentials.createInsecure(), updates: { processOrderUpdate: process, processDisputeUpdate: process }, auth, host: '127.0.0.1', port: 0, uuid: () => uuid7(Date.now()), nowMs: Date.now, logger: { error: () => undefined }, graceMs: 1_000 });
    const other = new UpdatesServiceClient(server.address, credentials.createInsecure());
    const open = call('order', update('given-up'), { deadline: Date.now() + limitMs }, () => over.resolve(), other);
    await first.promise;
    end(open);
    await over.promise;
    // On the same connection: what it has heard of the second, it has heard of the first.
    call('order', update('waited-for'), {}, () => after.resolve(), other);
    await second.promise;
    turn.resolve();
    await after.promise;
    expect(begun).toEqual(['waited-for']);
    other.close();
    await server.stop();
  });

  test.each<[string, (open: { cancel(): void }) => void, number]>([['is cancelled', (open) => open.cancel(), 10_000], ['is past its deadline', () => undefined, 300]])('that %s while it waits for the database is not begun', async (_name, end, limitMs) => {
    const [first, second, third, last] = [await asked(), await asked(), await asked(), await asked()];
    const locked = await cc.pool.connect();
    await locked.query('BEGIN; LOCK TABLE payment_webhooks IN ACCESS EXCLUSIVE MODE');
    const waits = async (count: number): Promise<true> => eventually(`${count} waiting`, async () => (await cc.pool.query("SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = 'payment_webhooks'::regclass")).rows[0].count === count || undefined) as Promise<true>;
    // As many batches as run at once.
    const begun = [grpc('order', update(first))];
    await waits(1);
    begun.push(grpc('order', update(second)));
    await waits(2);
    const over = Promise.withResolvers<number | undefined>();
    const open = call('order', update(third), { deadline: Date.now() + limitMs }, (error) => over.resolve(error?.code));
    // On one connection: what is answered after it says that it was heard.
    const heard = async (): Promise<void> => expect(await grpc('order', update('o', { amount: 'none' }))).toMatchObject({ status: 'INVALID_ARGUMENT' });
    await heard();
    end(open);
    await heard();
    expect([status.CANCELLED, status.DEADLINE_EXCEEDED]).toContain(await over.promise);
    // The server's own time for it began a little later.
    await wait(20);
    const after = grpc('order', update(last));
    await locked.query('ROLLBACK');
    locked.release();
    expect((await Promise.all([...begun, after])).map((told) => told.status)).toEqual(['OK', 'OK', 'OK']);
    expect([await types(first), await types(third), await types(last)]).toEqual([['PaymentProcessed'], [], ['PaymentProcessed']]);
  });

  test('whose deadline has passed has no effect', async () => {
    const orderId = await asked();
    expect(await grpc('order', update(orderId), { deadline: Date.now() - 1 })).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(await types(orderId)).toEqual([]);
  });

  test('that is cancelled is over for its caller, and told again it counts once', async () => {
    const orderId = await asked();
    const told = update(orderId);
    const code = await new Promise<number | undefined>((resolve) => call('order', told, {}, (error) => resolve(error?.code)).cancel());
    expect(code).toBe(status.CANCELLED);
    await grpc('order', told);
    expect(await types(orderId)).toEqual(['PaymentProcessed']);
  });

  test('with more than 64 KiB is refused', async () => {
    expect(await grpc('order', update('o', { reason: { code: 'x'.repeat(70_000) } }))).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
  });
});
