import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@commerce/service-kit/test-eventually';
import { freePort } from '@commerce/service-kit/test-process';
import { signedCallback, startTestLms } from '../test-lms.ts';
import type { LmsEffect, TestLms } from '../test-lms.ts';
import { requestFor, startTestService } from '../test-service.ts';
import type { TestService } from '../test-service.ts';
import { subjectOf } from './subject.ts';

let lms: TestLms;
let service: TestService;

beforeAll(async () => {
  lms = await startTestLms();
  const port = await freePort();
  service = await startTestService({ LMS_URL: lms.url, LMS_MAX_CHECK_MS: '400', OF_PORT: String(port), OF_URL: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await service?.stop();
  await lms?.stop();
});
beforeEach(() => lms.misbehave({}));

const settled = (fulfillmentId: string) =>
  eventually(`fulfillment ${fulfillmentId} settles`, async () => {
    const { body } = await service.call(`/v1/fulfillments/${fulfillmentId}`);
    return ['completed', 'partial', 'failed'].includes(body.status) && body;
  });

const typesOf = async (orderId: string): Promise<string[]> => (await service.history(orderId)).map(({ type }) => type);

async function effectsOf(orderId: string): Promise<LmsEffect[]> {
  const { rows } = await service.pool.query('SELECT line_id AS "lineId", quantity, effects, reversals FROM provider_ledger WHERE order_id = $1', [orderId]);
  return [...rows, ...(await lms.effects(orderId))].toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1));
}

describe('A fulfillment', () => {
  test('of one line per provider is completed, every line carried out once, and told of in order', async () => {
    const body = requestFor(['digital', 'physical', 'course']);
    const first = await service.request(body, 'mixed');
    expect(first.status).toBe(202);
    const done = await settled(first.body.fulfillmentId);
    expect(done.status).toBe('completed');
    expect(done.lines[1].tracking).toMatchObject({ carrier: 'Northwind Post' });
    expect(await effectsOf(body.orderId)).toEqual([1, 2, 3].map((number) => ({ lineId: String(number), quantity: number, effects: 1, reversals: 0 })));
    // On a slow machine the LMS is asked before it calls back: that is told to nobody.
    const history = (await service.history(body.orderId)).filter(({ type }) => type !== 'FulfillmentCheckDue');
    expect(history.map(({ type }) => type)).toEqual([
      'FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentLineSettled', 'FulfillmentLineSettled', 'FulfillmentCompleted',
    ]);
    expect(history.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(done.version).toBe(5);
    expect(new Set(history.map(({ correlationId }) => correlationId)).size).toBe(1);
    await eventually('all is published', async () => service.published.filter(({ subject }) => subject === subjectOf('commerce-coordinator', body.orderId)).length === 5);
    const replayed = await service.request(body, 'mixed');
    expect(replayed.text).toBe(first.text);
  });

  test('whose callbacks are lost is asked for until it is settled', async () => {
    await lms.misbehave({ loseCallback: 1, activationDelayMs: [300, 300] });
    const body = requestFor(['course', 'course']);
    const done = await settled((await service.request(body, 'lost-callbacks')).body.fulfillmentId);
    expect(done.status).toBe('completed');
    expect(await typesOf(body.orderId)).toContain('FulfillmentCheckDue');
    expect((await lms.effects(body.orderId)).map(({ effects }) => effects)).toEqual([1, 1]);
    expect(service.published.some(({ type }) => type === 'FulfillmentCheckDue')).toBe(false);
  });

  test('whose LMS throttles, fails and loses answers after the effect is still carried out once', async () => {
    await lms.misbehave({ seed: 3, tooManyRequests: 0.05, serverError: 0.1, loseAnswer: 0.6, loseCallback: 0.5, activationDelayMs: [0, 50] });
    const bodies = Array.from({ length: 4 }, () => requestFor(['course', 'course']));
    const answers = await Promise.all(bodies.map((body) => service.request(body, `faulty-${body.orderId}`)));
    const done = await Promise.all(answers.map(({ body }) => settled(body.fulfillmentId)));
    expect(done.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'completed'));
    const effects = await Promise.all(bodies.map((body) => lms.effects(body.orderId)));
    expect(effects.flat().map((line) => line.effects)).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test('whose LMS is away leaves nothing but a timer between two questions, and is completed when it is back', async () => {
    await lms.misbehave({ serverError: 1 });
    const body = requestFor(['course']);
    const { fulfillmentId } = (await service.request(body, 'away')).body;
    await eventually('it is asked for the third time', async () => (await typesOf(body.orderId)).filter((type) => type === 'FulfillmentCheckDue').length >= 2);
    await eventually('a timer stands for the next question, and no work', async () => {
      const { rows } = await service.pool.query("SELECT (SELECT count(*) FROM timers WHERE subject = $1 AND name = 'check_due')::int AS timers, (SELECT count(*) FROM work WHERE subject = $1)::int AS work", [subjectOf('commerce-coordinator', body.orderId)]);
      return rows[0].timers === 1 && rows[0].work === 0;
    });
    await lms.misbehave({});
    expect((await settled(fulfillmentId)).status).toBe('completed');
    expect((await lms.effects(body.orderId)).map(({ effects }) => effects)).toEqual([1]);
  });

  test('of which the LMS refuses one line is partial, with the reason', async () => {
    await lms.misbehave({ unknownCourses: ['SKU-2'] });
    const body = requestFor(['digital', 'course', 'physical']);
    const done = await settled((await service.request(body, 'partial')).body.fulfillmentId);
    expect(done.status).toBe('partial');
    expect(done.lines[1]).toMatchObject({ status: 'failed', reason: { code: 'enrolment_refused', message: "No course 'SKU-2' found for enrollment" } });
    const ending = (await service.history(body.orderId)).at(-1);
    expect(ending).toMatchObject({ type: 'FulfillmentCompleted', data: { status: 'partial' } });
  });

  test('of which the LMS refuses every line has failed, with the reason of the lines', async () => {
    await lms.misbehave({ unknownCourses: ['SKU-1', 'SKU-2'] });
    const body = requestFor(['course', 'course']);
    const done = await settled((await service.request(body, 'failed')).body.fulfillmentId);
    expect(done).toMatchObject({ status: 'failed', reason: { code: 'enrolment_refused' }, version: 2 });
    expect(await typesOf(body.orderId)).toEqual(['FulfillmentAccepted', 'FulfillmentFailed']);
    expect(await lms.effects(body.orderId)).toEqual([]);
  });

  test('of another client for the same order goes its own way', async () => {
    const body = requestFor(['physical', 'course']);
    const [mine, theirs] = await Promise.all([service.request(body, 'shared'), service.request(body, 'shared', { client: 'partner' })]);
    expect(theirs.body.fulfillmentId).not.toBe(mine.body.fulfillmentId);
    await settled(mine.body.fulfillmentId);
    await eventually('the other one settles too', async () => (await service.call(`/v1/fulfillments/${theirs.body.fulfillmentId}`, { client: 'partner' })).body.status === 'completed');
    for (const { fulfillmentId, clientId } of [mine.body, theirs.body]) {
      const own = (await service.history(body.orderId, clientId)).filter(({ type }) => type !== 'FulfillmentCheckDue');
      expect(own.every(({ data }) => (data as { fulfillmentId: string }).fulfillmentId === fulfillmentId)).toBe(true);
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_event, index) => index + 1));
      expect(own.filter(({ type }) => type === 'FulfillmentCompleted')).toHaveLength(1);
    }
  });
});

describe('A client that has changed its mind', () => {
  const REASON = { code: 'changed_mind' };
  const wish = (path: string, body: object = {}) => service.call(`/v1/${path}`, { method: 'POST', body: { reason: REASON, ...body } });
  const cancel = (id: string) => wish(`fulfillments/${id}/cancel`);
  const revoke = (id: string, body: object = {}) => wish(`fulfillments/${id}/revoke`, body);
  const read = async (id: string) => (await service.call(`/v1/fulfillments/${id}`)).body;
  const statusesOf = ({ lines }: { lines: { status: string }[] }) => lines.map(({ status }) => status);
  const reached = (id: string, ...statuses: string[]) =>
    eventually(`${id} is ${statuses.join(' or ')}`, async () => {
      const now = await read(id);
      return statuses.includes(now.status) && !statusesOf(now).includes('revoking') && now;
    });
  const net = async (orderId: string) => (await effectsOf(orderId)).map(({ effects, reversals }) => effects - reversals);
  const told = async (orderId: string) => (await typesOf(orderId)).filter((type) => type !== 'FulfillmentCheckDue');
  const begun = (id: string) => eventually('the LMS works on it', async () => statusesOf(await read(id)).includes('in_progress'));

  test('while the LMS works on it gets everything taken back, and is never told of a completion', async () => {
    await lms.misbehave({ activationDelayMs: [60_000, 60_000] });
    const body = requestFor(['course', 'digital', 'course']);
    const { fulfillmentId } = (await service.request(body, 'cancel-open')).body;
    await begun(fulfillmentId);
    const answer = await cancel(fulfillmentId);
    expect([answer.status, answer.body.status, statusesOf(answer.body)]).toEqual([202, 'cancelling', ['revoking', 'revoked', 'revoking']]);
    expect(statusesOf(await reached(fulfillmentId, 'cancelled'))).toEqual(['cancelled', 'revoked', 'cancelled']);
    expect((await cancel(fulfillmentId)).status).toBe(200);
    expect(await effectsOf(body.orderId)).toEqual([1, 2, 3].map((number) => ({ lineId: String(number), quantity: number, effects: 1, reversals: 1 })));
    expect(await told(body.orderId)).toEqual(['FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentCancelled']);
    await eventually('nothing is left behind', async () => (await service.pool.query('SELECT 1 FROM timers WHERE subject = $1 UNION ALL SELECT 1 FROM work WHERE subject = $1', [subjectOf('commerce-coordinator', body.orderId)])).rowCount === 0);
  });

  test('just when it was accepted ends with nothing delivered, whoever was first', async () => {
    await lms.misbehave({ latencyMs: [0, 30], activationDelayMs: [0, 30] });
    const bodies = Array.from({ length: 12 }, () => requestFor(['course', 'digital']));
    const ends = await Promise.all(bodies.map(async (body, index) => {
      const { fulfillmentId } = (await service.request(body, `at-once-${index}`)).body;
      await new Promise((resolve) => setTimeout(resolve, index * 7));
      const answer = await cancel(fulfillmentId);
      if (answer.status !== 409) return (await reached(fulfillmentId, 'cancelled')).status;
      expect(answer.body.code).toBe('already_settled');
      await revoke(fulfillmentId);
      return (await reached(fulfillmentId, 'revoked')).status;
    }));
    expect(ends.every((end) => end === 'cancelled' || end === 'revoked')).toBe(true);
    for (const [index, { orderId }] of bodies.entries()) {
      expect((await net(orderId)).every((left) => left === 0)).toBe(true);
      if (ends[index] === 'cancelled') expect(await told(orderId)).not.toContain('FulfillmentCompleted');
      const sequences = (await service.history(orderId)).flatMap(({ sequence }) => sequence ?? []);
      expect(sequences).toEqual(sequences.map((_one, place) => place + 1));
    }
  });

  test('after the completion gets exactly the line that it names taken back, though the LMS fails and loses answers', async () => {
    await lms.misbehave({ activationDelayMs: [0, 0] });
    const body = requestFor(['course', 'course', 'digital']);
    const { fulfillmentId } = (await service.request(body, 'revoke')).body;
    await settled(fulfillmentId);
    await lms.misbehave({ seed: 5, serverError: 0.1, loseAnswer: 0.5 });
    const answer = await revoke(fulfillmentId, { lines: ['2'] });
    expect([answer.status, statusesOf(answer.body)]).toEqual([202, ['fulfilled', 'revoking', 'fulfilled']]);
    expect(statusesOf(await reached(fulfillmentId, 'completed'))).toEqual(['fulfilled', 'revoked', 'fulfilled']);
    expect(await net(body.orderId)).toEqual([1, 0, 1]);
    await revoke(fulfillmentId);
    expect(statusesOf(await reached(fulfillmentId, 'revoked'))).toEqual(['revoked', 'revoked', 'revoked']);
    expect(await effectsOf(body.orderId)).toMatchObject(Array.from({ length: 3 }, () => ({ effects: 1, reversals: 1 })));
    expect((await told(body.orderId)).slice(-2)).toEqual(['FulfillmentRevoked', 'FulfillmentRevoked']);
  });

  test('learns when the LMS does not let a learner go', async () => {
    await lms.misbehave({ activationDelayMs: [0, 0], lockedCourses: ['SKU-1'] });
    const body = requestFor(['course', 'course']);
    const { fulfillmentId } = (await service.request(body, 'locked')).body;
    await settled(fulfillmentId);
    await revoke(fulfillmentId);
    const ended = await reached(fulfillmentId, 'completed');
    expect(ended.lines).toMatchObject([{ status: 'fulfilled', reason: { code: 'revoke_refused', message: expect.stringContaining('unenrolment_refused') } }, { status: 'revoked' }]);
    expect(await net(body.orderId)).toEqual([1, 0]);
    expect((await service.history(body.orderId)).at(-1)).toMatchObject({ type: 'FulfillmentRevoked', data: { lines: [{ status: 'fulfilled' }, { status: 'revoked' }] } });
  });

  test('is not bothered when the LMS tells of a delivery later: it is taken back by itself', async () => {
    await lms.misbehave({ activationDelayMs: [60_000, 60_000] });
    const body = requestFor(['course']);
    const { fulfillmentId } = (await service.request(body, 'late')).body;
    await begun(fulfillmentId);
    await cancel(fulfillmentId);
    const { version } = await reached(fulfillmentId, 'cancelled');
    const answer = await service.call('/v1/callbacks/lms', { method: 'POST', client: null, ...signedCallback(`${fulfillmentId}:1`, body.orderId) });
    expect(answer.status).toBe(204);
    await eventually('the LMS is asked to end it', async () => (await typesOf(body.orderId)).filter((type) => type === 'FulfillmentCheckDue').length === 2);
    expect(await reached(fulfillmentId, 'cancelled')).toMatchObject({ version, lines: [{ status: 'cancelled' }] });
    expect((await told(body.orderId)).at(-1)).toBe('FulfillmentCancelled');
  });

  test('nor when the line had failed for good: that is told once, and it has failed still', async () => {
    await lms.misbehave({ unknownCourses: ['SKU-1'] });
    const body = requestFor(['course']);
    const { fulfillmentId } = (await service.request(body, 'late-after-failure')).body;
    expect((await settled(fulfillmentId)).status).toBe('failed');
    await lms.misbehave({});
    for (let time = 0; time < 2; time += 1) {
      const answer = await service.call('/v1/callbacks/lms', { method: 'POST', client: null, ...signedCallback(`${fulfillmentId}:1`, body.orderId) });
      expect(answer.status).toBe(204);
      await eventually('it is taken back', async () => (await service.call(`/v1/fulfillments/${fulfillmentId}`)).body.lines[0].reason.code === 'late_delivery_taken_back');
    }
    expect(await reached(fulfillmentId, 'failed')).toMatchObject({ version: 3, reason: { code: 'enrolment_refused' }, lines: [{ status: 'failed' }] });
    expect(await told(body.orderId)).toEqual(['FulfillmentAccepted', 'FulfillmentFailed', 'FulfillmentRevoked']);
    // The end of the enrolment came to the LMS: under this reference nothing can begin any more.
    expect((await lms.effects(body.orderId)).reduce((sum, { effects, reversals }) => sum + effects - reversals, 0)).toBe(0);
  });

  test('while the LMS is away gets its answer when it is back', async () => {
    await lms.misbehave({ activationDelayMs: [60_000, 60_000] });
    const body = requestFor(['course']);
    const { fulfillmentId } = (await service.request(body, 'cancel-away')).body;
    await begun(fulfillmentId);
    await lms.misbehave({ serverError: 1 });
    expect((await wish(`orders/${body.orderId}/revoke`)).status).toBe(202);
    await eventually('it is asked again', async () => (await typesOf(body.orderId)).filter((type) => type === 'FulfillmentCheckDue').length >= 3);
    expect((await read(fulfillmentId)).status).toBe('cancelling');
    await lms.misbehave({});
    await reached(fulfillmentId, 'cancelled');
    expect(await net(body.orderId)).toEqual([0]);
  });
});

describe('A deadline that passes', () => {
  let slow: TestService;
  beforeAll(async () => {
    // The LMS cannot be reached, and the warehouse needs longer than anybody waits.
    slow = await startTestService({ WAREHOUSE_PACKING_MS: '3600000' });
  });
  afterAll(() => slow?.stop());

  test('fails what was not done, withdraws the pick request, and leaves nothing behind that would still be done', async () => {
    const body = requestFor(['digital', 'physical', 'course'], { notAfter: new Date(Date.now() + 1_500).toISOString() });
    const { fulfillmentId } = (await slow.request(body, 'deadline')).body;
    const countOf = async (table: string, column: string, value: string): Promise<number> =>
      Number((await slow.pool.query(`SELECT count(*) AS n FROM ${table} WHERE ${column} = $1`, [value])).rows[0].n);
    await eventually('the warehouse has the pick request', async () => (await countOf('pick_requests', 'fulfillment_id', fulfillmentId)) === 1);
    const ended = await eventually('it ends', async () => {
      const { body: now } = await slow.call(`/v1/fulfillments/${fulfillmentId}`);
      return now.status === 'partial' && now;
    });
    expect(ended.lines.map(({ status, reason }: { status: string; reason?: { code: string } }) => [status, reason?.code])).toEqual([['fulfilled', undefined], ['failed', 'deadline_passed'], ['failed', 'deadline_passed']]);
    expect(await countOf('pick_requests', 'fulfillment_id', fulfillmentId)).toBe(0);
    await eventually('no timer and no work is left', async () => (await countOf('timers', 'subject', subjectOf('commerce-coordinator', body.orderId))) + (await countOf('work', 'subject', subjectOf('commerce-coordinator', body.orderId))) === 0);
    expect((await slow.history(body.orderId)).at(-1)).toMatchObject({ type: 'FulfillmentCompleted', data: { status: 'partial' } });
  });

  test('that is centuries away is kept like any other', async () => {
    const body = requestFor(['physical'], { notAfter: '9999-12-31T23:59:59Z' });
    await slow.request(body, 'far');
    await eventually('its timer is set', async () => (await slow.pool.query("SELECT 1 FROM timers WHERE subject = $1 AND name = 'deadline' AND due_at > '9999-12-30'", [subjectOf('commerce-coordinator', body.orderId)])).rowCount === 1);
  });
});
