/**
 * The same act on many orders: some at a time, with what came of each, until all are done or somebody stops it.
 * Promise: none is asked twice; after a stop nothing more is begun, and what is under way is waited for. Pure but for what it is given.
 */
export interface Target {
  readonly orderId: string;
  readonly orderNumber: number;
}

export interface ManyProgress {
  readonly done: number;
  readonly failed: readonly { readonly target: Target; readonly why: string }[];
}

const AT_ONCE = 4;

/** `act` rejects with why it was refused. Resolves with what came of it. */
export async function doMany(targets: readonly Target[], act: (target: Target) => Promise<unknown>, tell: (progress: ManyProgress) => void, signal: AbortSignal): Promise<ManyProgress> {
  let next = 0;
  let progress: ManyProgress = { done: 0, failed: [] };
  const work = async (): Promise<void> => {
    for (let target = targets[next++]; target !== undefined && !signal.aborted; target = targets[next++]) {
      try {
        await act(target);
        progress = { ...progress, done: progress.done + 1 };
      } catch (error) {
        progress = { ...progress, failed: [...progress.failed, { target, why: error instanceof Error ? error.message : String(error) }] };
      }
      tell(progress);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return progress;
}
