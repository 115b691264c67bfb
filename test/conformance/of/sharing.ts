/** Promises of orders and clients side by side: nothing is done twice by meaning, nobody sees what is another's, and bulk questions. */
import { randomUUID } from 'node:crypto';
import { NotJudged, must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import type { Answer } from '../exchange.http.ts';
import { HOUR_MS, SETTLED, STATUSES, said, shown } from './bench.ts';
import type { Fulfillment, OfBench } from './bench.ts';

const AT_ONCE = 6;
const MAX_PAGES = 60;

const MEANING: readonly Promised<OfBench>[] = [
  {
    id: 'meaning.same-line',
    sentence: 'A line of an order that was asked for already is refused under another key, and the refusal names the line and who has it.',
    async check(of) {
      const body = of.order(['instant', 'later']);
      const { fulfillmentId } = await of.take(body);
      const again = await of.ask({ ...body, lines: [body.lines[0], ...of.lines(['instant'], 7)] });
      of.refused(again, 409, 'line_already_requested');
      must(Array.isArray(again.json?.errors) && again.json.errors.length === 1, 'The refusal does not name exactly the one line (errors).', shown(again));
      must(String(again.json?.detail).includes(fulfillmentId), 'The refusal does not say which fulfillment has the line (detail).', shown(again));
      must((await of.ofOrder(body.orderId)).length === 1, 'The refused request began its other line.', shown(again));
    },
  },
  {
    id: 'meaning.concurrent',
    sentence: `${AT_ONCE} requests at once for the same line under ${AT_ONCE} keys begin it once.`,
    async check(of) {
      const body = of.order(['instant']);
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => of.ask(body)));
      const taken = answers.filter(({ status }) => status === 200 || status === 202);
      must(taken.length === 1, `${taken.length} requests were taken.`, shown(...answers.slice(0, 2)));
      for (const answer of answers) if (answer !== taken[0]) of.refused(answer, 409, ['line_already_requested', 'request_in_progress']);
      must((await of.ofOrder(body.orderId)).length === 1, 'The order has more than one fulfillment.', shown(...answers.slice(0, 2)));
    },
  },
  {
    id: 'meaning.on-purpose',
    sentence: 'A line that is to be repeated on purpose, and another line of the order, are taken.',
    async check(of) {
      const body = of.order(['instant']);
      const first = await of.take(body);
      const again = await of.take({ ...body, lines: body.lines.map((line) => ({ ...line, repeat: true })) });
      const other = await of.take({ ...body, lines: of.lines(['instant'], 2) });
      must(new Set([first, again, other].map(({ fulfillmentId }) => fulfillmentId)).size === 3, 'They are not three fulfillments.');
    },
  },
  {
    id: 'meaning.after-end',
    sentence: 'A line whose fulfillment was cancelled may be asked for again.',
    needs: ['cancel', 'schedule'],
    async check(of) {
      const body = of.order(['instant']);
      const { fulfillmentId } = await of.take({ ...body, startAt: new Date(Date.now() + 3_600_000).toISOString() });
      of.fulfillment(await of.act(fulfillmentId, 'cancel'), [200]);
      must((await of.take(body)).fulfillmentId !== fulfillmentId, 'The cancelled fulfillment was given again.');
    },
  },
];

/** The same but for what must differ: the ids, and what belongs to the one request. */
function alike(a: Answer, b: Answer, ids: readonly string[]): boolean {
  const bare = ({ status, text }: Answer): string => {
    const { requestId: _requestId, instance: _instance, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return ids.reduce((shownText, id) => shownText.replaceAll(id, '(id)'), `${status} ${JSON.stringify(rest)}`);
  };
  return bare(a) === bare(b);
}

const ISOLATION: readonly Promised<OfBench>[] = [
  {
    id: 'isolation.read',
    sentence: "Another client's fulfillment is answered exactly as one that does not exist.",
    needs: ['second'],
    async check(of) {
      const { fulfillmentId } = await of.take(of.order(['instant']));
      const unknown = randomUUID();
      const [foreign, none] = [await of.call('GET', `/v1/fulfillments/${fulfillmentId}`, { as: of.second }), await of.call('GET', `/v1/fulfillments/${unknown}`, { as: of.second })];
      of.refused(foreign, 404, 'fulfillment_not_found');
      must(alike(foreign, none, [fulfillmentId, unknown]), 'The two answers differ.', shown(foreign, none));
    },
  },
  {
    id: 'isolation.act',
    sentence: "Nobody cancels, revokes, holds or releases another client's fulfillment, and the answer is that of an unknown one.",
    needs: ['second', 'cancel', 'revoke', 'hold', 'schedule'],
    async check(of) {
      const { fulfillmentId, version } = await of.scheduled();
      const unknown = randomUUID();
      for (const action of ['cancel', 'revoke', 'hold', 'release'] as const) {
        const [foreign, none] = [await of.act(fulfillmentId, action, {}, of.second), await of.act(unknown, action, {}, of.second)];
        of.refused(foreign, 404, 'fulfillment_not_found');
        must(alike(foreign, none, [fulfillmentId, unknown]), `The two answers to ${action} differ.`, shown(foreign, none));
      }
      must((await of.read(fulfillmentId)).version === version, 'The fulfillment was changed.');
    },
  },
  {
    id: 'isolation.list',
    sentence: "Lists and bulk questions show no other client's fulfillments.",
    needs: ['second', 'lookup'],
    async check(of) {
      const { orderId, fulfillmentId } = await of.take(of.order(['instant']));
      must((await of.ofOrder(orderId, of.second)).length === 0, "The list shows another client's fulfillment.");
      const found = await of.call('POST', '/v1/fulfillments/lookup', { body: { orderIds: [orderId] }, as: of.second });
      must(found.status === 200 && found.json?.items?.[0]?.fulfillments?.length === 0, "The bulk question shows another client's fulfillment.", shown(found));
      const newest = await of.call('GET', '/v1/fulfillments?limit=50', { as: of.second });
      must(newest.status === 200 && !newest.text.includes(fulfillmentId), "The list of all shows another client's fulfillment.", shown(newest));
    },
  },
  {
    id: 'isolation.order',
    sentence: 'Two clients may name the same order; what one does with it does not touch the other.',
    needs: ['second', 'revoke'],
    async check(of) {
      const body = of.order(['instant']);
      const { fulfillmentId } = await of.ended(body, 'completed');
      const revoked = await of.revokeOrder(body.orderId, {}, of.second);
      must(revoked.status === 200 && revoked.json?.fulfillments?.length === 0, "The revocation by another client found this client's fulfillment.", shown(revoked));
      of.is(await of.read(fulfillmentId), 'completed');
      await of.take({ ...body, lines: of.lines(['instant'], 2) });
      const second = of.order(['instant']);
      await of.take(second);
      await of.take(second, { as: of.second });
    },
  },
  {
    id: 'isolation.acknowledge',
    sentence: "Nobody acknowledges another client's outcomes.",
    needs: ['second', 'acknowledge'],
    async check(of) {
      const { fulfillmentId, version } = await of.ended(of.order(['instant']), 'completed');
      const answer = await of.call('POST', '/v1/acknowledgements', { body: { items: [{ fulfillmentId, version }] }, as: of.second });
      must(answer.status === 200 && answer.json?.results?.[0]?.result === 'unknown', `A foreign id was answered with ${JSON.stringify(answer.json?.results?.[0] ?? said(answer))}.`, shown(answer));
      must(((await of.read(fulfillmentId)).acknowledgedVersion ?? 0) < version, "It counts as acknowledged by another's word.");
    },
  },
];

const BULK: readonly Promised<OfBench>[] = [
  {
    id: 'lookup.order',
    sentence: 'A bulk question is answered for each order in the order of the question; an unknown one has no fulfillments.',
    needs: ['lookup'],
    async check(of) {
      const bodies = [of.order(['instant']), of.order(['instant']), of.order(['instant'])];
      const taken = await Promise.all(bodies.map((body) => of.ended(body, 'completed')));
      const unknown = of.newOrderId();
      const orderIds = [bodies[2]?.orderId, unknown, bodies[0]?.orderId, bodies[1]?.orderId];
      const answer = await of.call('POST', '/v1/fulfillments/lookup', { body: { orderIds } });
      must(answer.status === 200 && Array.isArray(answer.json?.items), `The bulk question was answered with ${said(answer)}.`, shown(answer));
      const found = answer.json.items.map(({ orderId, fulfillments }: any) => `${orderId}: ${fulfillments.map((one: any) => one.fulfillmentId).join()}`);
      const wanted = orderIds.map((orderId) => `${orderId}: ${taken.flatMap((one) => (one.orderId === orderId ? [one.fulfillmentId] : [])).join()}`);
      must(JSON.stringify(found) === JSON.stringify(wanted), 'The items are not the orders that were asked for, in their order.', shown(answer));
    },
  },
  {
    id: 'lookup.every-state',
    sentence: 'A bulk question shows every fulfillment of an order, whatever became of it, as it is.',
    needs: ['lookup', 'schedule', 'cancel'],
    async check(of) {
      const body = of.order(['instant']);
      const another = (line: number, product: 'instant' | 'failing' = 'instant') => ({ ...body, lines: of.lines([product], line) });
      const startAt = new Date(Date.now() + HOUR_MS).toISOString();
      const ended = [await of.ended(body, 'completed'), ...(of.given.products.failing === undefined ? [] : [await of.ended(another(2, 'failing'), 'failed')])];
      const scheduled = await of.take({ ...another(3), startAt });
      const cancelled = of.fulfillment(await of.act((await of.take({ ...another(4), startAt })).fulfillmentId, 'cancel'), [200]);
      const answer = await of.call('POST', '/v1/fulfillments/lookup', { body: { orderIds: [body.orderId] } });
      must(answer.status === 200 && Array.isArray(answer.json?.items?.[0]?.fulfillments), `The bulk question was answered with ${said(answer)}.`, shown(answer));
      const states = (all: readonly Fulfillment[]): string => all.map(({ fulfillmentId, status }) => `${fulfillmentId} ${status}`).toSorted().join(', ');
      const wanted = states([...ended, scheduled, cancelled]);
      must(states(answer.json.items[0].fulfillments) === wanted, `The order should be shown with ${wanted}.`, shown(answer));
    },
  },
  {
    id: 'lookup.limits',
    sentence: 'A bulk question about 500 orders is answered; one about nothing, or about more, is refused.',
    needs: ['lookup'],
    async check(of) {
      const about = (count: number): Promise<Answer> => of.call('POST', '/v1/fulfillments/lookup', { body: { orderIds: Array.from({ length: count }, (_, index) => `conformance-${index}`) } });
      const most = await about(500);
      must(most.status === 200 && most.json?.items?.length === 500, `A bulk question about 500 orders was answered with ${said(most)}.`);
      for (const count of [0, 501]) of.refused(await about(count), [400, 422]);
    },
  },
  {
    id: 'acknowledge.listed',
    sentence: 'A settled fulfillment is listed as not acknowledged until its client acknowledges it, and again after its next change.',
    needs: ['acknowledge', 'revoke'],
    async check(of) {
      const done = await of.ended(of.order(['instant']), 'completed');
      const { fulfillmentId, version } = done;
      must(await isUnacknowledged(of, fulfillmentId), 'It is settled and not acknowledged, and the list does not show it.');
      must(!(await isListed(of, done, 'acknowledged=true')), 'It was not acknowledged, and the list of those that were shows it.');
      const answer = await acknowledge(of, fulfillmentId, version);
      must(answer.json?.results?.[0]?.result === 'acknowledged', `The acknowledgement was answered with ${said(answer)}.`, shown(answer));
      must(!(await isUnacknowledged(of, fulfillmentId)), 'It was acknowledged, and the list of those that were not still shows it.');
      must(await isListed(of, done, 'acknowledged=true'), 'It was acknowledged, and the list of those that were does not show it.');
      of.fulfillment(await of.act(fulfillmentId, 'revoke'), [200, 202]);
      await of.until(fulfillmentId, 'revoked', ({ status }) => status === 'revoked');
      must(await isUnacknowledged(of, fulfillmentId), 'It was revoked after its acknowledgement, and the list does not show it.');
    },
  },
  {
    id: 'acknowledge.oldest-first',
    sentence: 'What was not acknowledged is listed from the oldest on.',
    needs: ['acknowledge'],
    async check(of) {
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1) ids.push((await of.ended(of.order(['instant']), 'completed')).fulfillmentId);
      const listed = (items: readonly any[]): string[] => items.map(({ fulfillmentId }) => fulfillmentId).filter((id) => ids.includes(id));
      const found = listed(await itemsOf(of, 'acknowledged=false', (items) => listed(items).length === ids.length));
      must(found.join() === ids.join(), `Settled one after the other were ${ids.join(', ')}, and the list shows ${found.join(', ') || 'none of them'}.`);
    },
  },
  {
    id: 'acknowledge.results',
    sentence: 'An acknowledgement of what is unknown, or of a version that is not there yet, says so and changes nothing.',
    needs: ['acknowledge'],
    async check(of) {
      const { fulfillmentId, version } = await of.ended(of.order(['instant']), 'completed');
      const items = [{ fulfillmentId: randomUUID(), version: 1 }, { fulfillmentId, version: version + 5 }];
      const answer = await of.call('POST', '/v1/acknowledgements', { body: { items } });
      must(answer.status === 200 && JSON.stringify(answer.json?.results?.map(({ result }: any) => result)) === '["unknown","ahead"]', `The answer should be unknown, ahead: ${said(answer)}.`, shown(answer));
      must(((await of.read(fulfillmentId)).acknowledgedVersion ?? 0) < version, 'It counts as acknowledged.');
    },
  },
  {
    id: 'list.status',
    sentence: 'A list of one status shows what has it and nothing else; a status that is none is refused.',
    async check(of) {
      const done = await of.ended(of.order(['instant']), 'completed');
      for (const status of STATUSES) {
        const answer = await of.call('GET', `/v1/fulfillments?status=${status}&limit=20`);
        must(answer.status === 200 && answer.json?.items?.every((item: any) => item.status === status), `The list of those that are ${status} was answered with ${said(answer)}, or shows others.`, shown(answer));
        must((await isListed(of, done, `status=${status}`)) === (status === 'completed'), `A completed fulfillment is ${status === 'completed' ? 'missing in' : 'shown in'} the list of those that are ${status}.`);
      }
      of.refused(await of.call('GET', '/v1/fulfillments?status=none'), [400, 422]);
    },
  },
  {
    id: 'list.settled-before',
    sentence: 'A list of what was settled before a time shows nothing that was settled later, and nothing that is open.',
    needs: ['acknowledge', 'schedule'],
    async check(of) {
      const done = await of.ended(of.order(['instant']), 'completed');
      const open = await of.scheduled();
      const [past, future] = [-HOUR_MS, HOUR_MS].map((ms) => `settledBefore=${new Date(Date.now() + ms).toISOString()}`);
      for (const more of ['', '&acknowledged=false']) {
        must(!(await isListed(of, done, `${past}${more}`)), 'It was settled a moment ago, and the list of what was settled an hour ago shows it.');
        must(await isListed(of, done, `${future}${more}`), 'It is settled, and the list of what was settled before the next hour does not show it.');
        must(!(await isListed(of, open, `${future}${more}`)), 'It is scheduled, and the list of what is settled shows it.');
      }
    },
  },
  {
    id: 'list.pages',
    sentence: 'A list can be read page by page, newest first; a cursor that is none is refused.',
    async check(of) {
      const body = of.order(['instant']);
      const older = await of.take(body);
      const newer = await of.take({ ...body, lines: of.lines(['instant'], 2) });
      const path = `/v1/fulfillments?orderId=${body.orderId}&limit=1`;
      const first = await of.call('GET', path);
      must(first.status === 200 && first.json?.items?.[0]?.fulfillmentId === newer.fulfillmentId && first.json.items.length === 1 && typeof first.json.nextCursor === 'string', `The first page was answered with ${said(first)}, or without the newest one and a cursor.`, shown(first));
      const second = await of.call('GET', `${path}&cursor=${encodeURIComponent(first.json.nextCursor)}`);
      must(second.status === 200 && second.json?.items?.length === 1 && second.json.items[0].fulfillmentId === older.fulfillmentId, 'The second page does not show the older one.', shown(first, second));
      of.refused(await of.call('GET', `${path}&cursor=none`), [400, 422]);
    },
  },
];

function acknowledge(of: OfBench, fulfillmentId: string, version: number): Promise<Answer> {
  return of.call('POST', '/v1/acknowledgements', { body: { items: [{ fulfillmentId, version }] } });
}

/** Goes through the list of what is settled and not acknowledged, from the oldest on. */
async function isUnacknowledged(of: OfBench, fulfillmentId: string): Promise<boolean> {
  const items = await itemsOf(of, 'acknowledged=false', (found) => found.some((item) => item.fulfillmentId === fulfillmentId));
  must(items.every(({ status }) => SETTLED.has(status)), 'The list shows what is not settled.');
  return items.some((item) => item.fulfillmentId === fulfillmentId);
}

/** A list page by page, to its end or until `isEnough`. */
async function itemsOf(of: OfBench, query: string, isEnough: (items: readonly any[]) => boolean = () => false): Promise<any[]> {
  const items: any[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer: Answer = await of.call('GET', `/v1/fulfillments?${query}&limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    must(answer.status === 200 && Array.isArray(answer.json?.items), `The list (${query}) was answered with ${said(answer)}.`, shown(answer));
    items.push(...answer.json.items);
    cursor = answer.json.nextCursor ?? null;
    if (cursor === null || isEnough(items)) return items;
  }
  throw new NotJudged(`this client has more than ${MAX_PAGES * 200} fulfillments in the list (${query})`);
}

async function isListed(of: OfBench, { orderId, fulfillmentId }: Fulfillment, query: string): Promise<boolean> {
  return (await itemsOf(of, `orderId=${encodeURIComponent(orderId)}&${query}`)).some((item) => item.fulfillmentId === fulfillmentId);
}

export const SHARING: readonly Promised<OfBench>[] = [...MEANING, ...ISOLATION, ...BULK];
