// Sends the webhooks of a stand-in: signed, at most 32 at a time, repeated on anything but 2xx and 410, and a second time when told
// to. One that was neither taken nor given up before the process ended is sent again by the next process.
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { signWebhook } from './webhook-signature.ts';

const MAX_IN_FLIGHT = 32;
const ANSWER_TIMEOUT_MS = 5_000;
const RETRY_DELAYS_MS: readonly number[] = [200, 1_000, 5_000, 15_000];
const SECOND_TIME_MS = 20;

/** A fact that is told by webhook: the same bytes however often it is told. */
export type Fact = {
  readonly eventId: string;
  readonly url: string;
  readonly body: string;
  readonly dueAtMs: number;
  /** Headers of its signature, where they are not those of Standard Webhooks. */
  readonly signed?: ((timestampSeconds: number) => Record<string, string>) | undefined;
};

/** What becomes of a webhook on purpose. */
export type Fate = 'sent' | 'lost' | 'doubled';

export type WebhooksOptions = {
  /** `whsec_` + base64. */
  readonly secret: string;
  readonly now: () => number;
};

export type Telling = {
  /** Asked when the fact is due. */
  readonly fate: () => Fate;
  /** Called once the webhook was taken (2xx), refused for good (410) or given up. */
  readonly settled: () => Promise<void>;
};

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #agent = new Agent({ connections: MAX_IN_FLIGHT, headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS });
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #turns: (() => void)[] = [];
  #inFlight = 0;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** Tells the fact as soon as it is one. */
  schedule(fact: Fact, telling: Telling): void {
    const run = this.#tell(fact, telling)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) throw error;
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Ends: nothing more is sent, what is under way is cut. */
  async stop(): Promise<void> {
    this.#ending.abort();
    for (const turn of this.#turns.splice(0)) turn();
    await Promise.allSettled(this.#running);
    await this.#agent.destroy();
  }

  async #tell(fact: Fact, telling: Telling): Promise<void> {
    await this.#pause(Math.max(0, fact.dueAtMs - this.#options.now()));
    const fate = telling.fate();
    if (fate === 'lost') return;
    await this.#deliver(fact);
    if (fate === 'doubled') {
      await this.#pause(SECOND_TIME_MS);
      await this.#deliver(fact);
    }
    await telling.settled();
  }

  /** Until it was taken, refused for good, or given up. */
  async #deliver(fact: Fact): Promise<void> {
    for (const delayMs of [...RETRY_DELAYS_MS, undefined]) {
      const status = await this.#inTurn(() => this.#post(fact));
      this.#ending.signal.throwIfAborted();
      if (status === 410 || (status >= 200 && status < 300) || delayMs === undefined) return;
      await this.#pause(delayMs);
    }
  }

  async #inTurn(send: () => Promise<number>): Promise<number> {
    while (this.#inFlight >= MAX_IN_FLIGHT && !this.#ending.signal.aborted) await new Promise<void>((resolve) => this.#turns.push(resolve));
    this.#inFlight += 1;
    try {
      return await send();
    } finally {
      this.#inFlight -= 1;
      this.#turns.shift()?.();
    }
  }

  #pause(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.#ending.signal });
  }

  /** The status of the answer; 0 when there was none. */
  async #post({ eventId, url, body, signed }: Fact): Promise<number> {
    const timestamp = Math.floor(this.#options.now() / 1_000);
    const standard = (): Record<string, string> => ({ 'webhook-id': eventId, 'webhook-timestamp': String(timestamp), 'webhook-signature': signWebhook(this.#options.secret, eventId, timestamp, body) });
    const headers = { 'content-type': 'application/json', ...(signed === undefined ? standard() : signed(timestamp)) };
    try {
      const answer = await request(url, { method: 'POST', dispatcher: this.#agent, signal: this.#ending.signal, headers, body });
      await answer.body.dump({ limit: 65_536 });
      return answer.statusCode;
    } catch {
      return 0;
    }
  }
}
