/**
 * The tool as one function: arguments in, exit code out. 0: done. 1: a service refused or did not answer. 2: the command was
 * given wrongly. A new command is a file in `commands/` and its line in COMMANDS.
 */
import { Command, CommanderError } from 'commander';
import { addAnalytics } from './commands/analytics.ts';
import { addArchive } from './commands/archive.ts';
import { addCatalog } from './commands/catalog.ts';
import { addClients } from './commands/clients.ts';
import { addDeadLetters } from './commands/dead-letters.ts';
import { addEvents } from './commands/events.ts';
import { addFulfillments } from './commands/fulfillments.ts';
import { addListen } from './commands/listen.ts';
import { addOrders } from './commands/orders.ts';
import { addReconciliation } from './commands/reconciliation.ts';
import { addReplays } from './commands/replays.ts';
import { addTrigger } from './commands/trigger.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { failureJson, failureText, UsageFault } from './failures.ts';
import { workOf } from './work.ts';
import type { AddCommand, Perform, Surroundings, Work } from './work.ts';

export type { Surroundings } from './work.ts';

const COMMANDS: readonly AddCommand[] = [addAnalytics, addArchive, addCatalog, addClients, addDeadLetters, addEvents, addFulfillments, addListen, addOrders, addReconciliation, addReplays, addTrigger, addWebhooks];

const EXAMPLES = `
Examples:
  cli clients add acme --alg ed25519 --generate acme.key --provider default=instant
  cli catalog show order.created
  cli fulfillments list --status in_progress
  cli orders timeline 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d --json
  cli reconciliation --cc https://cc.example --issuer https://id.example --client-id operator --client-secret-file secret.txt

Without further options the running local stack is used: the file $DATA_DIR/stack.json, or .data/stack.json, names its
addresses and secrets. Elsewhere name the service, --issuer and --client-id; the secret comes from --client-secret-file
or the variable CLIENT_SECRET.

Exit code: 0 done, 1 refused or no answer, 2 the command was given wrongly.
`;

export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = makeProgram(surroundings);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (surroundings.signal.aborted) return 1;
    surroundings.err(program.opts()['json'] === true ? `${JSON.stringify(failureJson(error), null, 2)}\n` : failureText(error));
    return error instanceof UsageFault ? 2 : 1;
  }
}

function makeProgram(surroundings: Surroundings): Command {
  const program = new Command('cli')
    .description('The operator’s tool of the commerce pair. It talks to the APIs of the services, never to their databases.')
    .option('--stack <file>', 'description of a running local stack')
    .option('--of <url>', 'address of Order Fulfillment')
    .option('--cc <url>', 'address of Commerce Coordinator')
    .option('--issuer <url>', 'address of the token issuer')
    .option('--client-id <id>', 'client to call as')
    .option('--client-secret-file <file>', 'file with its secret; "-" is standard input')
    .option('--timeout <seconds>', 'the longest that one call may take', '10')
    .option('--json', 'print results and failures as JSON')
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .showHelpAfterError('(--help says more)')
    .exitOverride();
  for (const add of COMMANDS) add(program, performer(surroundings));
  return program;
}

/** Commander gives an action its arguments, its options, and last the command. */
function performer(surroundings: Surroundings): Perform {
  return <Given extends unknown[]>(action: (work: Work, ...given: Given) => Promise<void>) => async (...all: [...Given, Command]) => {
    const given = all.slice(0, -1) as Given;
    await action(workOf(all.at(-1) as Command, surroundings), ...given);
  };
}
