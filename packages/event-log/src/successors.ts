/**
 * Says when a newer map has relieved the readers of this process and nobody comes to read with it: the rollout has failed, and no event is
 * handled until a process with that map reads, or one with the former map is started again.
 */
import type { ReaderLogger } from './reader-options.ts';

export interface SuccessorOptions {
  /** While versions change there is nobody for a moment: only this much later it is said, in ms. */
  readonly afterMs: number;
  readonly monotonicMs: () => number;
  readonly logger: ReaderLogger;
}

/** What gives the partitions without a successor with each beat: 0 where there is one, or none is needed. Each time it is said once, and so is its end. */
export function watchSuccessors({ afterMs, monotonicMs, logger }: SuccessorOptions): (abandoned: number) => void {
  let sinceMs: number | undefined;
  let isSaid = false;
  return (abandoned) => {
    if (abandoned === 0) {
      if (isSaid) logger.info({}, 'the readers of which a newer map had relieved this process are read again');
      [sinceMs, isSaid] = [undefined, false];
      return;
    }
    sinceMs ??= monotonicMs();
    if (isSaid || monotonicMs() - sinceMs < afterMs) return;
    isSaid = true;
    logger.error({ count: abandoned }, 'readers without successor: a newer map has relieved this process, and nobody reads with that map; start the newer version again, or restart this one');
  };
}
