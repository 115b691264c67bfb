// What `pnpm localstack` may be told on its command line. Pure.
import { parseArgs } from 'node:util';

export const USAGE = `pnpm localstack [options] [-- options of jest]

Deploys the stacks of the CDK app to a LocalStack and runs the end-to-end suite against it: both services and everything around them
are those of \`pnpm dev\`, with LocalStack in the place of the embedded EventBridge and SQS. What LocalStack cannot make is printed.
Exit code 0: all passed. LOCALSTACK_URL names the LocalStack (default: http://127.0.0.1:4566).

  --host                   starts a LocalStack for itself on a free port, without Docker, and ends it; installs it from PyPI the
                           first time (140 MB, needs Python 3.11 to 3.13)
  --deploy-only            deploys, writes what was made to localstack.json in DATA_DIR, and ends; with --host it stays until Ctrl-C
  --stay                   deploys, starts the pair as \`pnpm dev\` does, and stays until Ctrl-C
  --help                   this text

What was deployed before is deleted first, with its messages. docs/localstack.md says how to start LocalStack with Docker, and what
it cannot do.`;

export type LocalStackArguments = {
  readonly mode: 'suite' | 'deploy-only' | 'stay';
  readonly host: boolean;
  /** Handed to jest. */
  readonly jest: readonly string[];
};

/** Throws with a sentence for people when an option is unknown; undefined when help was asked for. */
export function readArguments(given: readonly string[]): LocalStackArguments | undefined {
  const flag = { type: 'boolean' } as const;
  // pnpm hands on a "--" that stands between its own words and ours.
  const words = given[0] === '--' ? given.slice(1) : given;
  const border = words.indexOf('--');
  const [own, jest] = border === -1 ? [words, []] : [words.slice(0, border), words.slice(border + 1)];
  const { values } = parseArgs({ args: [...own], options: { host: flag, 'deploy-only': flag, stay: flag, help: flag } });
  if (values.help) return undefined;
  if (values['deploy-only'] && values.stay) throw new Error('--deploy-only and --stay exclude each other');
  const mode = values['deploy-only'] ? 'deploy-only' : values.stay ? 'stay' : 'suite';
  if (mode !== 'suite' && jest.length > 0) throw new Error('options of jest are for the suite alone');
  return { mode, host: values.host ?? false, jest };
}
