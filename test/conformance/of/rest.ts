/**
 * Brings everything that the kit has asked for to rest, so that its events can be judged: calls off what waits, waits until the rest
 * is settled and its end was told.
 */
import { within } from '../eventually.ts';
import { SETTLED, fulfillmentSchema } from './bench.ts';
import type { Fulfillment, OfBench } from './bench.ts';
import type { Book, Entry } from './book.ts';
import type { EventsBench } from './events.ts';
import { endingsOf } from './told.ts';

const AT_ONCE = 8;
const QUIET_MS = 500;
/** In one call. */
const MAX_ITEMS = 500;
/** From the request to its start: long enough to be held before. */
const HELD_MS = 2_000;
const CLOCKS_APART_MS = 500;

/** One of each story that a client may hear; what a service does not offer or the kit cannot steer is left out. */
export async function makeStories(of: OfBench, offers: (need: string) => boolean): Promise<void> {
  const failing = of.given.products.failing !== undefined;
  const attempts: Promise<unknown>[] = [of.take(of.order(['instant'])), of.take(of.order(['later', 'instant']))];
  if (failing) attempts.push(of.take(of.order(['failing'])), of.take(of.order(['failing', 'instant', 'later'])));
  if (offers('cancel')) attempts.push(of.take(of.order(['later', 'instant'])).then(({ fulfillmentId }) => of.act(fulfillmentId, 'cancel')));
  if (offers('schedule') && offers('hold') && offers('release')) attempts.push(heldAndReleased(of));
  if (offers('revoke')) attempts.push(of.ended(of.order(['instant', 'instant']), 'completed').then(({ fulfillmentId }) => of.act(fulfillmentId, 'revoke', { lines: ['1'] })));
  // What fails here is the affair of the promises that are about it.
  await Promise.allSettled(attempts);
}

/** Released when its start time is over: one that is released before is scheduled again, and nobody hears of it. */
async function heldAndReleased(of: OfBench): Promise<void> {
  const startAtMs = Date.now() + HELD_MS;
  const { fulfillmentId } = await of.take(of.order(['instant'], { startAt: new Date(startAtMs).toISOString() }));
  await of.act(fulfillmentId, 'hold');
  await of.sleep(startAtMs + CLOCKS_APART_MS - Date.now());
  await of.act(fulfillmentId, 'release');
}

/** Calls off whatever of the book is still waiting. */
export async function callOff(of: OfBench, book: Book): Promise<void> {
  await overAll(book.entries(), async ({ fulfillmentId, owner }) => {
    const found = await readOf(of, { fulfillmentId, owner });
    if (found?.status === 'scheduled' || found?.status === 'on_hold') await of.act(fulfillmentId, 'cancel', {}, owner);
  });
}

/** Leaves no outcome that its client seems not to know. */
export async function acknowledgeAll(of: OfBench, { stories }: EventsBench, book: Book): Promise<void> {
  const byOwner = Map.groupBy(stories.filter(({ read }) => SETTLED.has(read.status)), ({ read }) => book.find(read.fulfillmentId)?.owner);
  for (const [owner, settled] of byOwner) {
    const items = settled.map(({ read: { fulfillmentId, version } }) => ({ fulfillmentId, version }));
    for (let from = 0; owner !== undefined && from < items.length; from += MAX_ITEMS) await of.call('POST', '/v1/acknowledgements', { body: { items: items.slice(from, from + MAX_ITEMS) }, as: owner });
  }
}

/** Waits for the ends and their events, and gives what is to be judged. */
export async function comeToRest(of: OfBench, book: Book): Promise<EventsBench> {
  const entries = book.entries().filter(({ owner }) => of.feed.clientIds.includes(owner.clientId));
  const reads = new Map<string, Fulfillment>();
  await overAll(entries, async (entry) => {
    await within(of.given.patienceMs, of.signal, async () => {
      const found = await readOf(of, entry);
      if (found !== undefined) reads.set(entry.fulfillmentId, found);
      return found === undefined || SETTLED.has(found.status) ? true : undefined;
    });
  });
  await within(of.given.patienceMs, of.signal, () => {
    const types = Map.groupBy(of.feed.told(), ({ fulfillmentId }) => fulfillmentId);
    const isTold = ({ fulfillmentId, status, version }: Fulfillment): boolean => {
      const told = types.get(fulfillmentId) ?? [];
      return endingsOf(status).every((type) => told.some(({ detailType }) => detailType === type)) && (!of.feed.isWhole || new Set(told.map(({ sequence }) => sequence)).size >= version);
    };
    return [...reads.values()].every(isTold) ? true : undefined;
  });
  await of.sleep(QUIET_MS);
  return { of, ...collected(of, book, reads) };
}

function collected(of: OfBench, book: Book, reads: ReadonlyMap<string, Fulfillment>): Pick<EventsBench, 'stories' | 'told'> {
  const told = of.feed.told().flatMap((one) => {
    const entry = book.find(one.fulfillmentId);
    return entry === undefined || !reads.has(one.fulfillmentId) ? [] : [{ ...one, ownerId: entry.owner.clientId }];
  });
  const byId = Map.groupBy(told, ({ fulfillmentId }) => fulfillmentId);
  const stories = [...reads.values()].map((read) => ({ read, asked: book.asked(read.fulfillmentId), told: (byId.get(read.fulfillmentId) ?? []).toSorted((a, b) => a.sequence - b.sequence) }));
  return { stories, told };
}

async function readOf(of: OfBench, { fulfillmentId, owner }: Pick<Entry, 'fulfillmentId' | 'owner'>): Promise<Fulfillment | undefined> {
  const answer = await of.call('GET', `/v1/fulfillments/${fulfillmentId}`, { as: owner });
  return answer.status === 200 ? fulfillmentSchema.safeParse(answer.json).data : undefined;
}

async function overAll<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let index = next++; index < all.length; index = next++) await each(all[index] as T);
  }));
}
