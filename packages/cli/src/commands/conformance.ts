/** `conformance`: runs the conformance kit of the repository, with what stands behind it, in a process of its own. */
import type { Command } from 'commander';
import { Bad, UsageFault } from '../failures.ts';
import { addExamples } from '../help.ts';
import type { Perform, Work } from '../work.ts';

const PROGRAM = 'test/conformance/main.ts';
/** How the kit ends: all promises kept, one of them broken, or it cannot judge. */
const [KEPT, BROKEN] = [0, 1];

const EXAMPLES = `
With --stack the Order Fulfillment of that stack is judged. What stands behind "--" goes to the kit as it is; "cli conformance -- --help"
says what it takes. Without anything the kit starts a pair of its own and judges it. It is a program of the repository and runs from there only; it prints a report, and writes JSON with
"-- --json FILE".

Examples:
  cli conformance
  cli conformance --stack .data/stack.json
  cli conformance --stack .data/stack.json -- --only cancel --json promises.json
  cli conformance -- --list
`;

export function addConformance(program: Command, perform: Perform): void {
  addExamples(program.command('conformance'), EXAMPLES).description('judge from the outside whether a running pair keeps the promises of its contract')
    .argument('[options...]', 'of the kit, behind --')
    .action(perform(conformance));
}

async function conformance(work: Work, options: readonly string[]): Promise<void> {
  const code = await work.runProgram(PROGRAM, [...(work.stackFile === undefined ? [] : ['--stack', work.stackFile]), ...options]);
  if (code === KEPT) return;
  if (code === BROKEN) throw new Bad('A promise is broken.');
  throw new UsageFault('The kit could not judge; it has said why.');
}
