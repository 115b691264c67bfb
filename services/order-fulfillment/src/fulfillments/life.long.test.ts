/** What a client can do with a fulfillment after it was accepted, against the running service. No LMS answers here: see flow.test.ts. */
import { randomUUID } from 'node:crypto';
import { uuid7 } from '@commerce/events/uuid7';
import { noFaults } from '@commerce/service-kit/ports';
import { eventually } from '@commerce/service-kit/test-eventually';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { instant } from '../providers/instant.ts';
import { createProviders } from '../providers/provider.ts';
import { requestFor, startTestService } from '../test-service.ts';
import type { Answer, Call, TestService } from '../test-service.ts';
import { createIntake } from './intake.pg.ts';
import { MAX_LOOKED_AT } from './queries.pg.ts';
import { createStore } from './store.pg.ts';
import { subjectOf } from './subject.ts';
import { createTakeRequest } from './take-request.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ WAREHOUSE_PACKING_MS: '3600000' });
});
afterAll(() => service?.stop());

let keys = 0;
const REASON = { code: 'changed_mind', message: 'The customer called.' };
const post = (path: string, body?: unknown, given: Call = {}): Promise<Answer> => service.call(path, { method: 'POST', ...(body !== undefined && { body }), ...given });
const ask = (body: unknown, given: Call = {}): Promise<Answer> => service.request(body, `life-${(keys += 1)}`, given);
const read = async (id: string) => (await service.call(`/v1/fulfillments/${id}`)).body;
const cancel = (id: string, given: Call = {}) => post(`/v1/fulfillments/${id}/cancel`, { reason: REASON }, given);
const revoke = (id: string, lines?: string[]) => post(`/v1/fulfillments/${id}/revoke`, { reason: REASON, ...(lines && { lines }) });
const hold = (id: string) => post(`/v1/fulfillments/${id}/hold`, { reason: REASON });
const release = (id: string, body: unknown = {}) => post(`/v1/fulfillments/${id}/release`, body);
const statuses = (fulfillment: { lines: { status: string }[] }) => fulfillment.lines.map(({ status }) => status);
const told = async (orderId: string) => (await service.history(orderId)).filter(({ type }) => type !== 'FulfillmentCheckDue').map(({ type, sequence }) => [type, sequence]);
const ledgerOf = async (orderId: string) => (await service.pool.query('SELECT line_id AS line, effects, reversals FROM provider_ledger WHERE order_id = $1 ORDER BY line_id', [orderId])).rows;
const rowsOf = async (table: string, column: string, value: string) => Number((await service.pool.query(`SELECT count(*) AS n FROM ${table} WHERE ${column} = $1`, [value])).rows[0].n);
const begun = (id: string) => eventually('the warehouse has begun', async () => (await rowsOf('pick_requests', 'fulfillment_id', id)) > 0);
const later = (afterMs: number) => new Date(Date.now() + afterMs).toISOString();

describe('Cancelling', () => {
  test('withdraws what is open, takes back what was delivered, and tells of it once', async () => {
    const body = requestFor(['digital', 'physical']);
    const { fulfillmentId } = (await ask(body)).body;
    await begun(fulfillmentId);
    const answers = [await cancel(fulfillmentId), await cancel(fulfillmentId, { headers: { 'idempotency-key': 'any' } })];
    for (const { status, body: cancelled } of answers) {
      expect([status, cancelled.status, cancelled.reason, statuses(cancelled)]).toEqual([200, 'cancelled', REASON, ['revoked', 'cancelled']]);
    }
    expect(answers[0]?.text).toBe(answers[1]?.text);
    expect(await ledgerOf(body.orderId)).toEqual([{ line: '1', effects: 1, reversals: 1 }]);
    expect(await rowsOf('pick_requests', 'fulfillment_id', fulfillmentId)).toBe(0);
    expect(await told(body.orderId)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentLineSettled', 2], ['FulfillmentCancelled', 3]]);
    expect((await service.history(body.orderId)).at(-1)?.data).toMatchObject({ reason: REASON, lines: [{ status: 'revoked' }, { status: 'cancelled' }] });
    await eventually('nothing is left behind', async () => (await rowsOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))) + (await rowsOf('work', 'subject', subjectOf('commerce-coordinator', body.orderId))) === 0);
  });

  test('is refused when there is an outcome, for a foreign id, and without a reason that is one', async () => {
    const { fulfillmentId } = (await ask(requestFor(['digital']))).body;
    expect((await cancel(fulfillmentId)).body.code).toBe('already_settled');
    const answers = await Promise.all([cancel(fulfillmentId, { client: 'partner' }), cancel('0193a6a0-6000-7abc-9def-0123456789ab'), cancel('nonsense')]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array.from({ length: 3 }, () => [404, 'fulfillment_not_found']));
    for (const reason of [undefined, { code: 'Not A Code' }, { code: 'a', surprise: 1 }]) expect((await post(`/v1/fulfillments/${fulfillmentId}/cancel`, { reason })).status).toBe(400);
    expect((await cancel(fulfillmentId, { scopes: 'fulfillment:read' })).status).toBe(403);
  });

  test('of a line that nobody could be asked for yet needs no provider', async () => {
    const body = requestFor(['course']);
    const { fulfillmentId } = (await ask(body)).body;
    await eventually('the first run has ended', async () => (await rowsOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))) > 0);
    const answer = await cancel(fulfillmentId);
    const ended = answer.status === 200 ? answer.body : await eventually('the run that was under way ends', async () => {
      const now = await read(fulfillmentId);
      return now.status === 'cancelled' && now;
    });
    expect(statuses(ended)).toEqual(['cancelled']);
    expect(await told(body.orderId)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentCancelled', 2]]);
  });

  test('by many at once happens once', async () => {
    const body = requestFor(['physical']);
    const { fulfillmentId } = (await ask(body)).body;
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(fulfillmentId)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await told(body.orderId)).filter(([type]) => type === 'FulfillmentCancelled')).toHaveLength(1);
  });
});

describe('Revoking', () => {
  test('takes back the lines that are named, then the rest, and repeats nothing', async () => {
    const body = requestFor(['digital', 'digital', 'digital']);
    const { fulfillmentId } = (await ask(body)).body;
    const first = await revoke(fulfillmentId, ['2']);
    expect([first.status, first.body.status, statuses(first.body)]).toEqual([200, 'completed', ['fulfilled', 'revoked', 'fulfilled']]);
    const again = await revoke(fulfillmentId, ['2']);
    expect([again.status, again.text]).toEqual([200, first.text]);
    const all = await revoke(fulfillmentId);
    expect([all.body.status, all.body.version, statuses(all.body)]).toEqual(['revoked', 4, ['revoked', 'revoked', 'revoked']]);
    expect((await revoke(fulfillmentId)).body.version).toBe(4);
    expect((await ledgerOf(body.orderId)).map(({ effects, reversals }) => effects - reversals)).toEqual([0, 0, 0]);
    expect(await told(body.orderId)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentCompleted', 2], ['FulfillmentRevoked', 3], ['FulfillmentRevoked', 4]]);
  });

  test('is refused while it is open, for a line that is not there, and for one that was not delivered', async () => {
    const { fulfillmentId } = (await ask(requestFor(['digital', 'physical']))).body;
    expect((await revoke(fulfillmentId, ['1'])).body.code).toBe('not_settled');
    await cancel(fulfillmentId);
    expect((await revoke(fulfillmentId, ['1'])).status).toBe(200);
    expect((await revoke(fulfillmentId, ['1', '9'])).body).toMatchObject({ status: 422, code: 'unknown_line', errors: [{ path: '/body/lines/1' }] });
    expect((await revoke(fulfillmentId, ['2'])).body).toMatchObject({ status: 409, code: 'not_fulfilled', errors: [{ path: '/body/lines/0' }] });
    expect((await revoke(fulfillmentId, ['1', '1'])).status).toBe(400);
  });
});

describe('A fulfillment that waits', () => {
  const scheduled = (kinds: string[], given: object = {}) => requestFor(kinds, { startAt: later(3_600_000), ...given });

  test('for its time begins nothing, can be held and released, and waits for its time again', async () => {
    const body = scheduled(['digital']);
    const { status, body: accepted } = await ask(body);
    expect([status, accepted.status, accepted.startAt, statuses(accepted)]).toEqual([202, 'scheduled', body['startAt' as keyof typeof body], ['pending']]);
    await eventually('its timer is set', async () => (await rowsOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))) === 1);
    expect((await hold(accepted.fulfillmentId)).body).toMatchObject({ status: 'on_hold', reason: REASON, version: 2 });
    expect((await hold(accepted.fulfillmentId)).body.version).toBe(2);
    expect(await rowsOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))).toBe(0);
    const released = await release(accepted.fulfillmentId);
    expect([released.status, released.body.status, released.body.reason, released.body.version]).toEqual([200, 'scheduled', undefined, 2]);
    expect((await read(accepted.fulfillmentId)).status).toBe('scheduled');
    expect((await release(accepted.fulfillmentId)).body.code).toBe('not_on_hold');
    expect(await rowsOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))).toBe(1);
    expect(await ledgerOf(body.orderId)).toEqual([]);
    expect(await told(body.orderId)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentHeld', 2]]);
  });

  test('for its client goes on with the release when its time has come meanwhile', async () => {
    const body = requestFor(['digital', 'physical', 'course'], { startAt: later(300) });
    const { fulfillmentId, startAt } = (await ask(body)).body;
    expect((await hold(fulfillmentId)).status).toBe(200);
    await eventually('its time has come', async () => Date.now() > Date.parse(startAt));
    expect((await release(fulfillmentId)).body.status).toBe('accepted');
    await begun(fulfillmentId);
    expect((await hold(fulfillmentId)).body.code).toBe('already_begun');
    expect(await ledgerOf(body.orderId)).toEqual([{ line: '1', effects: 1, reversals: 0 }]);
    expect((await told(body.orderId)).slice(0, 3)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentHeld', 2], ['FulfillmentReleased', 3]]);
  });

  test('is released with no body, with an empty one, and with no other', async () => {
    const ids = await Promise.all([0, 1, 2].map(async () => (await ask(scheduled(['physical']))).body.fulfillmentId));
    for (const id of ids) await hold(id);
    expect((await service.call(`/v1/fulfillments/${ids[0]}/release`, { method: 'POST' })).status).toBe(200);
    expect((await release(ids[1], {})).status).toBe(200);
    expect((await release(ids[2], { force: true })).status).toBe(400);
  });

  test('begins when its time has come', async () => {
    const body = requestFor(['digital'], { startAt: later(400) });
    const { fulfillmentId } = (await ask(body)).body;
    const done = await eventually('it completes', async () => {
      const now = await read(fulfillmentId);
      return now.status === 'completed' && now;
    });
    expect(Date.parse(done.updatedAt)).toBeGreaterThanOrEqual(Date.parse(done.startAt));
    expect(await told(body.orderId)).toEqual([['FulfillmentAccepted', 1], ['FulfillmentReleased', 2], ['FulfillmentCompleted', 3]]);
    expect((await service.history(body.orderId))[1]?.data).toMatchObject({ from: 'scheduled' });
  });

  test('is cancelled without anything ever having begun', async () => {
    const body = scheduled(['digital', 'physical', 'course']);
    const { fulfillmentId } = (await ask(body)).body;
    const { status, body: cancelled } = await cancel(fulfillmentId);
    expect([status, cancelled.status, statuses(cancelled)]).toEqual([200, 'cancelled', ['cancelled', 'cancelled', 'cancelled']]);
    expect(await ledgerOf(body.orderId)).toEqual([]);
  });

  test('is overtaken by its deadline, held or scheduled', async () => {
    const bodies = [requestFor(['digital'], { startAt: later(600_000), notAfter: later(900_000) }), requestFor(['physical'], { startAt: later(300), notAfter: later(600) })];
    expect((await ask({ ...bodies[0], notAfter: later(500_000) })).body.code).toBe('start_after_deadline');
    const { fulfillmentId } = (await ask(bodies[1])).body;
    expect((await hold(fulfillmentId)).status).toBe(200);
    const ended = await eventually('it fails', async () => {
      const now = await read(fulfillmentId);
      return now.status === 'failed' && now;
    });
    expect(ended.reason).toEqual({ code: 'deadline_passed' });
    expect((await told(bodies[1]?.orderId ?? '')).map(([type]) => type)).toEqual(['FulfillmentAccepted', 'FulfillmentHeld', 'FulfillmentFailed']);
  });
});

describe('Open fulfillments of one order', () => {
  const oneMore = (body: ReturnType<typeof requestFor>, kind = 'physical', given: Call = {}) => ask({ ...body, lines: [{ lineId: '1', sku: 'SKU', quantity: 1, kind, repeat: true }] }, given);

  test('are twenty at most of each client; what has settled or is done at once does not count', async () => {
    const body = requestFor([]);
    const answers = await Promise.all(Array.from({ length: 22 }, () => oneMore(body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 20 }, () => 202), 409, 409]);
    expect((await oneMore(body)).body).toMatchObject({ status: 409, code: 'too_many_open_fulfillments', retryable: false });
    expect([(await oneMore(body, 'digital')).status, (await oneMore(body, 'physical', { client: 'partner' })).status]).toEqual([200, 202]);
    const [first, second] = answers.filter(({ status }) => status === 202).map((answer) => answer.body.fulfillmentId);
    await cancel(first);
    expect([(await oneMore(body)).status, (await oneMore(body)).status]).toEqual([202, 409]);
    // Delivered, which frees no line.
    await service.pool.query("UPDATE fulfillments SET status = 'completed', active = false, lines = jsonb_set(lines, '{0,status}', '\"fulfilled\"') WHERE fulfillment_id = $1", [second]);
    expect([(await oneMore(body)).status, (await oneMore(body)).body.code]).toEqual([202, 'too_many_open_fulfillments']);
  });

  test('of one client are loaded without those of another that names the same order', async () => {
    const body = requestFor(['physical']);
    await Promise.all([ask(body), ask(body, { client: 'partner' })]);
    const [mine, theirs] = [await service.history(body.orderId), await service.history(body.orderId, 'partner')];
    expect([mine, theirs].map((events) => events.map(({ type, data }) => [type, (data as { clientId: string }).clientId]))).toEqual([[['FulfillmentAccepted', 'commerce-coordinator']], [['FulfillmentAccepted', 'partner']]]);
    const loaded = await createStore(createProviders([instant])).load(service.pool as never, mine.map(({ subject }) => subject));
    expect([...loaded.values()].flat().map(({ clientId }) => clientId)).toEqual(['commerce-coordinator']);
  });
});

describe('The same line of the same order', () => {
  test('is refused under another key, unless it is asked for again on purpose', async () => {
    const body = requestFor(['digital', 'physical']);
    const first = await ask(body);
    const second = await ask(body);
    expect(second.body).toMatchObject({ status: 409, code: 'line_already_requested', retryable: false, errors: [{ path: '/body/lines/0/lineId' }, { path: '/body/lines/1/lineId' }] });
    expect(second.body.detail).toContain(first.body.fulfillmentId);
    const [one, two] = body.lines;
    expect((await ask({ ...body, lines: [{ ...one, repeat: true }, two] })).body).toMatchObject({ code: 'line_already_requested', errors: [{ path: '/body/lines/1/lineId' }] });
    const again = await ask({ ...body, lines: [{ ...one, repeat: true }] });
    expect(again.status).toBe(200);
    // The first one still has it, whatever becomes of the second.
    await revoke(again.body.fulfillmentId);
    expect((await ask({ ...body, lines: [one] })).body.code).toBe('line_already_requested');
    expect((await ask(body, { client: 'partner' })).status).toBe(202);
    expect((await ask({ ...body, lines: [{ ...one, lineId: '3' }] })).status).toBe(200);
  });

  test('may be asked for again once it was cancelled, revoked or has failed', async () => {
    const body = requestFor(['physical']);
    const first = await ask(body);
    await cancel(first.body.fulfillmentId);
    const second = await ask(body);
    expect(second.status).toBe(202);
    expect((await ask(body)).body.code).toBe('line_already_requested');
    await cancel(second.body.fulfillmentId);
    const late = await ask({ ...body, notAfter: later(300) });
    await eventually('it fails', async () => (await read(late.body.fulfillmentId)).status === 'failed');
    expect((await ask(body)).status).toBe(202);
  });

  test('asked for under many keys at once, by two processes, is taken once', async () => {
    const other = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl });
    try {
      for (let time = 0; time < 5; time += 1) {
        const body = requestFor(['digital', 'physical']);
        const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? service : other).request(body, `race-${time}-${index}`)));
        expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array.from({ length: 7 }, () => 409)]);
        expect(new Set(answers.filter(({ status }) => status === 409).map(({ body: { code } }) => code))).toEqual(new Set(['line_already_requested']));
        expect(await ledgerOf(body.orderId)).toEqual([{ line: '1', effects: 1, reversals: 0 }]);
      }
    } finally {
      await other.stop();
    }
  });

  test('stays held when a request that was kept, on purpose once more, is written a second time', async () => {
    const { keep, earlier } = createIntake(service.log, { maxWaiting: 10 });
    const take = createTakeRequest({
      log: service.log, intake: { earlier, keep: async (row) => (await keep(row), keep(row)) }, clients: { find: (clientId) => ({ clientId, providers: { default: 'instant', byKind: {}, bySku: {} } }) },
      providers: createProviders([instant]), uuid: () => uuid7(Date.now()), nowMs: Date.now, faults: noFaults,
    });
    const body = requestFor(['digital']);
    const again = { ...body, lines: body.lines.map((line) => ({ ...line, repeat: true as const })) };
    const { replayed } = await take({ clientId: 'commerce-coordinator', idempotencyKey: 'written twice', request: again, trigger: { correlationId: randomUUID(), causationId: null, metadata: {} } });
    expect([replayed, (await ask(body)).body.code]).toEqual([true, 'line_already_requested']);
  });

  test('is not held by a key that was used for something else, nor by what came to nothing', async () => {
    const [mine, theirs] = [requestFor(['digital']), requestFor(['digital'])];
    await service.request(mine, 'used');
    expect((await service.request(theirs, 'used')).body.code).toBe('idempotency_key_reused');
    expect((await ask(theirs)).status).toBe(200);
    // As after a death between two statements: a claim whose fulfillment never came into being.
    const orphaned = requestFor(['digital']);
    await service.pool.query(`INSERT INTO order_claims (client_id, order_id, claims) VALUES ('commerce-coordinator', $1, '{"0193a6a0-6000-7abc-9def-0123456789ab": {"lines": ["1"]}}')`, [orphaned.orderId]);
    expect((await ask(orphaned)).status).toBe(200);
  });
});

describe('Revoking by order', () => {
  const revokeOrder = (orderId: string, lines?: string[], given: Call = {}) => post(`/v1/orders/${encodeURIComponent(orderId)}/revoke`, { reason: REASON, ...(lines && { lines }) }, given);

  test('takes everything of the order back, as the state of each demands, and refuses what comes later', async () => {
    const body = requestFor(['digital', 'physical', 'digital', 'digital']);
    const [one, two, three, four] = body.lines;
    const done = await ask({ ...body, lines: [one] });
    const open = await ask({ ...body, lines: [two, three] });
    const foreign = await ask(body, { client: 'partner' });
    const answer = await revokeOrder(body.orderId);
    expect([answer.status, answer.body.orderId, answer.body.lines]).toEqual([200, body.orderId, null]);
    expect(answer.body.fulfillments.map((one: { status: string }) => one.status)).toEqual(['revoked', 'cancelled']);
    expect((await read(done.body.fulfillmentId)).status).toBe('revoked');
    expect((await read(open.body.fulfillmentId)).lines.map((line: { status: string }) => line.status)).toEqual(['cancelled', 'revoked']);
    expect((await service.call(`/v1/fulfillments/${foreign.body.fulfillmentId}`, { client: 'partner' })).body.status).not.toBe('cancelled');
    for (const lines of [[one], [four], [{ ...one, repeat: true }]]) expect((await ask({ ...body, lines })).body).toMatchObject({ status: 422, code: 'order_revoked', errors: [{ path: '/body/lines/0/lineId' }] });
    const again = await revokeOrder(body.orderId);
    expect([again.status, again.text]).toEqual([200, answer.text]);
    const net = (await service.pool.query("SELECT sum(effects - reversals)::int AS net FROM provider_ledger WHERE order_id = $1 AND client_id = 'commerce-coordinator'", [body.orderId])).rows[0].net;
    expect(net).toBe(0);
  });

  test('of some lines leaves the others alone', async () => {
    const body = requestFor(['digital', 'physical', 'physical']);
    const { fulfillmentId } = (await ask(body)).body;
    const answer = await revokeOrder(body.orderId, ['1', '2', 'unheard-of']);
    expect([answer.status, answer.body.lines]).toEqual([200, ['1', '2', 'unheard-of']]);
    expect(statuses(await read(fulfillmentId)).slice(0, 2)).toEqual(['revoked', 'cancelled']);
    expect((await read(fulfillmentId)).lines[2].status).toMatch(/pending|in_progress/);
    expect((await ask({ ...body, lines: [{ ...body.lines[0], lineId: 'unheard-of' }] })).body.code).toBe('order_revoked');
    expect((await ask({ ...body, lines: [{ ...body.lines[0], lineId: '4' }] })).status).toBe(200);
    // With the last line that was wanted, the whole is called off.
    expect((await revokeOrder(body.orderId, ['3'])).body.fulfillments.map((one: { status: string }) => one.status)).toEqual(['cancelled', 'completed']);
  });

  test('before the request has come refuses it, and replays the first answer to a key that was answered before', async () => {
    const body = requestFor(['digital'], { orderId: `an/order with? signs%-${Date.now()}` });
    expect((await revokeOrder(body.orderId)).body).toEqual({ orderId: body.orderId, lines: null, fulfillments: [] });
    expect((await ask(body)).body.code).toBe('order_revoked');
    expect((await ask(body, { client: 'partner' })).status).toBe(200);
    const known = requestFor(['digital']);
    const first = await service.request(known, 'known-before');
    await revokeOrder(known.orderId);
    const again = await service.request(known, 'known-before');
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });

  test('that races with the request, at two processes, leaves nothing delivered', async () => {
    const other = await startTestService({ ROLES: 'api', DATABASE_URL: service.databaseUrl });
    const ends = new Set<string>();
    try {
      for (let time = 0; time < 12; time += 1) {
        const body = requestFor(['digital', 'physical']);
        const asking = other.request(body, `revoked-${time}`);
        if (time % 3 > 0) await new Promise((resolve) => setTimeout(resolve, time % 5));
        const [asked, revoked] = await Promise.all([asking, revokeOrder(body.orderId)]);
        ends.add(asked.body.code ?? 'taken');
        expect(revoked.status).toBe(200);
        const { items } = (await post('/v1/fulfillments/lookup', { orderIds: [body.orderId] })).body;
        expect(items[0].fulfillments.map((one: { status: string }) => one.status)).toEqual(asked.status === 202 ? ['cancelled'] : []);
        expect((await ledgerOf(body.orderId)).every(({ effects, reversals }) => effects === reversals)).toBe(true);
        const sequences = (await told(body.orderId)).map(([, sequence]) => sequence);
        expect(sequences).toEqual(sequences.map((_one, index) => index + 1));
      }
    } finally {
      await other.stop();
    }
    expect([...ends].every((end) => end === 'taken' || end === 'order_revoked')).toBe(true);
  });
});

describe('A list of what few are', () => {
  test('looks through so many for one page, and goes on with the next', async () => {
    const given = { client: 'partner' };
    const body = requestFor(['physical']);
    const { fulfillmentId } = (await ask(body, given)).body;
    await cancel(fulfillmentId, given);
    const theirs = (await ask(requestFor(['digital']), given)).body.fulfillmentId;
    await service.pool.query(`INSERT INTO fulfillments SELECT (jsonb_populate_record(f, jsonb_build_object('fulfillment_id', gen.id, 'order_id', gen.id, 'idempotency_key', gen.id))).*
      FROM fulfillments f, (SELECT 'ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0') AS id FROM generate_series(1, $2) n) gen WHERE f.fulfillment_id = $1`, [theirs, MAX_LOOKED_AT]);
    for (const filter of ['status=cancelled', 'settledBefore=2020-01-01T00:00:00Z', 'acknowledged=true']) {
      const first = (await service.call(`/v1/fulfillments?${filter}`, given)).body;
      expect([first.items, typeof first.nextCursor]).toEqual([[], 'string']);
      const second = (await service.call(`/v1/fulfillments?${filter}&cursor=${encodeURIComponent(first.nextCursor)}`, given)).body;
      expect([second.items.map((item: { fulfillmentId: string }) => item.fulfillmentId).includes(fulfillmentId), second.nextCursor]).toEqual([filter === 'status=cancelled', null]);
    }
    expect((await service.call('/v1/fulfillments?limit=2', given)).body.items).toHaveLength(2);
    expect((await service.call(`/v1/fulfillments?status=cancelled&orderId=${body.orderId}`, given)).body).toMatchObject({ items: [{ fulfillmentId }], nextCursor: null });
    await service.pool.query("DELETE FROM fulfillments WHERE fulfillment_id >= 'ffffffff-0000-7000-8000-000000000000'");
  });
});

describe('A client that compares', () => {
  const lookup = (orderIds: string[], given: Call = {}) => post('/v1/fulfillments/lookup', { orderIds }, given);
  const acknowledge = (items: object[], given: Call = {}) => post('/v1/acknowledgements', { items }, given);
  const unacknowledged = async (query = '', given: Call = {}) => (await service.call(`/v1/fulfillments?acknowledged=false&limit=200${query}`, given)).body;

  test('looks orders up, in the order of its question, and sees only its own', async () => {
    const [one, two] = [requestFor(['digital']), requestFor(['physical'])];
    const ids = [(await ask(one)).body.fulfillmentId, (await ask(two)).body.fulfillmentId];
    await ask(two, { client: 'partner' });
    const { status, body } = await lookup([two.orderId, 'unknown', one.orderId, two.orderId]);
    expect(status).toBe(200);
    expect(body.items.map((item: any) => [item.orderId, item.fulfillments.map((each: any) => each.fulfillmentId)])).toEqual([[two.orderId, [ids[1]]], ['unknown', []], [one.orderId, [ids[0]]], [two.orderId, [ids[1]]]]);
    for (const orderIds of [[], Array.from({ length: 501 }, String), ['']]) expect((await lookup(orderIds)).status).toBe(400);
    expect((await lookup([one.orderId], { scopes: 'fulfillment:write' })).status).toBe(403);
  });

  test('says what it knows, and is shown what it does not', async () => {
    const given = { client: 'partner' };
    const before = (await unacknowledged('', given)).items.length;
    const bodies = [requestFor(['digital']), requestFor(['digital']), requestFor(['physical'])];
    const made: any[] = [];
    for (const body of bodies) made.push((await ask(body, given)).body);
    const [first, second, third] = made;
    const listed = (await unacknowledged('', given)).items.slice(before).map(({ fulfillmentId }: any) => fulfillmentId);
    expect(listed).toEqual([first.fulfillmentId, second.fulfillmentId]);

    const answer = await acknowledge([
      { fulfillmentId: first.fulfillmentId, version: 2 }, { fulfillmentId: second.fulfillmentId, version: 3 }, { fulfillmentId: first.fulfillmentId, version: 1 },
      { fulfillmentId: '0193a6a0-6000-7abc-9def-0123456789ab', version: 1 }, { fulfillmentId: third.fulfillmentId.toUpperCase(), version: 1 },
    ], given);
    expect([answer.status, answer.body.results.map(({ result }: any) => result)]).toEqual([200, ['acknowledged', 'ahead', 'acknowledged', 'unknown', 'acknowledged']]);
    expect((await service.call(`/v1/fulfillments/${first.fulfillmentId}`, given)).body.acknowledgedVersion).toBe(2);
    expect((await unacknowledged('', given)).items.slice(before).map(({ fulfillmentId }: any) => fulfillmentId)).toEqual([second.fulfillmentId]);
    expect((await acknowledge([{ fulfillmentId: first.fulfillmentId, version: 2 }])).body.results[0].result).toBe('unknown');

    // A change makes it news again.
    await post(`/v1/fulfillments/${first.fulfillmentId}/revoke`, { reason: REASON }, given);
    expect((await unacknowledged('', given)).items.slice(before).map(({ fulfillmentId, version }: any) => [fulfillmentId, version])).toEqual([[first.fulfillmentId, 3], [second.fulfillmentId, 2]]);
    await acknowledge([{ fulfillmentId: first.fulfillmentId, version: 2 }], given);
    expect((await unacknowledged('', given)).items.slice(before)).toHaveLength(2);
    expect((await service.call('/v1/fulfillments?acknowledged=true', given)).body.items).toEqual([]);
    await acknowledge([{ fulfillmentId: first.fulfillmentId, version: 3 }], given);
    await acknowledge([{ fulfillmentId: first.fulfillmentId, version: 2 }], given);
    expect((await service.call('/v1/fulfillments?acknowledged=true', given)).body.items).toMatchObject([{ fulfillmentId: first.fulfillmentId, acknowledgedVersion: 3 }]);
  });

  test('pages through what it does not know, oldest first, up to a time', async () => {
    const given = { client: 'picky' };
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await ask(requestFor(['digital']), given)).body.fulfillmentId);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: Answer = await service.call(`/v1/fulfillments?acknowledged=false&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`, given);
      seen.push(...body.items.map(({ fulfillmentId }: { fulfillmentId: string }) => fulfillmentId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
    expect((await unacknowledged(`&settledBefore=${later(-60_000)}`, given)).items).toEqual([]);
    expect((await unacknowledged(`&settledBefore=${later(60_000)}`, given)).items).toHaveLength(5);
    expect((await service.call(`/v1/fulfillments?settledBefore=${later(60_000)}&status=completed`, given)).body.items).toHaveLength(5);
    for (const query of ['acknowledged=maybe', 'settledBefore=yesterday']) expect((await service.call(`/v1/fulfillments?${query}`)).status).toBe(400);
  });
});
