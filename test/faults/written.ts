/** Keeps a result where people read it: in docs/faults.md, between its marks, and in the dashboard's view Proof. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ClassSum, Result } from './grid.ts';

const DOC = new URL('../../docs/faults.md', import.meta.url);
const VIEW = new URL('../../services/commerce-coordinator/src/dashboard/page/src/views/proof/last-run.json', import.meta.url);
const [BEGIN, END] = ['<!-- result -->', '<!-- end of result -->'];

export function writeResult(result: Result): void {
  writeFileSync(VIEW, `${JSON.stringify(result)}\n`);
  const text = readFileSync(DOC, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/faults.md has no place for a result: ${BEGIN} … ${END}`);
  writeFileSync(DOC, `${text.slice(0, from)}${BEGIN}\n${resultMarkdown(result)}\n${text.slice(to)}`);
}

/** The two tables of docs/faults.md. */
export function resultMarkdown({ startedAt, seed, tookMs, machine, command, invariants, rows, classes, notPossible }: Result): string {
  const green = rows.filter(({ isGreen }) => isGreen).length;
  return [
    `${startedAt.slice(0, 10)}, \`${command}\`, seed ${seed}, ${(tookMs / 1_000).toFixed(0)} s on ${machine}: **${green} of ${rows.length} scenarios green.**${notPossible.map(({ id, name, why }) => ` ${id} (${name}) was not done there: ${why}.`).join('')}`, '',
    '| class | scenarios | kills survived | orders / accepted | lost | unexpected | delivered twice | webhooks that came again / allowed | one at most / allowed | at rest p50 | p99 |', '|---|---|---|---|---|---|---|---|---|---|---|', ...classes.map(classLine), '',
    `| fault | | ${invariants.map(({ id }) => id).join(' | ')} | at rest |`, `|---|---|${invariants.map(() => '---|').join('')}---|`,
    ...rows.map(({ id, name, fault, cells, convergedInMs }) => `| ${id} | ${name} | ${cells.map(({ wrong }) => (fault !== null ? 'not run' : wrong === null ? '–' : wrong.length === 0 ? '✓' : '**red**')).join(' | ')} | ${seconds(convergedInMs)} |`),
  ].join('\n');
}

function classLine(sum: ClassSum): string {
  return `| ${sum.faultClass} | ${sum.scenarios} | ${sum.killsSurvived} of ${sum.kills} | ${sum.orders} / ${sum.accepted} | ${sum.lost} | ${sum.unexpected} | ${sum.deliveredTwice} | ${sum.extraWebhooks} / ${sum.allowedWebhooks} | ${sum.mostExtra} / ${sum.mostAllowed} | ${seconds(sum.convergedP50Ms)} | ${seconds(sum.convergedP99Ms)} |`;
}

function seconds(ms: number | null): string {
  return ms === null ? 'never' : `${(ms / 1_000).toFixed(1)} s`;
}
