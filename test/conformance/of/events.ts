/** Promises of what a client hears: judged over every fulfillment that the kit has asked for in this run, once all of them are at rest. */
import { randomUUID } from 'node:crypto';
import { catalogue } from '@commerce/events/entries';
import { Broken, NotJudged, must } from '../promise.ts';
import type { Promised } from '../promise.ts';
import type { Answer } from '../exchange.http.ts';
import { within } from '../eventually.ts';
import { SETTLED, shown } from './bench.ts';
import type { OfBench } from './bench.ts';
import type { Told } from './feed.ts';
import {
  agreesWithRead, completionIsTrue, ENDINGS, endIsTold, endingsOf, failuresHaveReasons, inSequence, inTheFlow, linesAsAsked, noDoubles, oneEnding, tellsOf, tellsOfLine,
} from './told.ts';
import type { Judge, Story } from './told.ts';

const COMPLETED: ReadonlySet<string> = new Set(['FulfillmentCompleted']);
const CANCEL_TRIES = 3;
/** For a completion that should not come. */
const WATCHED_MS = 500;

/** Judged while the others are. */
export const HEARD_AT_ONCE: readonly Promised<OfBench>[] = [
  {
    id: 'events.before-answer',
    sentence: 'An outcome may be told before the request is answered: it can be read then, and the answer speaks of the same fulfillment.',
    needs: ['events'],
    async check(of) {
      await Promise.all(Array.from({ length: 4 }, () => readWhatIsTold(of)));
    },
  },
  {
    id: 'events.stay-cancelled',
    sentence: 'A fulfillment that was cancelled under way is told as cancelled, and never as completed.',
    needs: ['events', 'cancel'],
    async check(of) {
      const { fulfillmentId, answer } = await cancelledUnderWay(of);
      const toldAs = (type: string): readonly Told[] => of.feed.told().filter((told) => told.fulfillmentId === fulfillmentId && told.detailType === type);
      const cancelled = await within(of.given.patienceMs, of.signal, () => toldAs('FulfillmentCancelled')[0]);
      must(cancelled !== undefined, `It was cancelled, and within ${of.given.patienceMs / 1_000} s no FulfillmentCancelled came.`, shown(answer));
      await of.sleep(WATCHED_MS);
      const completed = toldAs('FulfillmentCompleted');
      must(completed.length === 0, 'It was cancelled, and is told as completed.', { ...shown(answer), events: completed.map(({ event }) => event) });
    },
  },
];

/** A fulfillment whose cancellation was accepted, and which has ended by it. */
async function cancelledUnderWay(of: OfBench): Promise<{ fulfillmentId: string; answer: Answer }> {
  for (let attempt = 0; attempt < CANCEL_TRIES * of.given.products.later.length; attempt += 1) {
    const { fulfillmentId } = await of.take(of.order(['later', 'later']));
    const answer = await of.act(fulfillmentId, 'cancel');
    if (answer.status === 409 && answer.json?.code === 'already_settled') continue;
    of.fulfillment(answer, [200, 202]);
    if ((await of.settled(fulfillmentId)).status === 'cancelled') return { fulfillmentId, answer };
  }
  throw new NotJudged('the later product was always delivered before the cancellation came');
}

/** Asks, and reads at the moment at which the outcome is told, whether the answer has come or not. */
async function readWhatIsTold(of: OfBench): Promise<void> {
  const body = of.order(['instant']);
  let answered = false;
  const asking = of.ask(body, { key: randomUUID() }).finally(() => (answered = true));
  const told = await within(of.given.patienceMs, of.signal, () => of.feed.told().find(({ orderId, detailType }) => orderId === body.orderId && ENDINGS.has(detailType)));
  const when = answered ? 'after' : 'before';
  must(told !== undefined, `No outcome was told within ${of.given.patienceMs / 1_000} s.`);
  const answer = await of.call('GET', `/v1/fulfillments/${told.fulfillmentId}`);
  must(answer.status === 200 && SETTLED.has(answer.json?.status), `The outcome was told ${when} the answer, and reading the fulfillment does not show it.`, { ...shown(answer), events: [told.event] });
  must((await of.ofOrder(body.orderId)).some(({ status }) => SETTLED.has(status)), `The outcome was told ${when} the answer, and the list of the order does not show it.`, { events: [told.event] });
  const taken = of.fulfillment(await asking, [200, 202]);
  must(taken.fulfillmentId === told.fulfillmentId, 'The answer speaks of another fulfillment than the event.', { events: [told.event] });
}

/** What the judges of everything are given: the bench, and the story of each fulfillment of the kit. */
export interface EventsBench {
  readonly of: OfBench;
  readonly stories: readonly Story[];
  /** Told of fulfillments of the kit, with the client whose they are. */
  readonly told: readonly (Told & { readonly ownerId: string })[];
}

/** What a judge says of every story. Where nothing that it could complain of has happened, nothing is said. */
function judged(id: string, sentence: string, judge: Judge, isAbout: (story: Story) => boolean = ({ told }) => told.length > 0): Promised<EventsBench> {
  return {
    id, sentence, needs: ['events'],
    async check({ stories }) {
      for (const story of stories) {
        const complaint = judge(story);
        if (complaint !== undefined) throw new Broken(complaint.sentence, { events: complaint.events, exchanges: story.asked ? [story.asked.exchange] : [] });
      }
      if (!stories.some(isAbout)) throw new NotJudged('nothing that this is about was told');
    },
  };
}

export function heardInTheEnd(isWhole: boolean): readonly Promised<EventsBench>[] {
  return [
    {
      id: 'events.form',
      sentence: 'Every event is a delivery of EventBridge whose event fits its published schema and says the same as the delivery.',
      needs: ['events'],
      async check({ of, told }) {
        must(of.feed.strange().length === 0, 'A message is no delivery of EventBridge.', { events: of.feed.strange().slice(0, 1) });
        if (told.length === 0) throw new NotJudged('nothing was told');
        for (const { source, detailType, event } of told) {
          must(event.source === source && event.eventType === detailType, 'Source or type of the delivery differ from those of the event.', { events: [event] });
          const fault = faultOf(event);
          must(fault === undefined, String(fault), { events: [event] });
        }
      },
    },
    {
      id: 'events.client',
      sentence: 'Every event names the client whose fulfillment it is, and its order.',
      needs: ['events'],
      async check({ told, stories }) {
        const orders = new Map(stories.map(({ read }) => [read.fulfillmentId, read.orderId]));
        const wrong = told.filter(({ ownerId, fulfillmentId, event }) => event.data?.clientId !== ownerId || event.data?.orderId !== orders.get(fulfillmentId));
        if (told.length === 0) throw new NotJudged('nothing was told');
        must(wrong.length === 0, 'An event names another client or order.', { events: wrong.slice(0, 1).map(({ event }) => event) });
      },
    },
    judged('events.sequence', 'The events of a fulfillment are numbered 1, 2, 3, … in the order in which things happened, up to its version.', inSequence(isWhole)),
    judged('events.no-doubles', 'A change is told under one id, however often it comes.', noDoubles),
    judged('events.one-ending', 'A fulfillment ends once: completed, failed or cancelled.', oneEnding, tellsOf(ENDINGS)),
    judged('events.each-settled', 'Every settled fulfillment was told with its end.', endIsTold, ({ read }) => endingsOf(read.status).length > 0),
    judged('events.completion-true', 'A completion says partial when a line was not fulfilled.', completionIsTrue, tellsOfLine('failed', COMPLETED)),
    judged('events.agree-with-reads', 'What was told last of a fulfillment is what is read, line by line.', agreesWithRead, tellsOf(ENDINGS)),
    judged('events.lines', 'Every event tells of the lines that were asked for: id, product and quantity.', linesAsAsked, (story) => story.asked !== undefined && tellsOf(ENDINGS)(story)),
    judged('events.reasons', 'Each line that is told as failed has its reason, and it is the one that is read.', failuresHaveReasons, tellsOfLine('failed')),
    judged('events.correlation', 'Every event carries the correlation id of the request from which it follows (X-Correlation-Id).', inTheFlow, ({ asked, told }) => asked !== undefined && told.length > 0),
  ];
}

function faultOf(event: unknown): string | undefined {
  try {
    catalogue.checkEnvelope(event);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
