/** Promises of one request under one key. */
import { randomUUID } from 'node:crypto';
import { must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import { shown } from './bench.ts';
import type { OfBench } from './bench.ts';
import { flowOf } from './book.ts';

const AT_ONCE = 8;

export const IDEMPOTENCY: readonly Promised<OfBench>[] = [
  {
    id: 'idempotency.key-required',
    sentence: 'A request without an Idempotency-Key, or with one that is none, is refused and begins nothing.',
    async check(of) {
      const body = of.order(['instant']);
      of.refused(await of.call('POST', '/v1/fulfillments', { body }), 400);
      for (const key of ['k'.repeat(256), 'with space']) of.refused(await of.ask(body, { key }), 400);
      must((await of.ofOrder(body.orderId)).length === 0, 'A request that was refused for its key began a fulfillment.');
    },
  },
  {
    id: 'idempotency.repeat',
    sentence: 'The same key and body get the first answer again, and nothing is done twice.',
    async check(of) {
      const body = of.order(['later', 'instant']);
      const key = randomUUID();
      const first = await of.ask(body, { key });
      const again = await of.ask(body, { key });
      of.fulfillment(first, [200, 202]);
      must(again.status === first.status && again.text === first.text, 'The repetition was answered differently.', shown(first, again));
      must((await of.ofOrder(body.orderId)).length === 1, 'The order has more than one fulfillment.', shown(first, again));
    },
  },
  {
    id: 'idempotency.repeat-later',
    sentence: 'A repetition that comes after the end gets the first answer, too.',
    async check(of) {
      const body = of.order(['later']);
      const key = randomUUID();
      const first = await of.ask(body, { key });
      const { fulfillmentId } = of.fulfillment(first, [200, 202]);
      await of.settled(fulfillmentId);
      const again = await of.ask(body, { key });
      must(again.status === first.status && again.json?.fulfillmentId === fulfillmentId, 'The late repetition was not answered with the first answer.', shown(first, again));
      must((await of.ofOrder(body.orderId)).length === 1, 'The order has more than one fulfillment.', shown(first, again));
    },
  },
  {
    id: 'idempotency.other-body',
    sentence: 'A key that was used for another body is refused, and the first request stays as it was.',
    async check(of) {
      const key = randomUUID();
      const first = of.order(['instant']);
      const { fulfillmentId } = await of.take(first, { key });
      const other = of.order(['instant']);
      of.refused(await of.ask(other, { key }), 422, 'idempotency_key_reused');
      must((await of.ofOrder(other.orderId)).length === 0, 'The second body began a fulfillment.');
      must((await of.read(fulfillmentId)).orderId === first.orderId, 'The first request was changed.');
    },
  },
  {
    id: 'idempotency.concurrent',
    sentence: `${AT_ONCE} requests at once under one key begin one fulfillment, and each gets it or is asked to come again.`,
    async check(of) {
      const body = of.order(['instant', 'later']);
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => of.ask(body, { key })));
      const wrong = answers.filter(({ status, json }) => status !== 200 && status !== 202 && !(status === 409 && json?.code === 'request_in_progress'));
      must(wrong.length === 0, 'One of the requests was answered neither with the fulfillment nor with request_in_progress.', shown(...wrong.slice(0, 1)));
      const ids = new Set(answers.flatMap(({ status, json }) => (status < 300 ? [json.fulfillmentId] : [])));
      must(ids.size === 1 && (await of.ofOrder(body.orderId)).length === 1, `The requests began ${ids.size} fulfillments.`, shown(...answers.slice(0, 2)));
    },
  },
  {
    id: 'idempotency.namespaces',
    sentence: 'Keys belong to their client: two clients may use the same key for different requests.',
    needs: ['second'],
    async check(of) {
      const key = randomUUID();
      const first = await of.take(of.order(['instant']), { key });
      const second = await of.take(of.order(['instant']), { key, as: of.second });
      must(first.fulfillmentId !== second.fulfillmentId, 'The second client got the fulfillment of the first.');
    },
  },
  {
    id: 'idempotency.batch',
    sentence: 'An item of a batch means what the single call means: its key, its answer, its refusal, in the order of the items.',
    needs: ['batch'],
    async check(of) {
      const body = of.order(['instant']);
      const key = randomUUID();
      const single = await of.take(body, { key });
      const fresh = of.order(['instant']);
      const items = [
        { idempotencyKey: key, request: body }, { idempotencyKey: key, request: of.order(['instant']) }, { idempotencyKey: randomUUID(), correlationId: flowOf(fresh.orderId), request: fresh },
      ];
      const answer = await of.call('POST', '/v1/fulfillments/batch', { body: { items } });
      must(answer.status === 200 && answer.json?.results?.length === items.length, 'The batch was not answered with one result for each item.', shown(answer));
      const [repeated, reused, begun] = answer.json.results;
      must(repeated.body?.fulfillmentId === single.fulfillmentId, 'The repeated item did not get the first answer.', shown(answer));
      must(reused.status === 422 && reused.body?.code === 'idempotency_key_reused', 'The item with a used key was not refused.', shown(answer));
      must([200, 202].includes(begun.status) && begun.body?.orderId === fresh.orderId, 'The new item was not taken.', shown(answer));
    },
  },
];
