/** Promises of taking a request on, and of telling the truth about what became of it. */
import { NotJudged, must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import type { Answer } from '../exchange.http.ts';
import { HOUR_MS, fulfillmentSchema, said, shown } from './bench.ts';
import type { OfBench } from './bench.ts';
import { shapeOf } from './book.ts';
import type { LineShape } from './book.ts';

const LOOK_MS = 200;
/** So much a service's clock may be ahead of ours. */
const CLOCKS_APART_MS = 500;

const OUTCOMES: readonly Promised<OfBench>[] = [
  {
    id: 'request.accepted',
    sentence: 'A request is answered with 202, or 200 when all is done, with its fulfillment and where to read it.',
    async check(of) {
      const body = of.order(['instant', 'later']);
      const answer = await of.ask(body);
      const taken = of.fulfillment(answer, [200, 202]);
      must(answer.headers.get('location')?.endsWith(`/v1/fulfillments/${taken.fulfillmentId}`), 'Location does not name the fulfillment.', shown(answer));
      must(taken.orderId === body.orderId && taken.clientId === of.given.first.clientId, 'The answer names another order or client.', shown(answer));
      must(shapeOf(taken.lines) === shapeOf(body.lines), 'The lines are not those that were asked for.', shown(answer));
      must((await of.read(taken.fulfillmentId)).orderId === body.orderId, 'Reading it shows another order.');
    },
  },
  {
    id: 'read.as-asked',
    sentence: 'Read and listed, and looked up in the end, a fulfillment has the client, the order and the lines that were asked for: id, product and quantity.',
    async check(of) {
      const body = of.order(['later', 'instant']);
      const asked = await of.ask(body);
      const { fulfillmentId } = of.fulfillment(asked, [200, 202]);
      await readsAsAsked(of, asked, body, ['read', 'listed']);
      await of.settled(fulfillmentId);
      await readsAsAsked(of, asked, body, ['read', 'listed', ...(of.given.lifecycle.has('lookup') ? ['looked up' as const] : [])]);
    },
  },
  {
    id: 'request.refused',
    sentence: 'A request that is malformed, incomplete, or has unknown members is refused as a problem and begins nothing.',
    async check(of) {
      const body = of.order(['instant']);
      of.refused(await of.ask({ ...body, surprise: true }), [400, 422]);
      of.refused(await of.ask({ ...body, lines: [] }), [400, 422]);
      of.refused(await of.ask({ ...body, lines: [...body.lines, ...body.lines] }), [400, 422]);
      of.refused(await of.ask({ ...body, lines: [{ ...body.lines[0], quantity: 0 }] }), [400, 422]);
      of.refused(await of.ask({}, { text: '{"orderId":' }), 400);
      must((await of.ofOrder(body.orderId)).length === 0, 'A request that was refused began a fulfillment.');
    },
  },
  {
    id: 'request.unknown',
    sentence: 'An id that names no fulfillment is answered with 404.',
    async check(of) {
      of.refused(await of.call('GET', `/v1/fulfillments/${crypto.randomUUID()}`), 404, 'fulfillment_not_found');
      of.refused(await of.call('GET', '/v1/fulfillments/none'), [400, 404]);
    },
  },
  {
    id: 'capabilities.read',
    sentence: 'The service says what it offers beside the basics.',
    async check(of) {
      const answer = await of.call('GET', '/v1/capabilities');
      must(answer.status === 200 && typeof answer.json === 'object' && answer.json !== null, `Capabilities should be answered with 200, and the answer is ${said(answer)}.`, shown(answer));
      const { batch } = answer.json;
      must(batch === null || (Number.isInteger(batch?.maxItems) && batch.maxItems > 0), 'batch is neither null nor has maxItems.', shown(answer));
    },
  },
  {
    id: 'outcome.completed',
    sentence: 'When every line was fulfilled, at once or later, the fulfillment is completed.',
    async check(of) {
      of.linesAre(await of.ended(of.order(['instant']), 'completed'), 'fulfilled');
      of.linesAre(await of.ended(of.order(['later', 'instant']), 'completed'), 'fulfilled', 'fulfilled');
    },
  },
  {
    id: 'outcome.failed',
    sentence: 'When no line could be fulfilled, the fulfillment is failed and each line has its reason.',
    needs: ['failing'],
    async check(of) {
      const failed = await of.ended(of.order(['failing']), 'failed');
      of.linesAre(failed, 'failed');
      must(failed.lines.every(({ reason }) => reason !== undefined), 'A failed line has no reason.');
    },
  },
  {
    id: 'outcome.partial',
    sentence: 'When some lines were fulfilled and some not, the fulfillment is partial and says which.',
    needs: ['failing'],
    async check(of) {
      const partial = await of.ended(of.order(['instant', 'failing']), 'partial');
      of.linesAre(partial, 'fulfilled', 'failed');
      must(partial.lines.every(({ status, reason }) => (status === 'failed') === (reason !== undefined)), 'A failed line has no reason, or a fulfilled one has.');
    },
  },
  {
    id: 'outcome.version',
    sentence: 'The version of a fulfillment rises with every change and never falls.',
    async check(of) {
      const { fulfillmentId, version } = await of.take(of.order(['later']));
      let last = version;
      const end = await of.until(fulfillmentId, 'completed', (found) => {
        must(found.version >= last, `The version fell from ${last} to ${found.version}.`);
        last = found.version;
        return found.status === 'completed';
      });
      must(end.version > version, 'The fulfillment was completed, and its version did not rise.');
    },
  },
];

type Way = 'read' | 'listed' | 'looked up';

/** Each of these ways shows what was asked for. */
async function readsAsAsked(of: OfBench, asked: Answer, body: { readonly orderId: string; readonly lines: readonly LineShape[] }, ways: readonly Way[]): Promise<void> {
  const { fulfillmentId } = asked.json;
  for (const way of ways) {
    const [answer, found] = await seen(of, way, fulfillmentId, body.orderId);
    const { data } = fulfillmentSchema.safeParse(found);
    must(answer.status === 200 && data !== undefined && data.fulfillmentId === fulfillmentId, `It is not ${way}: ${said(answer)}.`, shown(asked, answer));
    must(data.orderId === body.orderId && data.clientId === of.given.first.clientId, `It is ${way} with another order or client.`, shown(asked, answer));
    must(shapeOf(data.lines) === shapeOf(body.lines), `It is ${way} with other lines than were asked for.`, shown(asked, answer));
  }
}

async function seen(of: OfBench, way: Way, fulfillmentId: string, orderId: string): Promise<[Answer, unknown]> {
  if (way === 'looked up') {
    const answer = await of.call('POST', '/v1/fulfillments/lookup', { body: { orderIds: [orderId] } });
    return [answer, answer.json?.items?.[0]?.fulfillments?.[0]];
  }
  const answer = await of.call('GET', way === 'read' ? `/v1/fulfillments/${fulfillmentId}` : `/v1/fulfillments?orderId=${encodeURIComponent(orderId)}`);
  return [answer, way === 'read' ? answer.json : answer.json?.items?.[0]];
}

const SCHEDULE: readonly Promised<OfBench>[] = [
  {
    id: 'schedule.waits',
    sentence: 'A request with a start in the future is scheduled, begins nothing before, and is carried out then.',
    needs: ['schedule'],
    async check(of) {
      const startAtMs = Date.now() + 1_500;
      const taken = of.is(await of.take(of.order(['instant'], { startAt: new Date(startAtMs).toISOString() })), 'scheduled');
      let looked = 0;
      for (; Date.now() < startAtMs - CLOCKS_APART_MS; looked += 1) {
        const before = await of.read(taken.fulfillmentId);
        if (Date.now() < startAtMs - CLOCKS_APART_MS) of.linesAre(of.is(before, 'scheduled'), 'pending');
        await of.sleep(LOOK_MS);
      }
      if (looked === 0) throw new NotJudged('the answer took longer than the time to the start');
      of.is(await of.settled(taken.fulfillmentId), 'completed');
    },
  },
  {
    id: 'schedule.after-deadline',
    sentence: 'A start that lies after the deadline is refused.',
    needs: ['schedule'],
    async check(of) {
      const startAt = new Date(Date.now() + 2 * HOUR_MS).toISOString();
      of.refused(await of.ask(of.order(['instant'], { startAt, notAfter: new Date(Date.now() + HOUR_MS).toISOString() })), 422, 'start_after_deadline');
    },
  },
  {
    id: 'hold.waits',
    sentence: 'What nobody has begun can be held, is not begun while it is held, and goes on when it is released.',
    needs: ['hold', 'schedule'],
    async check(of) {
      const startAtMs = Date.now() + 1_500;
      const { fulfillmentId } = await of.take(of.order(['instant'], { startAt: new Date(startAtMs).toISOString() }));
      of.is(of.fulfillment(await of.act(fulfillmentId, 'hold'), [200]), 'on_hold');
      await of.sleep(startAtMs - Date.now() + 400);
      of.linesAre(of.is(await of.read(fulfillmentId), 'on_hold'), 'pending');
      of.is(of.fulfillment(await of.act(fulfillmentId, 'release'), [200]), 'accepted', 'in_progress', 'completed');
      of.is(await of.settled(fulfillmentId), 'completed');
    },
  },
  {
    id: 'hold.scheduled-again',
    sentence: 'What is released before its start is scheduled again, and not begun.',
    needs: ['hold', 'schedule'],
    async check(of) {
      const { fulfillmentId } = await of.scheduled();
      of.is(of.fulfillment(await of.act(fulfillmentId, 'hold'), [200]), 'on_hold');
      of.linesAre(of.is(of.fulfillment(await of.act(fulfillmentId, 'release'), [200]), 'scheduled'), 'pending');
      of.linesAre(of.is(await of.read(fulfillmentId), 'scheduled'), 'pending');
    },
  },
  {
    id: 'hold.begun',
    sentence: 'What has begun or is done cannot be held.',
    needs: ['hold'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant']), 'completed');
      of.refused(await of.act(fulfillmentId, 'hold'), 409, 'already_begun');
      of.is(await of.read(fulfillmentId), 'completed');
    },
  },
  {
    id: 'hold.not-held',
    sentence: 'What is not held cannot be released.',
    needs: ['hold', 'schedule'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant']), 'completed');
      of.refused(await of.act(fulfillmentId, 'release'), 409, 'not_on_hold');
      const waiting = await of.scheduled();
      of.refused(await of.act(waiting.fulfillmentId, 'release'), 409, 'not_on_hold');
      of.is(await of.read(waiting.fulfillmentId), 'scheduled');
    },
  },
  {
    id: 'deadline.past',
    sentence: 'A request whose deadline has passed is refused and begins nothing.',
    async check(of) {
      const body = of.order(['instant'], { notAfter: new Date(Date.now() - 60_000).toISOString() });
      of.refused(await of.ask(body), 422, 'deadline_passed');
      must((await of.ofOrder(body.orderId)).length === 0, 'A request that was refused began a fulfillment.');
    },
  },
  {
    id: 'deadline.late-work',
    sentence: 'What was not begun by its deadline is not done any more: it fails, and nothing of it is delivered.',
    needs: ['hold', 'schedule'],
    async check(of) {
      const nowMs = Date.now();
      const body = of.order(['instant', 'later'], { startAt: new Date(nowMs + 1_500).toISOString(), notAfter: new Date(nowMs + 2_000).toISOString() });
      const { fulfillmentId } = await of.take(body);
      of.is(of.fulfillment(await of.act(fulfillmentId, 'hold'), [200]), 'on_hold');
      await of.sleep(nowMs + 2_000 - Date.now());
      const end = await of.settled(fulfillmentId);
      of.linesAre(of.is(end, 'failed'), 'failed', 'failed');
      must(end.lines.every(({ reason }) => reason?.code === 'deadline_passed'), 'The lines do not say that the deadline has passed.');
    },
  },
];

export const LIFE: readonly Promised<OfBench>[] = [...OUTCOMES, ...SCHEDULE];
