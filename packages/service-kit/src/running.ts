/**
 * What a service has started, ended in the opposite order.
 * Promise: `stop` ends everything, whatever of it fails; a start that fails takes down what was up already.
 */

export class Running {
  readonly #ends: (() => unknown)[][] = [];

  /** What is registered last ends first. */
  onStop(end: () => unknown): void {
    this.#ends.push([end]);
  }

  /** A place in that order for several ends that need not wait for each other; gives what registers them there. */
  atOnce(): (end: () => unknown) => void {
    const group: (() => unknown)[] = [];
    this.#ends.push(group);
    return (end) => void group.push(end);
  }

  /** Throws the failures together. */
  readonly stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const group of this.#ends.splice(0).reverse()) {
      const ended = await Promise.allSettled(group.map(async (end) => end()));
      failures.push(...ended.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be stopped in order.');
  };
}

/** Runs `start`; when it throws, ends what it had registered before throwing on. */
export async function startOrTakeDown<Service>(start: (running: Running) => Promise<Service>): Promise<Service> {
  const running = new Running();
  try {
    return await start(running);
  } catch (error) {
    await running.stop().catch(() => undefined);
    throw error;
  }
}
