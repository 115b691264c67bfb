/**
 * The fulfilling side, in memory, behind the real port: its keys, its states, its versions, what it refuses and what it tells, as
 * the contract of its API says. What it tells reaches nobody by itself: whoever drives the model delivers it, twice or out of order.
 */
import { FulfillmentRefused } from '@commerce/fulfillment-client';
import type { Fulfillment as Shown } from '@commerce/fulfillment-client';
import type { Fulfiller } from '../extensions/fulfillment/fulfiller.ts';
import type { Fulfillment } from '../extensions/fulfillment/outcome.ts';
import { modelId, shortId } from './ids.ts';
import type { Mail } from './mail.ts';

type LineStatus = 'pending' | 'fulfilled' | 'failed' | 'cancelled' | 'revoking' | 'revoked';

interface Line {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** What becomes of it. */
  readonly fate: LineFate;
  status: LineStatus;
  /** What it was when it began to be taken back. */
  from?: LineStatus;
  reason?: { code: string };
}

/**
 * `digital`, `parcel`: delivered. A `slow` one needs its provider to be taken back, a `late` one is delivered while it is being
 * called off, a `kept` one is delivered and not given back.
 */
export const LINE_FATES = ['digital', 'parcel', 'failed', 'slow', 'late', 'kept'] as const;
export type LineFate = (typeof LINE_FATES)[number];

interface Kept {
  readonly fulfillmentId: string;
  readonly orderId: string;
  readonly orderNumber: number;
  readonly key: string;
  status: 'accepted' | 'on_hold' | 'cancelling' | 'completed' | 'partial' | 'failed' | 'cancelled' | 'revoked';
  version: number;
  reason?: { code: string };
  readonly lines: Line[];
}

/** An event that it tells. */
export interface ToldOutcome {
  readonly eventId: string;
  readonly type: string;
  readonly data: object;
  readonly sequence: number;
}

export interface FulfillerBooksOptions {
  readonly mail: Mail;
  readonly clientId: string;
  /** What becomes of the lines of an order; `refused`: no provider has them. */
  readonly fateOf: (orderId: string) => readonly LineFate[] | 'refused';
  /** It takes a request and refuses it in the same breath; what becomes of it is told when its answer is known (`isAnswered`). */
  readonly denies: (orderId: string) => boolean;
  readonly isAnswered: (orderId: string) => boolean;
  /** Called when a request is sent. */
  readonly onAsk: (orderId: string) => void;
  /** Called when a request is taken. */
  readonly onTaken: (orderId: string) => void;
}

const OPEN = new Set(['accepted', 'on_hold', 'cancelling']);

export class FulfillerBooks {
  readonly #o: FulfillerBooksOptions;
  readonly fulfillments = new Map<string, Kept>();
  readonly #answers = new Map<string, Shown>();
  hasForgotten = false;
  #count = 0;
  readonly #tombstones = new Set<string>();
  /** Orders, and fulfillments, that were to be called off or taken back. */
  readonly calledOff = new Set<string>();
  readonly told: ToldOutcome[] = [];
  readonly port: Fulfiller;

  constructor(options: FulfillerBooksOptions) {
    this.#o = options;
    const { mail } = options;
    this.port = {
      request: ({ orderId, orderNumber, lines }, { idempotencyKey }) => {
        options.onAsk(orderId);
        return mail.send(`request ${shortId(orderId)}`, 'fulfiller', () => ({ fulfillment: this.#request(orderId, orderNumber, lines, idempotencyKey), replayed: false, status: 202 }));
      },
      cancel: (id, reason) => mail.send(`cancel ${shortId(id)}`, 'fulfiller', () => this.#show(this.#cancel(this.#find(id), reason))),
      hold: (id) => mail.send(`hold ${shortId(id)}`, 'fulfiller', () => this.#show(this.#hold(this.#find(id)))),
      release: (id) => mail.send(`release ${shortId(id)}`, 'fulfiller', () => this.#show(this.#release(this.#find(id)))),
      revoke: (id, { reason, lines }) => mail.send(`revoke ${shortId(id)}`, 'fulfiller', () => this.#show(this.#revoke(this.#find(id), reason, lines))),
      revokeOrder: (orderId, { reason }) => mail.send(`revoke of ${shortId(orderId)}`, 'fulfiller', () => {
        this.#tombstones.add(orderId);
        this.calledOff.add(orderId);
        const own = this.of(orderId);
        for (const one of own) this.#withdraw(one, reason, undefined);
        return { orderId, lines: null, fulfillments: own.map((one) => this.#show(one)) };
      }),
      lookup: (orderIds) => mail.send('lookup', 'fulfiller', () => ({ items: orderIds.map((orderId) => ({ orderId, fulfillments: this.of(orderId).map((one) => this.#show(one)) })) })),
      list: ({ orderId }) => mail.send('list', 'fulfiller', () => {
        const all = [...this.fulfillments.values()].filter((one) => (orderId === undefined ? !OPEN.has(one.status) : one.orderId === orderId));
        return { items: all.map((one) => this.#show(one)), nextCursor: null };
      }),
      acknowledge: (items) => mail.send('acknowledge', 'fulfiller', () => ({ results: items.map(({ fulfillmentId }) => ({ fulfillmentId, result: 'acknowledged' as const })) })),
    };
  }

  of(orderId: string): Kept[] {
    return [...this.fulfillments.values()].filter((one) => one.orderId === orderId);
  }

  /** Loses what it has not settled, with its keys. */
  forget(orderId: string): void {
    for (const one of this.of(orderId)) {
      if (one.status !== 'accepted' || one.lines.some(({ status }) => status !== 'pending')) continue;
      this.hasForgotten = true;
      this.fulfillments.delete(one.fulfillmentId);
      this.#answers.delete(one.key);
    }
  }

  /** It calls off or takes back what it has of an order, by itself. */
  undo(orderId: string): void {
    for (const one of this.of(orderId)) if (one.status !== 'failed' && one.status !== 'cancelled') this.#withdraw(one, { code: 'out_of_season' }, undefined);
  }

  /** Lines of an order that stand delivered. */
  delivered(orderId: string): string[] {
    return this.of(orderId).flatMap(({ lines }) => lines.filter(({ status }) => status === 'fulfilled').map(({ lineId }) => lineId));
  }

  /** What its providers may tell next. */
  untold(): { readonly what: () => string; readonly tell: () => void }[] {
    const { denies, isAnswered } = this.#o;
    return [...this.fulfillments.values()].filter(({ orderId, status }) => status !== 'on_hold' && (!denies(orderId) || isAnswered(orderId))).flatMap((one) => one.lines.filter(({ status }) => status === 'pending' || status === 'revoking').map((line) => ({
      what: () => `line ${line.lineId} of ${shortId(one.orderId)}`, tell: () => this.#provider(one, line),
    })));
  }

  #request(orderId: string, orderNumber: number, lines: readonly { readonly lineId: string; readonly sku: string; readonly quantity: number }[], key: string): Shown {
    const known = this.#answers.get(key);
    if (known !== undefined && this.#o.denies(orderId)) throw new FulfillmentRefused('no_provider', 422, 'No provider has it.');
    if (known !== undefined) return known;
    if (this.#tombstones.has(orderId)) throw new FulfillmentRefused('order_revoked', 422, 'The order was revoked.');
    if (this.of(orderId).some((one) => one.lines.some(({ status }) => status !== 'failed' && status !== 'cancelled' && status !== 'revoked'))) {
      throw new FulfillmentRefused('line_already_requested', 409, 'A line was requested before.');
    }
    const fates = this.#o.fateOf(orderId);
    if (fates === 'refused') throw new FulfillmentRefused('no_provider', 422, 'No provider has it.');
    this.#o.onTaken(orderId);
    const kept: Kept = {
      fulfillmentId: modelId('f', (this.#count += 1)), orderId, orderNumber, key, status: 'accepted', version: 1,
      lines: lines.map(({ lineId, sku, quantity }, index): Line => ({ lineId, sku, quantity, fate: fates[index % fates.length] ?? 'digital', status: 'pending' })),
    };
    this.fulfillments.set(kept.fulfillmentId, kept);
    const answer = this.#show(kept);
    this.#answers.set(key, answer);
    if (this.#o.denies(orderId)) throw new FulfillmentRefused('no_provider', 422, 'No provider has it.');
    return answer;
  }

  #find(id: string): Kept {
    const kept = this.fulfillments.get(id);
    if (kept === undefined) throw new FulfillmentRefused('fulfillment_not_found', 404, 'It is not known.');
    return kept;
  }

  #cancel(one: Kept, reason: { readonly code: string }): Kept {
    this.calledOff.add(one.orderId);
    if (one.status === 'cancelled' || one.status === 'cancelling') return one;
    if (!OPEN.has(one.status)) throw new FulfillmentRefused('already_settled', 409, 'It has its outcome.');
    this.#withdraw(one, reason, undefined);
    return one;
  }

  #revoke(one: Kept, reason: { readonly code: string }, lineIds: readonly string[] | undefined): Kept {
    if (OPEN.has(one.status)) throw new FulfillmentRefused('not_settled', 409, 'It can be called off, not taken back.');
    const named = one.lines.filter(({ lineId }) => lineIds?.includes(lineId) ?? true);
    const undelivered = named.filter((line) => ![line.status, line.from].some((status) => status === 'fulfilled' || status === 'revoked'));
    if (lineIds === undefined ? undelivered.length === named.length : undelivered.length > 0) throw new FulfillmentRefused('not_fulfilled', 409, 'Lines were never delivered.');
    this.#withdraw(one, reason, new Set(named.map(({ lineId }) => lineId)));
    return one;
  }

  #hold(one: Kept): Kept {
    if (one.status === 'on_hold') return one;
    if (one.status !== 'accepted' || one.lines.some(({ status }) => status !== 'pending')) throw new FulfillmentRefused('already_begun', 409, 'It was begun.');
    one.status = 'on_hold';
    one.version += 1;
    return one;
  }

  #release(one: Kept): Kept {
    if (one.status !== 'on_hold') throw new FulfillmentRefused('not_on_hold', 409, 'It does not wait.');
    one.status = 'accepted';
    one.version += 1;
    return one;
  }

  /** What is open is withdrawn, what was delivered is taken back; where a provider must be asked it is `revoking` until then. */
  #withdraw(one: Kept, { code }: { readonly code: string }, lineIds: ReadonlySet<string> | undefined): void {
    const wasOpen = OPEN.has(one.status);
    const before = one.lines.map(({ status }) => status);
    for (const line of one.lines) {
      if (lineIds !== undefined && !lineIds.has(line.lineId)) continue;
      if (line.status !== 'pending' && line.status !== 'fulfilled') continue;
      if (line.fate === 'kept' && line.status === 'fulfilled') line.reason = { code: 'revoke_refused' };
      else if (line.fate === 'slow' || line.fate === 'late') Object.assign(line, { from: line.status, status: 'revoking', reason: { code } });
      else Object.assign(line, { status: line.status === 'pending' ? 'cancelled' : 'revoked', reason: { code } });
    }
    const refused = one.lines.some(({ reason }) => reason?.code === 'revoke_refused');
    if (!refused && one.lines.every(({ status }, index) => status === before[index])) return;
    one.reason = { code };
    if (wasOpen) one.status = 'cancelling';
    this.#conclude(one);
  }

  /** A provider tells of a line. */
  #provider(one: Kept, line: Line): void {
    if (line.status === 'revoking') line.status = line.from === 'fulfilled' ? 'revoked' : line.fate === 'late' ? 'fulfilled' : 'cancelled';
    else line.status = line.fate === 'failed' ? 'failed' : 'fulfilled';
    if (line.status === 'failed') line.reason = { code: 'out_of_stock' };
    this.#conclude(one);
  }

  #conclude(one: Kept): void {
    if (one.lines.some(({ status }) => status === 'pending' || status === 'revoking')) return;
    const fulfilled = one.lines.filter(({ status }) => status === 'fulfilled').length;
    if (OPEN.has(one.status)) {
      const none = one.status === 'cancelling' || one.lines.every(({ status }) => status !== 'failed') ? 'cancelled' : 'failed';
      one.status = fulfilled === 0 ? none : fulfilled === one.lines.length ? 'completed' : 'partial';
      if (one.status === 'failed') one.reason = { code: 'all_lines_failed' };
      one.version += one.lines.length;
    } else {
      if (fulfilled === 0 && (one.status === 'completed' || one.status === 'partial')) one.status = 'revoked';
      else if (one.status === 'failed' || one.status === 'cancelled') return;
      one.version += 1;
      this.#tell(one, 'FulfillmentRevoked', { reason: one.reason, lines: one.lines.map((line) => endOf(line)) });
      return;
    }
    if (one.status === 'completed' || one.status === 'partial') this.#tell(one, 'FulfillmentCompleted', { status: one.status, lines: one.lines.map((line) => outcomeOf(line)) });
    else if (one.status === 'failed') this.#tell(one, 'FulfillmentFailed', { reason: one.reason, lines: one.lines.map((line) => outcomeOf(line)) });
    else this.#tell(one, 'FulfillmentCancelled', { reason: one.reason ?? { code: 'cancelled' }, lines: one.lines.map((line) => endOf(line)) });
  }

  #tell({ fulfillmentId, orderId, version }: Kept, type: string, told: object): void {
    const data = { fulfillmentId, clientId: this.#o.clientId, orderId, ...told };
    this.told.push({ eventId: `told-${this.told.length + 1}`, type, data, sequence: version });
  }

  #show({ fulfillmentId, orderId, orderNumber, status, version, reason, lines }: Kept): Shown & Fulfillment {
    const time = '2026-01-01T00:00:00.000Z';
    return {
      fulfillmentId, clientId: this.#o.clientId, orderId, orderNumber, status, version, createdAt: time, updatedAt: time, ...(reason && { reason }),
      lines: lines.map((line) => shown(line, line.status)),
    };
  }
}

function shown<Status extends string>({ lineId, sku, quantity, fate, reason }: Line, status: Status) {
  const tracking = fate === 'parcel' && status === 'fulfilled' ? { tracking: { carrier: 'Post', trackingNumber: `T${lineId}` } } : {};
  return { lineId, sku, quantity, provider: fate, status, ...(reason && { reason }), ...tracking };
}

function endOf(line: Line): object {
  return shown(line, line.status === 'revoking' ? (line.from ?? 'cancelled') : line.status);
}

/** Of an outcome: delivered or not. */
function outcomeOf(line: Line): object {
  if (line.status === 'fulfilled' || line.status === 'failed') return shown(line, line.status);
  return { ...shown(line, 'failed'), reason: { code: line.status } };
}
