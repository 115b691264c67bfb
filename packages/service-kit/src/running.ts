/**
 * What a service has started, ended in the opposite order.
 * Promise: `stop` ends everything, whatever of it fails; a start that fails takes down what was up already.
 */

export class Running {
  readonly #ends: (() => unknown)[] = [];

  /** What is registered last ends first. */
  onStop(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** Throws the failures together. */
  readonly stop = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
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
