/** Options of a command of the repository: the comment at the head of its file is its help, so that the two cannot differ. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

/**
 * What stands on the command line of the file at `url` (its `import.meta.url`). `--help` prints the help and ends with 0; what is not known prints what is wrong
 * and the help, and ends with 2.
 */
export function readOptions<Config extends ParseArgsConfig>(url: string, config: Config): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((one) => one === '--help' || one === '-h')) end(0, helpOf(readFileSync(fileURLToPath(url), 'utf8')));
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof Error) || !String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')) throw error;
    return end(2, `${error.message}\n\n${helpOf(readFileSync(fileURLToPath(url), 'utf8'))}`);
  }
}

/** The comment with which a file begins. */
export function helpOf(source: string): string {
  const [, comment = ''] = /^\/\*\*\s?(.*?)\s*\*\//s.exec(source) ?? [];
  return comment.split('\n').map((line) => line.replace(/^ \* ?/, '')).join('\n').trim();
}

function end(code: 0 | 2, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}
