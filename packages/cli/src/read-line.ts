/** Whether a line such as stands in a document can be read as a command of this tool: words, options, arguments. Does nothing. */
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { describedProgram } from './run.ts';

/** Made once: each line begins as if it were the first. */
let program: Command | undefined;

/** What belongs to the shell, and not to the command. */
const ENDS = /^(?:\||>|>>|<|&&|\|\||;|#|2>.*)$/;

/** Undefined when it can be read; else what is wrong with it. `line`: with or without the name of the tool before it. */
export async function faultOfLine(line: string): Promise<string | undefined> {
  const words = wordsOf(line);
  const end = words.findIndex((word) => ENDS.test(word));
  const argv = words.slice(words[0] === 'cli' ? 1 : 0, end === -1 ? undefined : end);
  try {
    await (program ??= describedProgram()).parseAsync(argv, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // A group of commands by itself shows its help.
    return error.exitCode === 0 || error.code === 'commander.help' ? undefined : error.message;
  }
}

/** As a shell divides them, but for what only a shell can know: a variable is a word. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]+|'[^']*'|"(?:[^"\\]|\\.)*")+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/g, (_, single?: string, double?: string) => single ?? (double ?? '').replaceAll(/\\(.)/g, '$1')));
}
