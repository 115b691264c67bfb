/** What a Commerce Coordinator promises to whoever fulfils for it, and to whoever places orders. */
import { randomUUID } from 'node:crypto';
import { uuid7 } from '@commerce/events/uuid7';
import { within } from '../eventually.ts';
import { must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import { again, envelope, SOURCE } from './bench.ts';
import type { CcBench, Envelope, Placed } from './bench.ts';

const RETRY_AFTER_MS = 1_000;
/** A retry that comes so much earlier than it was asked to is taken for one on time. */
const EARLY_MS = 100;
const REVOKE_REQUESTED = /\/revoke$/;

/** One key in every attempt, and nothing taken twice. */
function askedOnce({ affair }: Placed): void {
  const exchanges = affair.arrivals.map(({ exchange }) => exchange);
  must(new Set(affair.arrivals.map(({ key }) => key)).size === 1, `The order was asked for under ${new Set(affair.arrivals.map(({ key }) => key)).size} keys.`, { exchanges });
  must(affair.taken.length === 1, `The order was taken ${affair.taken.length} times.`, { exchanges });
}

/** The order is as it was, after everything that came has been heard. */
async function unchanged(cc: CcBench, placed: Placed, tell: () => Promise<void>): Promise<void> {
  const before = await cc.read(placed);
  await tell();
  await cc.flows();
  const after = await cc.read(placed);
  must(after.version === before.version && after.status === before.status, `The order was ${before.status} (version ${before.version}), and is ${after.status} (version ${after.version}).`);
}

const ASKING: readonly Promised<CcBench>[] = [
  {
    id: 'asking.once',
    sentence: 'An accepted order is asked for once, with its lines and under a key.',
    async check(cc) {
      const placed = await cc.place(2);
      const taken = await cc.taken(placed);
      await cc.acknowledged(placed);
      const order = await cc.read(placed);
      must(taken.orderId === placed.orderId, 'The request names another order.', { exchanges: placed.affair.arrivals.map(({ exchange }) => exchange) });
      const shape = (lines: readonly { lineId: string; sku: string; quantity: number }[]): string => lines.map(({ lineId, sku, quantity }) => `${lineId} ${sku} ${quantity}`).toSorted().join();
      must(shape(taken.lines) === shape(order.lines), 'The lines of the request are not those of the order.', { exchanges: placed.affair.arrivals.map(({ exchange }) => exchange) });
      askedOnce(placed);
    },
  },
  {
    id: 'asking.authenticated',
    sentence: 'Every request shows a token for the fulfilling side, or a signature.',
    async check(cc) {
      await cc.taken(await cc.place());
      must(cc.given.side.unauthenticated.length === 0, 'A request came without a token for this side and without a signature.', { exchanges: cc.given.side.unauthenticated.slice(0, 1) });
    },
  },
  {
    id: 'asking.same-key',
    sentence: 'After an error, or when the answer was lost, it asks again under the same key until it is answered.',
    async check(cc) {
      for (const misbehaviours of [['error', 'error'], ['lost', 'error', 'lost']] as const) {
        const placed = await cc.place(1, ({ misbehave }) => misbehave.push(...misbehaviours));
        await cc.acknowledged(placed);
        must(placed.affair.arrivals.length > misbehaviours.length, 'It did not ask again.');
        askedOnce(placed);
        await cc.tell(cc.settle(placed, ['fulfilled']));
        await cc.becomes(placed, 'completed');
      }
    },
  },
  {
    id: 'asking.retry-after',
    sentence: 'When it is asked to come later (429), it does not come before that time.',
    async check(cc) {
      const placed = await cc.place(1, ({ misbehave }) => misbehave.push('busy'));
      await cc.acknowledged(placed);
      const [first, second] = placed.affair.arrivals;
      const tookMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
      must(tookMs >= RETRY_AFTER_MS - EARLY_MS, `Retry-After said ${RETRY_AFTER_MS} ms, and it came again after ${Math.round(tookMs)} ms.`);
      askedOnce(placed);
    },
  },
  {
    id: 'asking.refused',
    sentence: 'A definite refusal ends the order as cancelled, with the reason, and is not asked again.',
    async check(cc) {
      const placed = await cc.place(1, ({ misbehave }) => misbehave.push('refuse'));
      const order = await cc.becomes(placed, 'cancelled');
      must(order.reason?.code === 'no_provider', `The reason should be no_provider, and is ${order.reason?.code}.`);
      await cc.sleep(500);
      must(placed.affair.arrivals.length === 1, 'It asked again after a definite refusal.');
    },
  },
];

const HEARING: readonly Promised<CcBench>[] = [
  {
    id: 'hearing.completed',
    sentence: 'A completion completes the order, each line with its outcome.',
    async check(cc) {
      const placed = await cc.waiting(2);
      await cc.tell(cc.settle(placed, ['fulfilled', 'fulfilled']));
      const order = await cc.becomes(placed, 'completed');
      must(order.lines.every(({ outcome }) => outcome?.status === 'fulfilled'), 'A line of the completed order is not fulfilled.');
    },
  },
  {
    id: 'hearing.partial',
    sentence: 'After a partial completion the order says of each line whether it was fulfilled.',
    async check(cc) {
      const placed = await cc.waiting(2);
      await cc.tell(cc.settle(placed, ['fulfilled', 'failed']));
      const order = await cc.until(placed, 'told of its outcome', ({ lines }) => lines.every(({ outcome }) => outcome !== null && outcome !== undefined));
      const found = order.lines.toSorted((a, b) => a.lineId.localeCompare(b.lineId)).map(({ outcome }) => outcome?.status);
      must(JSON.stringify(found) === '["fulfilled","failed"]', `The lines should be fulfilled, failed, and are ${found.join(', ')}.`);
    },
  },
  {
    id: 'hearing.failed',
    sentence: 'When nothing was fulfilled the order is cancelled, with the reason.',
    async check(cc) {
      const placed = await cc.waiting();
      await cc.tell(cc.settle(placed, ['failed']));
      must((await cc.becomes(placed, 'cancelled')).reason?.code === 'all_lines_failed', 'The reason is not that of the failure.');
    },
  },
  {
    id: 'hearing.cancelled',
    sentence: 'When the fulfillment was called off the order is cancelled, with the reason.',
    async check(cc) {
      const placed = await cc.waiting();
      const { fulfillmentId, clientId, orderId, version, lines } = cc.given.side.becomes(placed.sku, {
        status: 'cancelled', reason: { code: 'recalled' }, lines: (await cc.taken(placed)).lines.map((line) => ({ ...line, status: 'cancelled' })),
      });
      await cc.tell(envelope('FulfillmentCancelled', { fulfillmentId, clientId, orderId, reason: { code: 'recalled' }, lines }, version));
      must((await cc.becomes(placed, 'cancelled')).reason?.code === 'recalled', 'The reason is not that of the cancellation.');
    },
  },
  {
    id: 'hearing.duplicate',
    sentence: 'A completion that comes again, under its id or another one, changes nothing.',
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.settle(placed, ['fulfilled']);
      await Promise.all([event, event, event].map((one) => cc.tell(one)));
      await cc.becomes(placed, 'completed');
      await unchanged(cc, placed, async () => {
        await cc.tell(event);
        await cc.tell(again(event));
      });
    },
  },
  {
    id: 'hearing.before-answer',
    sentence: 'A completion that comes before the answer to the request is not lost: the order is completed once it is answered.',
    async check(cc) {
      const answer = Promise.withResolvers<void>();
      const placed = await cc.place(1, (affair) => (affair.gate = answer.promise));
      try {
        await cc.taken(placed);
        await cc.tell(cc.settle(placed, ['fulfilled']));
        await cc.flows();
        must((await cc.read(placed)).status !== 'cancelled', 'The order was cancelled.');
      } finally {
        answer.resolve();
      }
      await cc.becomes(placed, 'completed');
      must(placed.affair.taken.length === 1, 'The order was taken more than once.');
    },
  },
  {
    id: 'hearing.reordered',
    sentence: 'After the end, an older or contradicting outcome changes nothing.',
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.settle(placed, ['fulfilled']);
      await cc.tell(event);
      await cc.becomes(placed, 'completed');
      const { fulfillmentId, clientId, orderId, lines } = event.data as { fulfillmentId: string; clientId: string; orderId: string; lines: object[] };
      const failed = { fulfillmentId, clientId, orderId, reason: { code: 'all_lines_failed' }, lines: lines.map((line) => ({ ...line, status: 'failed', reason: { code: 'out_of_stock' } })) };
      await unchanged(cc, placed, async () => {
        await cc.tell(envelope('FulfillmentFailed', failed, 2));
        await cc.tell(envelope('FulfillmentFailed', failed, 9));
      });
    },
  },
  {
    id: 'hearing.late',
    sentence: 'A completion of an order that has ended without it does not revive the order.',
    async check(cc) {
      const { placed, completion } = await cancelledOrder(cc);
      await unchanged(cc, placed, () => cc.tell(completion));
    },
  },
  {
    id: 'hearing.late-revoked',
    sentence: 'What was delivered for an order that had ended without it is asked to be taken back.',
    async check(cc) {
      const { placed, completion } = await cancelledOrder(cc);
      await cc.tell(completion);
      const asked = await within(cc.given.patienceMs, cc.signal, () => placed.affair.undone.find((path) => REVOKE_REQUESTED.test(path)));
      must(asked !== undefined, `Within ${cc.given.patienceMs / 1_000} s nobody was asked to take it back.`, { events: [completion] });
    },
  },
  {
    id: 'hearing.unknown-order',
    sentence: 'A completion of an order that does not exist harms nobody: the next one is heard.',
    async check(cc) {
      const data = { fulfillmentId: uuid7(Date.now()), clientId: cc.given.clientId, orderId: uuid7(Date.now()), status: 'completed', lines: [{ lineId: '1', sku: 'NONE', quantity: 1, provider: 'conformance', status: 'fulfilled' }] };
      await cc.tell(envelope('FulfillmentCompleted', data, 3));
      await cc.flows();
    },
  },
  {
    id: 'hearing.foreign-client',
    sentence: "An outcome of another client's fulfillment does not touch an order.",
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.outcome(placed, ['fulfilled']);
      await unchanged(cc, placed, () => cc.tell(again(event, { data: { ...event.data, clientId: `foreign-${randomUUID()}` } })));
      await cc.tell(cc.settle(placed, ['fulfilled']));
      await cc.becomes(placed, 'completed');
    },
  },
  {
    id: 'hearing.other-fulfillment',
    sentence: 'An outcome of another fulfillment of the same order does not touch it.',
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.outcome(placed, ['fulfilled']);
      await unchanged(cc, placed, () => cc.tell(again(event, { data: { ...event.data, fulfillmentId: uuid7(Date.now()) } })));
      await cc.tell(cc.settle(placed, ['fulfilled']));
      await cc.becomes(placed, 'completed');
    },
  },
  {
    id: 'hearing.does-not-fit',
    sentence: 'A completion that does not answer for every line as it was ordered does not complete the order.',
    async check(cc) {
      const placed = await cc.waiting(2);
      const event = cc.outcome(placed, ['fulfilled', 'fulfilled']);
      await unchanged(cc, placed, () => cc.tell(again(event, { data: { ...event.data, lines: (event.data['lines'] as object[]).slice(0, 1) } })));
    },
  },
  {
    id: 'hearing.unknown-version',
    sentence: 'An event in a version that it cannot read is not taken for one that it can, and the others are heard.',
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.outcome(placed, ['fulfilled']);
      await unchanged(cc, placed, () => cc.tell(again(event, { eventVersion: 'v99', data: { ...event.data, novelty: true } })));
    },
  },
  {
    id: 'hearing.malformed',
    sentence: 'Messages that are no events, or say two different things, change nothing, and the others are heard.',
    needs: ['raw'],
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.outcome(placed, ['fulfilled']);
      await unchanged(cc, placed, async () => {
        for (const body of malformed(event)) await cc.tellRaw(body);
      });
    },
  },
];

/** An order that was cancelled because its fulfillment failed, and the completion that comes all the same. */
async function cancelledOrder(cc: CcBench): Promise<{ placed: Placed; completion: Envelope }> {
  const placed = await cc.waiting();
  await cc.tell(cc.settle(placed, ['failed']));
  await cc.becomes(placed, 'cancelled');
  return { placed, completion: again(cc.settle(placed, ['fulfilled'])) };
}

function malformed(event: Envelope): string[] {
  const delivery = (source: string, type: string, detail: unknown): string => JSON.stringify({ version: '0', id: randomUUID(), source, 'detail-type': type, time: new Date().toISOString(), detail });
  const { data: _data, ...headless } = event;
  return [
    'no JSON', '{}', '[]', 'null', JSON.stringify(event),
    delivery(SOURCE, event.eventType, 'text'),
    delivery(SOURCE, event.eventType, again(headless as Envelope)),
    delivery(SOURCE, event.eventType, again(event, { eventId: 'none' })),
    delivery(SOURCE, event.eventType, again(event, { data: { ...event.data, lines: [] } })),
    delivery('somebody-else', event.eventType, again(event)),
    delivery(SOURCE, event.eventType, again(event, { source: 'somebody-else' })),
    delivery(SOURCE, 'FulfillmentFailed', again(event)),
  ];
}

const HEALING: readonly Promised<CcBench>[] = [
  {
    id: 'healing.lost-completion',
    sentence: 'When the completion never comes it asks, and completes the order by what it is answered.',
    needs: ['asks-after'],
    async check(cc) {
      const placed = await cc.waiting();
      cc.settle(placed, ['fulfilled']);
      await cc.becomes(placed, 'completed', patienceOf(cc));
    },
  },
  {
    id: 'healing.late-after-asking',
    sentence: 'A completion that comes after it has asked for the outcome changes nothing.',
    needs: ['asks-after'],
    async check(cc) {
      const placed = await cc.waiting();
      const event = cc.settle(placed, ['fulfilled']);
      await cc.becomes(placed, 'completed', patienceOf(cc));
      await unchanged(cc, placed, () => cc.tell(event));
    },
  },
  {
    id: 'healing.lost-request',
    sentence: 'When the fulfilling side has lost the request, it is sent again under its key, and the order is seen through, also when its completion comes before that answer.',
    needs: ['asks-after'],
    async check(cc) {
      const placed = await cc.waiting();
      const answer = Promise.withResolvers<void>();
      placed.affair.gate = answer.promise;
      cc.given.side.forget(placed.sku);
      try {
        await within(patienceOf(cc), cc.signal, () => placed.affair.taken[0]);
        askedOnce(placed);
        await cc.tell(cc.settle(placed, ['fulfilled']));
        await cc.sleep(200);
      } finally {
        answer.resolve();
      }
      await cc.becomes(placed, 'completed', patienceOf(cc));
    },
  },
  {
    id: 'healing.acknowledged',
    sentence: 'An outcome that was heard is acknowledged in its version.',
    needs: ['asks-after'],
    async check(cc) {
      const placed = await cc.waiting();
      await cc.tell(cc.settle(placed, ['fulfilled']));
      await cc.becomes(placed, 'completed');
      const acknowledged = await within(patienceOf(cc), cc.signal, () => placed.affair.acknowledged.at(-1));
      const version = placed.affair.taken[0]?.version;
      must(acknowledged === version, `Version ${version} should be acknowledged, and ${acknowledged === undefined ? 'nothing was' : `${acknowledged} was`}.`);
    },
  },
];

/** Enough for several rounds of asking. */
function patienceOf({ given: { asksAfterMs = 0, patienceMs } }: CcBench): number {
  return asksAfterMs * 3 + patienceMs;
}

export const CC_PROMISES: readonly Promised<CcBench>[] = [...ASKING, ...HEARING, ...HEALING];
