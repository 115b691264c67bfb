/**
 * How an endpoint does, by the density of its errors: never by one failure. Pure.
 *
 * Judged are the last 100 results of one hour, as this process has seen them: half of at least 10 failing is worth a notice, 95 % of
 * at least 20 over ten minutes the end.
 */
const MOST = 100;
const WINDOW_MS = 3_600_000;
const NOTICE = { least: 10, share: 0.5 };
const DISABLE = { least: 20, share: 0.95, spanMs: 600_000 };

export interface Verdict {
  readonly act: 'notice' | 'disable';
  readonly failed: number;
  readonly of: number;
}

export class Health {
  /** When each of the last results was, Unix or monotonic milliseconds; negative for a failure. A ring. */
  readonly #results = new Float64Array(MOST);
  #next = 0;
  #count = 0;
  #failed = 0;
  #failedSinceSuccess = 0;

  /** Failures without a success between them. */
  get failuresInRow(): number {
    return this.#failedSinceSuccess;
  }

  /** Takes a result in, and judges. `nowMs` only ever grows, and is above zero. */
  record(hasFailed: boolean, nowMs: number): Verdict | undefined {
    this.#failedSinceSuccess = hasFailed ? this.#failedSinceSuccess + 1 : 0;
    while (this.#count > 0 && (this.#count === MOST || nowMs - Math.abs(this.#oldest) > WINDOW_MS)) this.#drop();
    this.#results[this.#next] = hasFailed ? -nowMs : nowMs;
    this.#next = (this.#next + 1) % MOST;
    this.#count += 1;
    if (!hasFailed) return undefined;
    this.#failed += 1;
    const share = this.#failed / this.#count;
    const told = { failed: this.#failed, of: this.#count };
    if (this.#count >= DISABLE.least && share >= DISABLE.share && nowMs - Math.abs(this.#oldest) >= DISABLE.spanMs) return { act: 'disable', ...told };
    return this.#count >= NOTICE.least && share >= NOTICE.share ? { act: 'notice', ...told } : undefined;
  }

  get #oldest(): number {
    return this.#results[(this.#next - this.#count + MOST) % MOST] ?? 0;
  }

  #drop(): void {
    if (this.#oldest < 0) this.#failed -= 1;
    this.#count -= 1;
  }
}
