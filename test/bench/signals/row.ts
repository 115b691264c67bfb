/** What it costs that a signal is durable: one event to ten handlers, beside ten bare function calls and beside an emitter in memory. */
import { Child } from '../harness/child.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Contender } from '../harness/rounds.ts';
import { judged } from '../harness/row.ts';
import type { Row } from '../harness/row.ts';
import type { Amount } from './ways.ts';

const ONE = 'sendRobust, ten handlers of one extension';
const TEN = 'sendRobust, ten handlers of ten extensions';
const EMITTERY = 'emittery, ten listeners';
const CALLS = 'ten bare function calls';

export const SIGNALS: Row = {
  name: 'signals', title: 'one event to ten handlers',
  async run(settings) {
    const amount: Amount = { events: Math.ceil(3_000 * settings.seconds), seconds: settings.seconds / 4 };
    const way = (name: string, role: Contender['role'], method: string): Contender => ({
      name, role,
      async run(window) {
        const child = new Child(new URL('./ways.ts', import.meta.url));
        // The database of a durable way starts and warms up within; the rate is that of what follows.
        await window(async () => ({ count: await child.ask<number>(method, amount), tookMs: 1_000 }));
        await child.end();
      },
    });
    const ten = settings.small ? [] : [way(TEN, 'ours', 'tenExtensions')];
    const { lines, ratio } = await inRounds([way(ONE, 'ours', 'oneExtension'), ...ten, way(EMITTERY, 'peer', 'emittery'), way(CALLS, 'ceiling', 'calls')], { ...settings, rounds: Math.min(settings.rounds, 3) });
    return { lines, judged: judged(
      { id: 'signals/emittery', what: 'durable, one extension, beside emittery', unit: '×', value: ratio(ONE, EMITTERY) },
      { id: 'signals/ten-extensions', what: 'ten extensions beside one', unit: '×', value: ratio(TEN, ONE) },
    ) };
  },
};
