/** How many events the matcher of event patterns judges in a second of CPU time, with one rule and with 300 of a kind, beside `JSON.parse` of the same texts. */
import type { Line } from './harness/rounds.ts';
import { judged } from './harness/row.ts';
import type { Row } from './harness/row.ts';
import { ORDERS, patternRates } from './patterns.ts';
import { median } from './table.ts';

const SHARE_OF_A_SECOND = 0.05;

export const PATTERNS: Row = {
  name: 'patterns', title: 'events judged by patterns, per second of CPU time, from JSON text',
  async run({ seconds, rounds }) {
    const all = Array.from({ length: Math.min(rounds, 3) }, () => patternRates({ seconds: seconds * SHARE_OF_A_SECOND }));
    const line = (name: string, role: Line['role'], perSecond: number): Line => ({
      name, role, perSecond, count: perSecond, p50Ms: null, p99Ms: null, ownMicros: 1e6 / perSecond, databaseMicros: null, foreignShare: 0, rounds: all.length, refused: 0,
    });
    const kinds = all[0]?.rates ?? [];
    const of = (at: number): number => median(all.map(({ rates }) => rates[at]?.fromText ?? 0));
    const parse = median(all.map((one) => one.parse));
    const ratios = (rules: number): number => median(kinds.flatMap((kind, at) => (kind.rules === rules ? [of(at) / parse] : [])));
    return {
      lines: [...kinds.map(({ kind, rules }, at) => line(`${kind}, ${rules === 1 ? 'one rule' : `${rules} rules`}`, 'ours', of(at))), line('JSON.parse alone', 'ceiling', parse)],
      judged: judged(
        { id: 'patterns/one-rule', what: 'one rule beside JSON.parse, median of the kinds', unit: '×', value: ratios(1) },
        { id: 'patterns/many-rules', what: `${ORDERS} rules beside JSON.parse, median of the kinds`, unit: '×', value: ratios(ORDERS) },
      ),
    };
  },
};
