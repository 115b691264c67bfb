/** Rules of growing number: how many events are judged by all of them in a second of CPU time. In a process of its own, whose memory is told. */
import { compilePattern, compileRules } from '@commerce/events/pattern';
import { residentMb } from '../cpu.ts';
import { answer } from '../harness/child.ts';
import type { GrowthPoint } from '../harness/row.ts';
import { eventsOf, KINDS, ORDERS, patternsOf } from '../patterns.ts';

answer({
  measure({ size, seconds }: { size: number; seconds: number }): GrowthPoint {
    const [kind] = KINDS;
    if (kind === undefined) throw new Error('There is no kind of rules.');
    const rules = compileRules(patternsOf(kind, size).map((pattern) => compilePattern(pattern)));
    const texts = eventsOf(ORDERS);
    judge(texts, rules.matchText, seconds / 2);
    return { size, perSecond: judge(texts, rules.matchText, seconds), memoryMb: residentMb(process.pid) };
  },
});

function judge(texts: readonly string[], match: (text: string) => unknown, seconds: number): number {
  const start = process.cpuUsage();
  for (let done = 0; ; ) {
    for (const text of texts) match(text);
    done += texts.length;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= seconds * 1e6) return (done * 1e6) / (user + system);
  }
}
