import { createHmac, randomUUID } from 'node:crypto';
import { webhookKey } from '@commerce/service-kit/webhook-signature';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TEST_LMS, requestFor, startTestService } from '../test-service.ts';
import type { Answer, TestService } from '../test-service.ts';

const BEFORE = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ ROLES: 'api', LMS_CALLBACK_SECRET_BEFORE: BEFORE });
});
afterAll(() => service?.stop());

function callback(text: string, { secret = TEST_LMS.secret, atS = Math.floor(Date.now() / 1_000), headers = {} as Record<string, string> } = {}): Promise<Answer> {
  const id = `enr_${randomUUID()}`;
  const signature = createHmac('sha256', webhookKey(secret)).update(`${id}.${atS}.${text}`).digest('base64');
  return service.call('/v1/callbacks/lms', {
    method: 'POST', text, client: null, headers: { 'webhook-id': id, 'webhook-timestamp': String(atS), 'webhook-signature': `v1,${signature}`, ...headers },
  });
}

const activated = (fulfillmentId: string, orderId: string, lineId: string): string =>
  JSON.stringify({ type: 'enrollment.activated', timestamp: new Date().toISOString(), data: { reference: `${fulfillmentId}:${lineId}`, order_id: orderId, line_id: lineId, quantity: 1, is_active: true } });

async function accepted(kinds: string[]) {
  const body = requestFor(kinds);
  const { fulfillmentId } = (await service.request(body, randomUUID(), { headers: { 'x-correlation-id': '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d' } })).body;
  return { fulfillmentId, orderId: body.orderId, read: async () => (await service.call(`/v1/fulfillments/${fulfillmentId}`)).body };
}

describe('A callback of the LMS', () => {
  test('settles its line, though nobody has asked for it yet, and belongs to the flow of its fulfillment', async () => {
    const { fulfillmentId, orderId, read } = await accepted(['course', 'course']);
    expect((await callback(activated(fulfillmentId, orderId, '1'))).status).toBe(204);
    expect(await read()).toMatchObject({ status: 'in_progress', version: 2, lines: [{ status: 'fulfilled' }, { status: 'pending' }] });
    expect((await callback(activated(fulfillmentId, orderId, '2'), { secret: BEFORE })).status).toBe(204);
    expect((await read()).status).toBe('completed');
    const history = await service.history(orderId);
    expect(history.map(({ type }) => type)).toEqual(['FulfillmentAccepted', 'FulfillmentLineSettled', 'FulfillmentLineSettled', 'FulfillmentCompleted']);
    expect(new Set(history.map(({ correlationId }) => correlationId))).toEqual(new Set(['0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d']));
    expect(history.slice(1).every(({ causationId }) => causationId === history[0]?.eventId)).toBe(true);
  });

  test('that comes again, or for what is not known, is taken, changes nothing and is recorded', async () => {
    const { fulfillmentId, orderId, read } = await accepted(['course', 'course']);
    for (let time = 0; time < 3; time += 1) expect((await callback(activated(fulfillmentId, orderId, '1'))).status).toBe(204);
    expect((await read()).version).toBe(2);
    expect((await callback(activated(randomUUID(), orderId, '1'))).status).toBe(204);
    expect((await service.ignored(orderId)).map(({ rule }) => rule)).toEqual(['no_open_line', 'no_open_line']);
    expect((await service.ignored(orderId, '')).map(({ rule }) => rule)).toEqual(['no_such_fulfillment']);
  });

  test('for many lines at once settles each of them', async () => {
    const { fulfillmentId, orderId, read } = await accepted(Array.from({ length: 20 }, () => 'course'));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => callback(activated(fulfillmentId, orderId, String(index + 1)))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 204));
    expect((await read()).status).toBe('completed');
    expect((await service.history(orderId)).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
  });

  test.each<[string, Parameters<typeof callback>[1]]>([
    ['with another secret', { secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }],
    ['from six minutes ago', { atS: Math.floor(Date.now() / 1_000) - 360 }],
    ['without a signature', { headers: { 'webhook-signature': '' } }],
  ])('%s is refused and changes nothing', async (_name, given) => {
    const { fulfillmentId, orderId, read } = await accepted(['course']);
    const answer = await callback(activated(fulfillmentId, orderId, '1'), given);
    expect([answer.status, answer.body.code]).toEqual([401, 'callback_signature_invalid']);
    expect((await read()).status).toBe('accepted');
  });

  test('that is signed but makes no sense is refused; one of another type is none of our business', async () => {
    expect((await callback('{"type":"enrollment.activated","data":{}}')).status).toBe(400);
    expect((await callback('not json')).status).toBe(400);
    expect((await callback('{"type":"course.renamed"}')).status).toBe(204);
  });

  test('cannot settle a line of another provider', async () => {
    const { fulfillmentId, orderId, read } = await accepted(['physical', 'course']);
    expect((await callback(activated(fulfillmentId, orderId, '1'))).status).toBe(204);
    expect((await read()).lines[0].status).toBe('pending');
    expect((await service.ignored(orderId)).map(({ rule }) => rule)).toEqual(['no_line_of_provider']);
  });
});
