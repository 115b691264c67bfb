/**
 * Order Fulfillment as Commerce Coordinator meets it in a simulation: the real client over a wire that loses things, the real service
 * in memory behind it, its LMS, and the books that the rules compare.
 */
import type { FulfillingSide as Booked } from '@commerce/commerce-coordinator/saga-model/surroundings';
import type { Rules } from '@commerce/commerce-coordinator/saga-model/rules';
import type { StoredEvent } from '@commerce/event-log/event';
import { createFulfillmentClient } from '@commerce/fulfillment-client';
import type { FulfillmentClient } from '@commerce/fulfillment-client';
import { createTokens } from '@commerce/fulfillment-client/tokens';
import type { Transport } from '@commerce/fulfillment-client/wire';
import { FulfillingSide, MemoryLms } from '@commerce/order-fulfillment/simulation';
import type { FrontRequest } from '@commerce/order-fulfillment/simulation';
import type { Kernel } from './kernel.ts';
import { isDatabaseDown, transacted } from './database.ts';
import { Process } from './process.ts';
import { Wire } from './wire.ts';

const CLIENT_ID = 'commerce-coordinator';
const TOKEN_MS = 90_000;
const DATABASE_PATIENCE_MS = 2_000;
/** A provider refuses to take it back. */
const KEPT = 'revoke_refused';

/** What a provider has of a line. */
interface Entry {
  readonly book: 'lms' | 'own' | undefined;
  readonly stands: boolean;
  readonly says: string;
}

const NO_ENTRY: Entry = { book: undefined, stands: false, says: 'unknown' };

export class Fulfilling {
  readonly side: FulfillingSide;
  readonly lms = new MemoryLms();
  readonly booked: Booked;
  readonly wires: { readonly http: Wire; readonly lms: Wire; readonly issuer: Wire };
  readonly #kernel: Kernel;
  readonly #tokens = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  readonly #given = new Set<string>();
  /** Callbacks, and enrolments that are to be given. */
  expected = 0;
  process: Process;
  /** Of the process that asks. */
  #client: FulfillmentClient | undefined;
  rules: Rules | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.process = new Process(kernel, 'of');
    this.wires = { http: new Wire(kernel, 'http'), lms: new Wire(kernel, 'lms'), issuer: new Wire(kernel, 'issuer') };
    this.side = new FulfillingSide({
      nowMs: this.nowMs, uuid: () => kernel.uuidAt(this.nowMs()), random: kernel.random, transact: (write) => transacted(kernel, 'of.db', write), warn: (fields, message) => this.#onWarning(fields, message),
      isAuthorized: (token) => (this.#tokens.get(token) ?? 0) > kernel.nowMs,
      watcher: { appended: (event) => this.#appended(event), applied: () => undefined, effectEnded: () => undefined },
      faults: { hit: (name) => this.process.faults.hit(name) },
      carryToLms: (body, signal) => this.#carryToLms(body, signal),
    });
    this.booked = this.#books();
  }

  /** By its own clock. */
  readonly nowMs = (): number => this.#kernel.nowMs + this.#kernel.skewMs;

  #onWarning(fields: object, message: string): void {
    const { err } = fields as { err?: Error };
    if (message.includes('bug')) this.rules?.break(`of: ${message}: ${String((err?.cause as Error | undefined)?.stack ?? err?.stack)}`);
  }

  #appended(event: StoredEvent): void {
    const { type, data, sequence } = event;
    const { orderId, fulfillmentId } = data as { orderId: string; fulfillmentId: string };
    this.#kernel.note(`OF: ${type} ${sequence ?? ''}`);
    if (type === 'FulfillmentAccepted') this.rules?.requested(orderId);
    if (sequence === null) return;
    const last = this.#sequences.get(fulfillmentId) ?? 0;
    if (sequence !== last + 1) this.rules?.break(`history: ${type} of ${fulfillmentId} has the sequence ${sequence} after ${last}`);
    this.#sequences.set(fulfillmentId, sequence);
  }

  // The LMS.

  async #carryToLms(body: object, signal: AbortSignal): Promise<Awaited<ReturnType<ConstructorParameters<typeof FulfillingSide>[0]['carryToLms']>>> {
    const { process } = this;
    const heard = await process.live(this.wires.lms.call({
      what: 'a call to the LMS', signal, timeoutMs: 5_000,
      arrive: (isAwaited) => {
        if (isAwaited && this.#kernel.fault('lms.error')) return { status: 500, retryAfter: undefined, body: '<html>' };
        const answer = this.lms.answer(body);
        this.#giveLater();
        return answer;
      },
    }));
    if (heard.kind === 'answer') return heard.answer;
    throw Object.assign(new Error(heard.why), { code: heard.sent ? 'ECONNRESET' : 'ECONNREFUSED' });
  }

  /** What waits at the LMS is given some time later, and told. */
  #giveLater(): void {
    const kernel = this.#kernel;
    for (const { reference } of this.lms.waiting()) {
      if (this.#given.has(reference)) continue;
      this.#given.add(reference);
      this.expected += 1;
      kernel.after(kernel.between(500, 90_000), '', () => {
        this.expected -= 1;
        const body = this.lms.waiting().find((one) => one.reference === reference)?.give();
        if (body === undefined) return;
        kernel.note('the LMS gives a course');
        if (kernel.fault('lms.callback_lost')) return;
        this.#tellOf(body);
        if (kernel.draws('lms.callback_twice')) this.#tellOf(body, () => kernel.hit('lms.callback_twice'));
      });
    }
  }

  #tellOf(body: string, onHeard: () => void = () => undefined): void {
    const kernel = this.#kernel;
    this.expected += 1;
    kernel.after(kernel.between(5, 3_000), '', () => {
      this.expected -= 1;
      // It is told once; what is not heard is asked for.
      if (!this.process.isAlive) return;
      try {
        this.side.takeCallback(body);
        onHeard();
      } catch (error) {
        if (!isDatabaseDown(error)) throw error;
      }
    });
  }

  // Who asks.

  /** A process of Commerce Coordinator begins: its client, its tokens. */
  startClient(process: Process): void {
    const kernel = this.#kernel;
    const ports = { clock: { now: () => new Date(kernel.nowMs), monotonicMs: () => kernel.nowMs }, sleep: process.sleep, random: kernel.random };
    const credentials = createTokens({ issue: (signal) => process.live(this.#issue(signal)), close: async () => undefined }, { timeoutMs: 5_000, ...ports });
    this.#client = createFulfillmentClient({ baseUrl: 'http://of', credentials, ...ports, wire: this.#wireOf(process), breaker: { failures: 6 } });
  }

  async #issue(signal: AbortSignal): Promise<{ value: string; expiresInMs: number }> {
    const kernel = this.#kernel;
    const heard = await this.wires.issuer.call({
      what: 'a token is asked for', signal,
      arrive: (isAwaited) => {
        if (isAwaited && kernel.fault('issuer.down')) return undefined;
        const value = `token-${this.#tokens.size + 1}`;
        this.#tokens.set(value, kernel.nowMs + TOKEN_MS);
        return value;
      },
    });
    if (heard.kind === 'silence' || heard.answer === undefined) throw new Error('the issuer gives no token');
    return { value: heard.answer, expiresInMs: TOKEN_MS };
  }

  #wireOf(process: Process): Transport {
    return {
      send: async (request, signal) => {
        const heard = await process.live(this.wires.http.call({ what: `${request.method} ${request.path.split('?')[0]}`, signal, callee: () => this.process, arrive: (isAwaited) => this.#arrive(request, isAwaited) }));
        return heard.kind === 'answer' ? heard.answer : { sent: heard.sent, cause: new Error(heard.why) };
      },
      close: async () => undefined,
    };
  }

  async #arrive(request: FrontRequest, isAwaited: boolean): Promise<Awaited<ReturnType<FulfillingSide['answer']>>> {
    const kernel = this.#kernel;
    if (isAwaited && kernel.fault('http.garbage')) return { status: 200, contentType: 'text/html', retryAfter: undefined, replayed: false, text: '<html>busy</html>' };
    if (isAwaited && kernel.fault('http.unavailable')) return unavailable();
    if (isAwaited && this.#tokens.size > 0 && kernel.fault('issuer.rotated')) this.#tokens.clear();
    if (kernel.isClogged('of.db')) {
      await kernel.sleep(DATABASE_PATIENCE_MS);
      return unavailable();
    }
    const answer = await this.side.answer(request);
    kernel.note(`OF answers ${answer.status}${answer.replayed ? ' again' : ''}`);
    // Also one that came too late has reached it.
    if (answer.status < 500 && answer.status !== 401) this.#noteCalledOff(request);
    return answer;
  }

  #noteCalledOff({ path }: FrontRequest): void {
    const [, , what, id, act] = path.split('/');
    if (act !== 'cancel' && act !== 'revoke') return;
    const orderId = what === 'orders' ? id : this.side.rows.fulfillments.get(id ?? '')?.orderId;
    if (orderId !== undefined) this.#calledOff.add(orderId);
  }

  // The books.

  readonly #calledOff = new Set<string>();

  #books(): Booked {
    const client = (): FulfillmentClient => {
      if (this.#client === undefined) throw new Error('Nobody asks yet.');
      return this.#client;
    };
    const of = (orderId: string) => this.side.rows.ofOrder(CLIENT_ID, orderId).map(({ status, lines }) => ({
      status, lines: lines.map((line) => ({ lineId: line.lineId, status: line.status, fate: line.reason?.code === KEPT ? 'kept' : line.provider })),
    }));
    return {
      told: [], untold: () => [], calledOff: this.#calledOff, hasForgotten: false, forget: () => undefined, undo: () => undefined, of,
      delivered: (orderId) => of(orderId).flatMap(({ lines }) => lines.filter(({ status }) => status === 'fulfilled').map(({ lineId }) => lineId)),
      port: {
        request: (order, given) => {
          this.rules?.asked('requested', order.orderId);
          return client().request(order, given);
        },
        list: (...asked) => client().list(...asked), cancel: (...asked) => client().cancel(...asked), hold: (...asked) => client().hold(...asked), release: (...asked) => client().release(...asked),
        revoke: (...asked) => client().revoke(...asked), revokeOrder: (...asked) => client().revokeOrder(...asked), lookup: (...asked) => client().lookup(...asked), acknowledge: (...asked) => client().acknowledge(...asked),
      },
    };
  }

  /** A new process of Order Fulfillment. */
  restart(): Process {
    this.process = new Process(this.#kernel, 'of');
    this.side.die();
    return this.process;
  }

  /** No line of an order is delivered twice, by whomever. */
  checkDelivered(): void {
    const count = new Map<string, number>();
    const add = (orderId: string, lineId: string, effects: number, reversals: number): void => {
      if (effects > 1) this.rules?.break(`delivery: line ${lineId} of ${orderId} was carried out ${effects} times`);
      const key = `${orderId} ${lineId}`;
      count.set(key, (count.get(key) ?? 0) + effects - reversals);
    };
    for (const { orderId, lineId, effects, reversals } of this.side.rows.effects.values()) add(orderId, lineId, effects, reversals);
    for (const { orderId, lineId, effects, reversals } of this.lms.enrolments.values()) add(orderId, lineId, effects, reversals);
    for (const [key, times] of count) if (times > 1) this.rules?.break(`delivery: line ${key} stands delivered ${times} times`);
  }

  /** What stands in the rows is what providers have, line by line, and no provider has anything else. */
  checkEnd(): void {
    const books = new Map([...this.#bookOfLms(), ...this.#bookOfOwn()]);
    for (const { fulfillmentId, orderId, lines } of this.side.rows.fulfillments.values()) {
      for (const { lineId, provider, status } of lines) {
        const key = `${fulfillmentId}:${lineId}`;
        const entry = books.get(key) ?? NO_ENTRY;
        books.delete(key);
        if (entry.stands !== (status === 'fulfilled')) this.rules?.break(`delivery: line ${lineId} of ${orderId} is ${status}, at ${provider} it is ${entry.says}`);
        if (provider === 'lms' ? entry.book === 'own' : entry.book === 'lms') this.rules?.break(`delivery: line ${lineId} of ${orderId} is of ${provider}, and stands in another book`);
      }
    }
    for (const [key, { says }] of books) this.rules?.break(`delivery: a provider has ${key} (${says}), of which no fulfillment is known`);
  }

  *#bookOfLms(): Iterable<[string, Entry]> {
    for (const [reference, { state }] of this.lms.enrolments) yield [reference, { book: 'lms', stands: state === 'active', says: state }];
  }

  /** Of `instant` and `warehouse`: the ledger of what they did. */
  *#bookOfOwn(): Iterable<[string, Entry]> {
    for (const [key, { effects, reversals }] of this.side.rows.effects) {
      yield [key.replace('\n', ':'), { book: 'own', stands: effects - reversals === 1, says: `carried out ${effects} times and taken back ${reversals} times` }];
    }
  }
}

function unavailable(): Awaited<ReturnType<FulfillingSide['answer']>> {
  const body = { type: '/problems/dependency_unavailable', title: 'Not now', status: 503, instance: 'request', code: 'dependency_unavailable', requestId: 'request', retryable: true };
  return { status: 503, contentType: 'application/problem+json', retryAfter: '2', replayed: false, text: JSON.stringify(body) };
}

