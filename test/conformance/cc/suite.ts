/** The whole suite of a Commerce Coordinator. */
import { Recorder } from '../exchange.http.ts';
import { chosen, fits } from '../promise.ts';
import { judgeAll } from '../runner.ts';
import type { Result } from '../runner.ts';
import type { SuiteOptions } from '../of/suite.ts';
import { CcBench } from './bench.ts';
import type { CcGiven } from './bench.ts';
import { CC_PROMISES } from './promises.ts';

const WHY: Readonly<Record<string, string>> = {
  raw: 'only a bus was given, which takes well-formed events alone (--cc-queue)',
  'asks-after': 'it was not said when it asks for an outcome that does not come (--asks-after-seconds)',
};

export function judgeCc(given: CcGiven, { only, signal, report, concurrency, limitMs }: SuiteOptions): Promise<Result[]> {
  const met: Readonly<Record<string, boolean>> = { raw: given.outlet.raw !== undefined, 'asks-after': given.asksAfterMs !== undefined };
  return judgeAll(chosen(CC_PROMISES, only), {
    missing: (need) => (met[need] === true ? undefined : WHY[need]),
    concurrency, limitMs, signal, report, nowMs: () => performance.now(),
    open(_id, limit) {
      const recorder = new Recorder(limit);
      return { bench: new CcBench(given, recorder, limit), lastExchanges: () => recorder.last() };
    },
  });
}

/** True when this id or area has a promise here. */
export function isCcId(wanted: string): boolean {
  return CC_PROMISES.some(({ id }) => fits(id, wanted));
}
