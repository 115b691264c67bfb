/** Promises of calling off what is under way, taking back what was delivered, and both at once. */
import { NotJudged, must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import type { Answer } from '../exchange.http.ts';
import { REASON, said, shown } from './bench.ts';
import type { Fulfillment, OfBench } from './bench.ts';

const GONE = new Set(['cancelled', 'revoked', 'failed']);
const TRIES = 2;
const RACE_DELAYS_MS = [0, 40, 90, 150, 220, 300, 400];

/** Nothing of it is delivered or still under way. */
function nothingLeft(fulfillment: Fulfillment): void {
  const left = fulfillment.lines.filter(({ status }) => !GONE.has(status));
  must(left.length === 0, `It is ${fulfillment.status}, and its line ${left[0]?.lineId} is ${left[0]?.status}.`);
}

const CANCEL: readonly Promised<OfBench>[] = [
  {
    id: 'cancel.waiting',
    sentence: 'What nobody has begun is cancelled at once, with its reason; scheduled or held alike.',
    needs: ['cancel', 'hold', 'schedule'],
    async check(of) {
      for (const held of [false, true]) {
        const { fulfillmentId } = await of.scheduled(['instant', 'later']);
        if (held) of.fulfillment(await of.act(fulfillmentId, 'hold'), [200]);
        const cancelled = of.is(of.fulfillment(await of.act(fulfillmentId, 'cancel'), [200]), 'cancelled');
        of.linesAre(cancelled, 'cancelled', 'cancelled');
        must(cancelled.reason?.code === REASON.code, 'The reason is not that of the cancellation.');
      }
    },
  },
  {
    id: 'cancel.under-way',
    sentence: 'What is under way is called off: nothing of it stays delivered, and it ends as cancelled.',
    needs: ['cancel'],
    async check(of) {
      let inTime = 0;
      for (let attempt = 0; attempt < TRIES * of.given.products.later.length; attempt += 1) {
        const { fulfillmentId } = await of.take(of.order(['instant', 'later']));
        const answer = await of.act(fulfillmentId, 'cancel');
        if (answer.status === 409 && answer.json?.code === 'already_settled') continue;
        inTime += 1;
        of.is(of.fulfillment(answer, [200, 202]), 'cancelled', 'cancelling');
        nothingLeft(of.is(await of.settled(fulfillmentId), 'cancelled'));
      }
      if (inTime === 0) throw new NotJudged('the later product was always done before the cancellation came');
    },
  },
  {
    id: 'cancel.stays-cancelled',
    sentence: 'What was cancelled is never carried out, also when its start comes.',
    needs: ['cancel', 'schedule'],
    async check(of) {
      const startAtMs = Date.now() + 1_200;
      const { fulfillmentId } = await of.take(of.order(['instant'], { startAt: new Date(startAtMs).toISOString() }));
      of.is(of.fulfillment(await of.act(fulfillmentId, 'cancel'), [200]), 'cancelled');
      await of.sleep(startAtMs - Date.now() + 700);
      nothingLeft(of.is(await of.read(fulfillmentId), 'cancelled'));
    },
  },
  {
    id: 'cancel.repeat',
    sentence: 'A second cancellation is answered as the first and changes nothing.',
    needs: ['cancel', 'schedule'],
    async check(of) {
      const { fulfillmentId } = await of.scheduled();
      const first = of.fulfillment(await of.act(fulfillmentId, 'cancel'), [200]);
      const again = of.fulfillment(await of.act(fulfillmentId, 'cancel'), [200]);
      must(again.version === first.version && again.status === 'cancelled', 'The second cancellation changed the fulfillment.');
    },
  },
  {
    id: 'cancel.settled',
    sentence: 'What is completed cannot be cancelled any more, and stays as it is.',
    needs: ['cancel'],
    async check(of) {
      const done = await of.ended(of.order(['instant']), 'completed');
      of.refused(await of.act(done.fulfillmentId, 'cancel'), 409, 'already_settled');
      of.linesAre(of.is(await of.read(done.fulfillmentId), 'completed'), 'fulfilled');
    },
  },
  {
    id: 'cancel.refused',
    sentence: 'A cancellation without a reason, or of what does not exist, is refused.',
    needs: ['cancel', 'schedule'],
    async check(of) {
      const { fulfillmentId } = await of.scheduled();
      of.refused(await of.call('POST', `/v1/fulfillments/${fulfillmentId}/cancel`, { body: {} }), [400, 422]);
      of.is(await of.read(fulfillmentId), 'scheduled');
      of.refused(await of.act(crypto.randomUUID(), 'cancel'), 404, 'fulfillment_not_found');
    },
  },
];

const REVOKE: readonly Promised<OfBench>[] = [
  {
    id: 'revoke.whole',
    sentence: 'What was completed can be taken back as a whole: every line is revoked, and so is the fulfillment.',
    needs: ['revoke'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant', 'instant']), 'completed');
      of.fulfillment(await of.act(fulfillmentId, 'revoke'), [200, 202]);
      of.linesAre(await of.until(fulfillmentId, 'revoked', ({ status }) => status === 'revoked'), 'revoked', 'revoked');
    },
  },
  {
    id: 'revoke.each-line',
    sentence: 'Each line that is to be taken back ends as revoked, or stays delivered and says that its provider refused.',
    needs: ['revoke'],
    async check(of) {
      await Promise.all(of.given.products.later.map(async () => {
        const { fulfillmentId } = await of.ended(of.order(['later', 'instant']), 'completed');
        of.fulfillment(await of.act(fulfillmentId, 'revoke'), [200, 202]);
        const { status, lines } = await of.until(fulfillmentId, 'done with revoking', (found) => found.lines.every((line) => line.status !== 'revoking') && found.lines.some((line) => line.status === 'revoked'));
        for (const line of lines) must(line.status === 'revoked' || (line.status === 'fulfilled' && line.reason?.code === 'revoke_refused'), `Line ${line.lineId} is ${line.status}, and no provider refused.`);
        must((status === 'revoked') === lines.every((line) => line.status === 'revoked'), `It is ${status}, and its lines are ${lines.map((line) => line.status).join(', ')}.`);
      }));
    },
  },
  {
    id: 'revoke.one-line',
    sentence: 'Taking back one line takes back that line and no other.',
    needs: ['revoke'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant', 'instant', 'instant']), 'completed');
      of.fulfillment(await of.act(fulfillmentId, 'revoke', { lines: ['2'] }), [200, 202]);
      const after = await of.until(fulfillmentId, 'done with revoking', ({ lines }) => lines.some(({ status }) => status === 'revoked'));
      of.linesAre(after, 'fulfilled', 'revoked', 'fulfilled');
    },
  },
  {
    id: 'revoke.repeat',
    sentence: 'Taking back what was taken back already changes nothing.',
    needs: ['revoke'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant']), 'completed');
      of.fulfillment(await of.act(fulfillmentId, 'revoke'), [200, 202]);
      const first = await of.until(fulfillmentId, 'revoked', ({ status }) => status === 'revoked');
      const again = of.fulfillment(await of.act(fulfillmentId, 'revoke', { lines: ['1'] }), [200, 202]);
      must(again.version === first.version && again.status === 'revoked', 'The second revocation changed the fulfillment.');
    },
  },
  {
    id: 'revoke.refused',
    sentence: 'What is still open, and lines that are not there or were not delivered, cannot be taken back; nothing changes then.',
    needs: ['revoke', 'schedule'],
    async check(of) {
      const open = await of.scheduled();
      of.refused(await of.act(open.fulfillmentId, 'revoke'), 409, 'not_settled');
      const done = await of.ended(of.order(['instant']), 'completed');
      of.refused(await of.act(done.fulfillmentId, 'revoke', { lines: ['1', 'none'] }), 422, 'unknown_line');
      of.linesAre(of.is(await of.read(done.fulfillmentId), 'completed'), 'fulfilled');
    },
  },
  {
    id: 'revoke.not-fulfilled',
    sentence: 'A line that was not fulfilled cannot be taken back.',
    needs: ['revoke', 'failing'],
    async check(of) {
      const { fulfillmentId } = await of.take(of.order(['instant', 'failing']));
      await of.settled(fulfillmentId);
      of.refused(await of.act(fulfillmentId, 'revoke', { lines: ['2'] }), 409, 'not_fulfilled');
      of.linesAre(await of.read(fulfillmentId), 'fulfilled', 'failed');
    },
  },
];

const RACES: readonly Promised<OfBench>[] = [
  {
    id: 'race.cancel-completion',
    sentence: 'When a cancellation meets the completion, one of them counts, and answer and end agree.',
    needs: ['cancel'],
    async check(of) {
      await Promise.all(RACE_DELAYS_MS.map(async (delayMs) => {
        const { fulfillmentId } = await of.take(of.order(['later', 'instant']));
        await of.sleep(delayMs);
        agrees(await of.act(fulfillmentId, 'cancel'), await of.settled(fulfillmentId));
      }));
    },
  },
  {
    id: 'race.cancel-cancel',
    sentence: 'Several cancellations at once are one cancellation.',
    needs: ['cancel', 'schedule'],
    async check(of) {
      const { fulfillmentId, version } = await of.scheduled();
      const answers = await Promise.all(Array.from({ length: 5 }, () => of.act(fulfillmentId, 'cancel')));
      for (const answer of answers) of.is(of.fulfillment(answer, [200]), 'cancelled');
      must((await of.read(fulfillmentId)).version === version + 1, 'More than one change was made.', shown(...answers.slice(0, 1)));
    },
  },
  {
    id: 'race.revoke-revoke',
    sentence: 'Several revocations at once take back each line once.',
    needs: ['revoke'],
    async check(of) {
      const { fulfillmentId } = await of.ended(of.order(['instant', 'instant']), 'completed');
      const answers = await Promise.all([['1'], ['2'], ['1', '2'], ['1']].map((lines) => of.act(fulfillmentId, 'revoke', { lines })));
      for (const answer of answers) of.fulfillment(answer, [200, 202]);
      of.linesAre(await of.until(fulfillmentId, 'revoked', ({ status }) => status === 'revoked'), 'revoked', 'revoked');
    },
  },
  {
    id: 'race.request-revocation',
    sentence: 'When a request meets the revocation of its order, nothing of the order stays delivered.',
    needs: ['revoke'],
    async check(of) {
      await Promise.all([0, 5, 15].map(async (delayMs) => {
        const body = of.order(['instant', 'later']);
        const [asked, revoked] = await Promise.all([of.ask(body), of.sleep(delayMs).then(() => of.revokeOrder(body.orderId))]);
        must([200, 202].includes(revoked.status), `The revocation of the order should be answered with 200 or 202, and the answer is ${said(revoked)}.`, shown(revoked));
        if (asked.status >= 400) return of.refused(asked, 422, 'order_revoked');
        const { fulfillmentId } = of.fulfillment(asked, [200, 202]);
        nothingLeft(await of.until(fulfillmentId, 'cancelled or revoked', ({ status }) => status === 'cancelled' || status === 'revoked'));
      }));
    },
  },
];

/** A cancellation that was accepted ends as cancelled, unless a provider refused to take a line back; one that was refused came too late. */
function agrees(answer: Answer, end: Fulfillment): void {
  if (answer.status === 409) {
    must(answer.json?.code === 'already_settled', `The cancellation was refused with ${said(answer)}.`, shown(answer));
    must(end.status === 'completed' && end.lines.every(({ status }) => status === 'fulfilled'), `The cancellation came too late, and the end is ${end.status}.`, shown(answer));
    return;
  }
  must(answer.status === 200 || answer.status === 202, `The cancellation was answered with ${said(answer)}.`, shown(answer));
  if (end.status === 'cancelled') return nothingLeft(end);
  must(end.lines.some(({ reason }) => reason?.code === 'revoke_refused'), `The cancellation was accepted, and the end is ${end.status}.`, shown(answer));
}

const TOMBSTONES: readonly Promised<OfBench>[] = [
  {
    id: 'tombstone.refuses',
    sentence: 'A revocation that comes before its request is kept, and refuses the request under every key.',
    needs: ['revoke'],
    async check(of) {
      const body = of.order(['instant']);
      const revoked = await of.revokeOrder(body.orderId);
      must(revoked.status === 200 && revoked.json?.orderId === body.orderId && revoked.json?.fulfillments?.length === 0, `The revocation of an unknown order was answered with ${said(revoked)}.`, shown(revoked));
      for (let attempt = 0; attempt < 2; attempt += 1) of.refused(await of.ask(body), 422, 'order_revoked');
      must((await of.ofOrder(body.orderId)).length === 0, 'The revoked order was begun.', shown(revoked));
    },
  },
  {
    id: 'tombstone.lines',
    sentence: 'A revocation of lines refuses those lines and no others.',
    needs: ['revoke'],
    async check(of) {
      const body = of.order(['instant', 'instant']);
      const revoked = await of.revokeOrder(body.orderId, { lines: ['1'] });
      must(revoked.status === 200, `The revocation was answered with ${said(revoked)}.`, shown(revoked));
      of.refused(await of.ask(body), 422, 'order_revoked');
      await of.take({ ...body, lines: body.lines.slice(1) });
    },
  },
  {
    id: 'tombstone.known-order',
    sentence: 'The revocation of an order takes back what was delivered and calls off what is open; a repetition is harmless.',
    needs: ['revoke', 'schedule'],
    async check(of) {
      const body = of.order(['instant']);
      const done = await of.ended(body, 'completed');
      const open = await of.take({ ...body, lines: of.lines(['instant'], 2), startAt: new Date(Date.now() + 3_600_000).toISOString() });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const answer = await of.revokeOrder(body.orderId);
        must([200, 202].includes(answer.status) && answer.json?.fulfillments?.length === 2, `The revocation was answered with ${said(answer)}, or not with both fulfillments.`, shown(answer));
      }
      await of.until(done.fulfillmentId, 'revoked', ({ status }) => status === 'revoked');
      await of.until(open.fulfillmentId, 'cancelled', ({ status }) => status === 'cancelled');
      of.refused(await of.ask({ ...body, lines: of.lines(['instant'], 3) }), 422, 'order_revoked');
    },
  },
];

export const UNDOING: readonly Promised<OfBench>[] = [...CANCEL, ...REVOKE, ...RACES, ...TOMBSTONES];
