/**
 * `node test/ruler/bench.ts [--seconds 2] [--rounds 1]`: the matcher beside the rule engine that AWS publishes, on the same events
 * and rules, by turns on this machine. Rates are per second of CPU time with all threads counted, as other work may share the
 * machine; ratios count more than figures. Needs what main.ts here needs.
 */
import { spawnSync } from 'node:child_process';
import { readOptions } from '../kit/options.ts';
import { eventsOf, KINDS, ORDERS, patternsOf, patternRates } from '../bench/patterns.ts';
import { median, table } from '../bench/table.ts';
import { compileJava } from './engine.ts';

const { values } = readOptions(import.meta.url, { options: { seconds: { type: 'string', default: '2' }, rounds: { type: 'string', default: '1' } } });
const seconds = Number(values.seconds);
const asked = JSON.stringify({ seconds, events: eventsOf(ORDERS), sets: KINDS.flatMap((kind) => [1, ORDERS].map((count) => patternsOf(kind, count))) });

interface Rate {
  readonly fromText: number;
  readonly parsed: number;
}

const compiled = compileJava('Rates');
const rounds: { readonly engine: readonly Rate[]; readonly ours: ReturnType<typeof patternRates> }[] = [];
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const { status, stdout, stderr } = spawnSync('java', ['-cp', compiled.classPath, 'Rates'], { input: asked, encoding: 'utf8', maxBuffer: 1e8 });
    if (status !== 0) throw new Error(`The engine failed: ${stderr}`);
    rounds.push({ engine: stdout.trim().split('\n').map((line) => JSON.parse(line) as Rate), ours: patternRates({ seconds }) });
  }
} finally {
  compiled.remove();
}

const [first] = rounds;
console.log(`Events of ${first?.ours.bytes ?? 0} bytes; JSON.parse alone makes ${Math.round(median(rounds.map(({ ours }) => ours.parse))).toLocaleString('en')}/s.`);
console.log(table(
  ['events per CPU second', 'rules', 'from text', 'engine', 'ratio', 'parsed', 'engine', 'ratio'],
  (first?.ours.rates ?? []).map(({ kind, rules }, at) => {
    const of = (rate: (round: (typeof rounds)[number]) => number): number => median(rounds.map(rate));
    const text = of(({ ours }) => ours.rates[at]?.fromText ?? 0);
    const engineText = of(({ engine }) => engine[at]?.fromText ?? 0);
    const parsed = of(({ ours }) => ours.rates[at]?.parsed ?? 0);
    const engineParsed = of(({ engine }) => engine[at]?.parsed ?? 0);
    return [kind, `${rules}`, text, engineText, `${(text / engineText).toFixed(1)} ×`, parsed, engineParsed, `${(parsed / engineParsed).toFixed(1)} ×`];
  }),
));
