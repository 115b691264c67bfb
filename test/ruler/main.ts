/**
 * `node test/ruler/main.ts [--cases 100000] [--seed 20300131] [--freeze]`: compares the matcher with the rule engine that AWS
 * publishes on what AWS documents and on generated patterns and events, the texts of refusals included. Ends with 1 if they differ in a way that is not
 * known. The seed is the day of today when none is given. `--freeze` writes the first 4,000 cases with the engine's verdicts to the file that frozen.test.ts runs without it.
 * Needs a JDK, Maven and, the first time, the network; 100,000 cases take about two minutes on two cores.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from '../kit/options.ts';
import { gzipSync } from 'node:zlib';
import { DOCUMENTED } from './documented.ts';
import { verdictsOf } from './engine.ts';
import { casesOf } from './generate.ts';
import { agreement, judge } from './judged.ts';

const FROZEN = 4_000;
/** Of the cases, how many may fall under one of the known differences. */
const MAX_KNOWN_SHARE = 0.005;
const MAX_SHOWN = 20;
/** Numbers that JDKs before 19 print in more digits than they need. */
const MISSPELLED = ['{"a":[{"numeric":[">",90007199254740992]}]}', '{"a":[{"numeric":["=",2e23]}]}', '{"a":[{"numeric":[">",0]}]}'].map((pattern) => ({ pattern, event: '{"a":2e23}' }));

const { values } = readOptions(import.meta.url, { options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') }, freeze: { type: 'boolean', default: false } } });
const count = Number(values.cases);
console.log(`Seed ${values.seed}`);
const generated = casesOf(Number(values.seed));
const cases = [...DOCUMENTED.map(({ pattern, event }) => ({ pattern, event })), ...MISSPELLED, ...Array.from({ length: count }, () => generated.next().value)];
const verdicts = await verdictsOf(cases);

const tally = new Map<string, number>();
const frozen: string[] = [];
const differing: string[] = [];
cases.forEach((each, at) => {
  const ours = judge(each);
  const { kind: outcome, theirs } = agreement(each, ours, verdicts[at] ?? {});
  const kind = outcome === 'same' ? `same: ${typeof ours === 'string' ? 'refused' : ours ? 'matches' : 'does not match'}` : outcome;
  tally.set(kind, (tally.get(kind) ?? 0) + 1);
  if (outcome === 'same' && frozen.length < FROZEN) frozen.push(JSON.stringify([each.pattern, each.event, theirs]));
  if (outcome === 'different') differing.push(`${each.pattern}\n  event  ${each.event}\n  engine ${String(theirs)}\n  ours   ${String(ours)}`);
});

for (const [kind, number] of [...tally].sort(([left], [right]) => (left < right ? -1 : 1))) console.log(`${number.toString().padStart(8)}  ${kind}`);
for (const each of differing.slice(0, MAX_SHOWN)) console.log(`\n${each}`);
if (values.freeze) writeFileSync(join(import.meta.dirname, 'frozen.jsonl.gz'), gzipSync(frozen.join('\n'), { level: 9 }));
const known = [...tally].filter(([kind]) => !kind.startsWith('same')).reduce((sum, [, number]) => sum + number, 0);
if (known / count > MAX_KNOWN_SHARE) console.log(`\nMore than ${MAX_KNOWN_SHARE * 100} % are no plain agreement.`);
if (differing.length > 0 || known / count > MAX_KNOWN_SHARE) process.exitCode = 1;
