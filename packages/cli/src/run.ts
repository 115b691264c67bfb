/**
 * The tool as one function: arguments in, exit code out; exit-codes.ts says what each means. A new command is a file in `commands/`, its
 * line in COMMANDS, and its line in json-shapes.ts.
 */
import { Command, CommanderError } from 'commander';
import { addAnalytics } from './commands/analytics.ts';
import { addArchive } from './commands/archive.ts';
import { addAudit } from './commands/audit.ts';
import { addCatalog } from './commands/catalog.ts';
import { addClients } from './commands/clients.ts';
import { addConformance } from './commands/conformance.ts';
import { addDlq } from './commands/dlq.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addFulfillments } from './commands/fulfillments.ts';
import { addListen } from './commands/listen.ts';
import { addOrder } from './commands/order.ts';
import { addReconciliation } from './commands/reconciliation.ts';
import { addSignals } from './commands/signals.ts';
import { addTrigger } from './commands/trigger.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, failureJson, failureText, UsageFault } from './failures.ts';
import { addExamples, completeHelp } from './help.ts';
import { workOf } from './work.ts';
import type { AddCommand, Perform, Surroundings, Work } from './work.ts';

export type { Surroundings } from './work.ts';

const COMMANDS: readonly AddCommand[] = [
  addAnalytics, addArchive, addAudit, addCatalog, addClients, addConformance, addDlq, addDoctor, addEvents, addFulfillments, addListen, addOrder, addReconciliation, addSignals, addTrigger, addWebhooks,
];

const EXAMPLES = `
Examples:
  cli doctor
  cli order place --sample --watch
  cli order why 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d
  cli events tail --events 'order.*'
  cli reconciliation --cc https://cc.example --issuer https://id.example --client-id operator --client-secret-file secret.txt

Without further options the running local stack is used: the file $DATA_DIR/stack.json, or .data/stack.json, names its
addresses and secrets. Elsewhere name the service, --issuer and --client-id; the secret comes from --client-secret-file
or the variable CLIENT_SECRET.

Exit code: 0 done, 1 done and the result is bad, 2 given wrongly, 3 refused, 4 no usable answer, 130 Ctrl-C.
docs/cli.md says more.
`;

export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const isJson = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes('--json');
  // What commander writes of a fault is one of ours, where a program reads it.
  const program = makeProgram(performer(surroundings), surroundings.out, isJson ? () => undefined : surroundings.err);
  const fail = (error: unknown): void => surroundings.err(isJson ? `${JSON.stringify(failureJson(error), null, 2)}\n` : failureText(error));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      if (isJson) fail(new UsageFault(error.message.replace(/^error: /, '')));
      return EXIT.wrongUse;
    }
    if (surroundings.signal.aborted) return EXIT.interrupted;
    fail(error);
    return exitCodeOf(error);
  }
}

/** All commands, none of which does anything: to be described, and to say whether a line can be read. */
export function describedProgram(err: (text: string) => void = () => undefined): Command {
  return makeProgram(() => async () => undefined, () => undefined, err);
}

function makeProgram(perform: Perform, out: (text: string) => void, err: (text: string) => void): Command {
  const program = addExamples(new Command('cli'), EXAMPLES)
    .description('The operator’s tool of the commerce pair. It talks to the APIs of the services, never to their databases.')
    .option('--stack <file>', 'description of a running local stack')
    .option('--of <url>', 'address of Order Fulfillment')
    .option('--cc <url>', 'address of Commerce Coordinator')
    .option('--issuer <url>', 'address of the token issuer')
    .option('--client-id <id>', 'client to call as')
    .option('--client-secret-file <file>', 'file with its secret; "-" is standard input')
    .option('--timeout <seconds>', 'the longest that one call may take', '10')
    .option('--json', 'print results and failures as JSON')
    .option('--utc', 'show times in UTC, not in the zone of this machine')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('(--help says more)')
    .exitOverride();
  for (const add of COMMANDS) add(program, perform);
  completeHelp(program);
  return program;
}

/** Commander gives an action its arguments, its options, and last the command. */
function performer(surroundings: Surroundings): Perform {
  return <Given extends unknown[]>(action: (work: Work, ...given: Given) => Promise<void>) => async (...all: [...Given, Command]) => {
    const given = all.slice(0, -1) as Given;
    await action(workOf(all.at(-1) as Command, surroundings), ...given);
  };
}
