/** The reference of the tool as a page: made of the commands as they are, so that it cannot say anything else. Pure. */
import type { Argument, Command, Option } from 'commander';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { examplesOf, leavesOf, nameOf, notesOf } from './help.ts';
import { JSON_SHAPES, shapeText } from './json-shapes.ts';
import { describedProgram } from './run.ts';

const HEAD = `<!-- Made from the code by \`npx --yes pnpm@12.21.0 write-docs\`: change packages/cli, not this file. -->
# The command line

\`npx --yes pnpm@12.21.0 cli\` is the operator's tool. It talks to the APIs of the services, never to their databases. In the examples
below \`cli\` stands for that, or for \`node packages/cli/src/main.ts\`, which begins a second sooner. \`--help\` behind any command says
what it takes; an option or a command that does not exist is a fault, with the one that was probably meant.

**Where.** Without further options the running local stack is used: \`stack.json\` in the folder \`DATA_DIR\`, or in \`.data\`. Elsewhere
name the services with \`--cc\` and \`--of\`, then \`--issuer\` and \`--client-id\`; the secret comes from \`--client-secret-file\` or from the
variable \`CLIENT_SECRET\`, and is never an option.

**Results and remarks.** What was asked for goes to standard output, remarks, progress and failures go to standard error. On a terminal
long work has a bar; elsewhere it has a line for each change, and with \`--json\` none. Colours are used on a terminal only, not with
\`NO_COLOR\`, and say nothing that a word does not say. Control characters in what a service sends are written out.

**Times** are shown in the zone of this machine, as \`2030-01-31T13:00:00+01:00\`, with \`--utc\` in UTC; both can be given back to options
that take a time. JSON has them as the service sent them, in UTC.

**JSON.** With \`--json\` a result is one JSON document; what goes on (\`events tail\`, \`order watch\`, \`listen\`) is one document in each line.
Most are the answer of a route, unchanged: \`/openapi.json\` of the service and [the contract](contract/README.md) have its shape, and members may
be added. A failure is \`{"error": {"kind", …}}\` on standard error: \`usage\` and \`bad\` with \`message\`, \`no_answer\` with \`message\`, \`whatToDo\`
and \`inDoubt\`, \`refused\` with the problem: \`status\`, \`code\`, \`title\`, \`detail\`, \`errors\`, \`requestId\`, \`retryAfterSeconds\`, \`whatToDo\`, \`page\`.
`;

const STREAMS = `**Streams.** \`events tail\`, \`order watch\` and \`listen\` keep their place. When the connection is lost they take it up again behind the last
event that was done, and say how many had come meanwhile: \`resumed, 3 missed events shown\`.
`;

/** The page, in Markdown. */
export function referencePage(): string {
  const program = describedProgram();
  const groups = program.commands.map((command) => sectionOf(command));
  return [
    HEAD, `\n${STREAMS}`, '\n## Exit codes\n\n', table(['code', 'meaning'], EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    '\n## Options of every command\n\n', optionTable(program.options), '\n## All commands\n\n', table(['command', 'what it does'], leavesOf(program).map((command) => [`\`cli ${nameOf(command)}\``, command.description()])),
    ...groups,
  ].join('');
}

function sectionOf(command: Command): string {
  const notes = [command, ...command.commands.flatMap((below) => [below, ...below.commands])].filter(({ commands }) => commands.length > 0).map(notesOf).filter((text) => text !== undefined);
  const about = command.commands.length === 0 ? '' : `${capital(command.description())}.\n`;
  const leaves = leavesOf(command);
  return `\n## ${nameOf(command)}\n\n${about}${notes.map((text) => `\n\`\`\`text\n${text}\n\`\`\`\n`).join('')}${leaves.map((leaf) => `${leaf === command ? '' : `\n### ${nameOf(leaf)}\n\n`}${leafText(leaf)}`).join('')}`;
}

function leafText(command: Command): string {
  const notes = notesOf(command);
  const shape = JSON_SHAPES[nameOf(command)];
  return [
    `\`${usageOf(command)}\`: ${command.description()}.\n`,
    notes === undefined ? '' : `\n\`\`\`text\n${notes}\n\`\`\`\n`,
    command.registeredArguments.some(({ description }) => description !== '') ? `\n${table(['argument', 'meaning'], command.registeredArguments.map((argument) => [`\`${argumentText(argument)}\``, argument.description]))}` : '',
    command.options.length === 0 ? '' : `\n${optionTable(command.options)}`,
    `\n\`\`\`text\n${examplesOf(command).join('\n')}\n\`\`\`\n`,
    shape === undefined ? '' : `\nJSON: ${inline(shapeText(shape))}.\n`,
  ].join('');
}

/** What stands between backticks cannot be read as something else. */
function inline(text: string): string {
  return text.replaceAll(/(\{.*\}|\b(?:GET|POST|PATCH|DELETE|PUT) \/\S*[^\s;,.])/g, '`$1`');
}

function usageOf(command: Command): string {
  return ['cli', nameOf(command), ...command.registeredArguments.map(argumentText), ...(command.options.length === 0 ? [] : ['[options]'])].join(' ');
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionTable(options: readonly Option[]): string {
  return table(['option', 'meaning'], options.map(({ flags, description, mandatory, defaultValue, argChoices }) => [
    `\`${flags}\``, [description, ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]), ...(typeof defaultValue === 'string' ? [`default ${defaultValue}`] : []), ...(mandatory ? ['required'] : [])].join('; '),
  ]));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', cell.startsWith('`') ? '<' : '&lt;')).join(' | ')} |\n`;
  return `${line(head)}|${head.map(() => '---').join('|')}|\n${rows.map(line).join('')}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
