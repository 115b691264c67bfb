/** Work of several replays, one piece after the other in the order in which it was asked for. Bounded by whoever asks. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Rejects without having begun when the signal was aborted meanwhile. */
  run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
