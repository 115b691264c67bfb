/**
 * The guide docs/write-an-extension.md as what it tells to do: the files of an extension, whole, and the lines to change in others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
export const GUIDE = 'docs/write-an-extension.md';
export const EXAMPLE = 'docs/examples/loyalty-extension';

/** A block of a whole file: its name in bold, and its text. */
const FILE = /^(\*\*`([\w.-]+)`\*\*\n\n```(?:ts|json)\n)([\s\S]*?)(^```)$/gm;
const CHANGE = /^\*\*`(services\/[\w./-]+)`\*\*\n\n```diff\n([\s\S]*?)^```$/gm;

/** File name → text, as the page has it. */
export function filesOf(page: string): Record<string, string> {
  return Object.fromEntries([...page.matchAll(FILE)].map(([, , name = '', text = '']) => [name, text]));
}

/** File name → text, as the folder of the example has it. */
export function filesOfExample(): Record<string, string> {
  const folder = join(ROOT, EXAMPLE);
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The page with the text of each file as the example has it; a file that the example does not have is left as it is. */
export function guidePage(present: string): string {
  const files = filesOfExample();
  return present.replaceAll(FILE, (_all, head: string, name: string, text: string, end: string) => `${head}${files[name] ?? text}${end}`);
}

/** Path in the project → the hunks that change it. */
export function changesOf(page: string): Record<string, string[]> {
  return Object.fromEntries([...page.matchAll(CHANGE)].map(([, path = '', text = '']) => [path, text.split(/^@@.*\n/m).slice(1)]));
}

/** The text after the hunks. Throws for one whose lines do not stand there exactly once. */
export function changed(text: string, hunks: readonly string[]): string {
  return hunks.reduce((before, hunk) => {
    const lines = hunk.trimEnd().split('\n');
    const side = (other: string): string => lines.filter((line) => !line.startsWith(other)).map((line) => `${line.slice(1)}\n`).join('');
    const [head, tail, ...more] = before.split(side('+'));
    if (head === undefined || tail === undefined || more.length > 0) throw new Error(`${GUIDE} tells to change lines that do not stand exactly once in the file:\n${side('+')}`);
    return `${head}${side('-')}${tail}`;
  }, text);
}
