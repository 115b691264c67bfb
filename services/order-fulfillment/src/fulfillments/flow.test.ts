import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort, startTestLms } from '../test-lms.ts';
import type { TestLms } from '../test-lms.ts';
import { eventually, requestFor, startTestService } from '../test-service.ts';
import type { TestService } from '../test-service.ts';

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

const typesOf = async (orderId: string): Promise<string[]> => (await service.log.history(orderId)).map(({ type }) => type);

async function effectsOf(orderId: string): Promise<{ lineId: string; quantity: number; effects: number }[]> {
  const { rows } = await service.pool.query('SELECT line_id AS "lineId", quantity, effects FROM provider_ledger WHERE order_id = $1', [orderId]);
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
    expect(await effectsOf(body.orderId)).toEqual([1, 2, 3].map((number) => ({ lineId: String(number), quantity: number, effects: 1 })));
    const history = await service.log.history(body.orderId);
    expect(history.map(({ type }) => type)).toEqual([
      'FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentLineSettled', 'FulfillmentLineSettled', 'FulfillmentCompleted',
    ]);
    expect(history.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(done.version).toBe(5);
    expect(new Set(history.map(({ correlationId }) => correlationId)).size).toBe(1);
    await eventually('all is published', async () => service.published.filter(({ subject }) => subject === body.orderId).length === 5);
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
      const { rows } = await service.pool.query("SELECT (SELECT count(*) FROM timers WHERE subject = $1 AND name = 'check_due')::int AS timers, (SELECT count(*) FROM work WHERE subject = $1)::int AS work", [body.orderId]);
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
    const ending = (await service.log.history(body.orderId)).at(-1);
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

  test('of another client for the same order goes its own way, with events of the same subject', async () => {
    const body = requestFor(['physical', 'course']);
    const [mine, theirs] = await Promise.all([service.request(body, 'shared'), service.request(body, 'shared', { client: 'partner' })]);
    expect(theirs.body.fulfillmentId).not.toBe(mine.body.fulfillmentId);
    await settled(mine.body.fulfillmentId);
    await eventually('the other one settles too', async () => (await service.call(`/v1/fulfillments/${theirs.body.fulfillmentId}`, { client: 'partner' })).body.status === 'completed');
    const history = await service.log.history(body.orderId);
    for (const { fulfillmentId } of [mine.body, theirs.body]) {
      const own = history.filter(({ type, data }) => (data as { fulfillmentId: string }).fulfillmentId === fulfillmentId && type !== 'FulfillmentCheckDue');
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_event, index) => index + 1));
      expect(own.filter(({ type }) => type === 'FulfillmentCompleted')).toHaveLength(1);
    }
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
    await eventually('no timer and no work is left', async () => (await countOf('timers', 'subject', body.orderId)) + (await countOf('work', 'subject', body.orderId)) === 0);
    expect((await slow.log.history(body.orderId)).at(-1)).toMatchObject({ type: 'FulfillmentCompleted', data: { status: 'partial' } });
  });

  test('that is centuries away is kept like any other', async () => {
    const body = requestFor(['physical'], { notAfter: '9999-12-31T23:59:59Z' });
    await slow.request(body, 'far');
    await eventually('its timer is set', async () => (await slow.pool.query("SELECT 1 FROM timers WHERE subject = $1 AND name = 'deadline' AND due_at > '9999-12-30'", [body.orderId])).rowCount === 1);
  });
});
