// Sends the callbacks of enrolments that became active: signed, at most 32 at a time, repeated on anything but 2xx and 410.
// One that was neither taken nor given up before the process ended is sent again by the next process.
import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import { callbackBody } from './enrolment.ts';
import type { Grant } from './enrolment.ts';
import { signWebhook } from './signature.ts';

const MAX_IN_FLIGHT = 32;
const ANSWER_TIMEOUT_MS = 5_000;
const RETRY_DELAYS_MS: readonly number[] = [200, 1_000, 5_000, 15_000];

export type CallbackOptions = {
  /** `whsec_` + base64. */
  readonly secret: string;
  readonly now: () => number;
  /** True when the callback of this grant is not sent: lost on purpose, or there is nothing to tell. */
  readonly isLost: (grant: Grant) => boolean;
  /** Called once a callback was taken (2xx), refused for good (410) or given up. */
  readonly settled: (reference: string) => Promise<void>;
};

type Job = { readonly grant: Grant; readonly attempt: number };

export class Callbacks {
  readonly #options: CallbackOptions;
  readonly #agent = new Agent({ connections: MAX_IN_FLIGHT, headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS });
  readonly #ending = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #queue: Job[] = [];

  constructor(options: CallbackOptions) {
    this.#options = options;
  }

  /** Sends the callback of this grant as soon as it is active. Grants without a callback address are ignored. */
  schedule(grant: Grant): void {
    if (grant.callbackUrl === null) return;
    this.#after(Math.max(0, grant.activeAtMs - this.#options.now()), { grant, attempt: 1 });
  }

  /** Ends: nothing more is sent, what is under way is cut. */
  async stop(): Promise<void> {
    this.#ending.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#queue = [];
    await Promise.allSettled(this.#running);
    await this.#agent.destroy();
  }

  #after(delayMs: number, job: Job): void {
    if (this.#ending.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#queue.push(job);
      this.#pump();
    }, delayMs);
    this.#timers.add(timer);
  }

  #pump(): void {
    while (this.#running.size < MAX_IN_FLIGHT && !this.#ending.signal.aborted) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      const run = this.#send(job).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  async #send({ grant, attempt }: Job): Promise<void> {
    if (this.#options.isLost(grant)) return;
    const status = await this.#post(grant);
    if (this.#ending.signal.aborted) return;
    const taken = status === 410 || (status >= 200 && status < 300);
    const delayMs = RETRY_DELAYS_MS[attempt - 1];
    if (taken || delayMs === undefined) await this.#options.settled(grant.reference);
    else this.#after(delayMs, { grant, attempt: attempt + 1 });
  }

  /** The status of the answer; 0 when there was none. */
  async #post(grant: Grant): Promise<number> {
    const id = `enr_${createHash('sha256').update(grant.reference).digest('hex').slice(0, 32)}`;
    const body = callbackBody(grant);
    const timestamp = Math.floor(this.#options.now() / 1_000);
    try {
      const answer = await request(grant.callbackUrl as string, {
        method: 'POST',
        dispatcher: this.#agent,
        signal: this.#ending.signal,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signWebhook(this.#options.secret, id, timestamp, body),
        },
        body,
      });
      await answer.body.dump({ limit: 65_536 });
      return answer.statusCode;
    } catch {
      return 0;
    }
  }
}
