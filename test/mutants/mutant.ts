/**
 * What a mutant is: the code without one of its guards, and the tests that must notice. Pure.
 *
 * Promise: a text that stands in its file not exactly once is refused, so that a mutant changes what it says and nothing else. It counts
 * as killed when a test has failed, and only then: a file that cannot be loaded, a statement that the database cannot read, or a run
 * without tests kills nothing.
 */

/** In which the guard must be missed: the tests of `pnpm test`, those that take longer, or the simulation. */
export type Tier = 'unit' | 'long' | 'sim';

/** Who must notice. */
export type Killer =
  | {
      readonly tier: 'unit' | 'long';
      /** The test file that is run, from the root of the repository. */
      readonly file: string;
      /** Part of a test's name, as it stands in the code: only such tests are run. Left out: all of the file. */
      readonly test?: string;
      /** Where the name stands, when the file runs a suite of several. */
      readonly suite?: string;
    }
  | { readonly tier: 'sim'; /** So many are played. */ readonly seeds: number };

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  /** What the guard promises, as the end of "without it …" would be its opposite. */
  readonly guard: string;
  readonly edits: readonly Edit[];
  readonly killers: readonly Killer[];
}

/** The edit cannot be made: its text is gone, or is there more than once. */
export class NotOnce extends Error {
  override readonly name = 'NotOnce';
  constructor({ file, from }: Edit, times: number) {
    super(`${file} has this text ${times} times, not once: ${from}`);
  }
}

/** The text of a file with the edit made. Throws `NotOnce`. */
export function edited(text: string, edit: Edit): string {
  const parts = text.split(edit.from);
  if (parts.length !== 2) throw new NotOnce(edit, parts.length - 1);
  return parts.join(edit.to);
}

/** The files that a mutant changes, as they read then. `read`: as they stand. Throws `NotOnce`. */
export function mutated({ edits }: Pick<Mutant, 'edits'>, read: (file: string) => string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const edit of edits) files.set(edit.file, edited(files.get(edit.file) ?? read(edit.file), edit));
  return files;
}

/** What a run of a killer has shown. `broken`: it says nothing of the guard. */
export type Verdict =
  | { readonly kind: 'green'; readonly tests: number }
  | { readonly kind: 'red'; /** What failed first. */ readonly by: string; /** The first line of its message. */ readonly why: string }
  | { readonly kind: 'broken'; readonly why: string };

/** The part of jest's report that is read. */
export interface JestReport {
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    /** Path of the file. */
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages: readonly string[] | null }[];
  }[];
}

/** Beginnings of messages of code or SQL that cannot be run at all. */
const UNREADABLE = /^(?:SyntaxError|ReferenceError)\b|^TypeError: .* is not a function|^error: (?:syntax error at|could not determine data type|bind message supplies|operator does not exist|column .* does not exist|relation .* does not exist)/;

/** What a run of jest over several files has shown of one killer: of its file, and of its tests in it. */
export function verdictFor(report: JestReport, path: string, test: string | undefined): Verdict {
  const testResults = report.testResults.filter(({ name }) => name === path).map((one) => (
    test === undefined ? one : { ...one, assertionResults: one.assertionResults.filter(({ fullName }) => fullName.includes(test)) }
  ));
  const isLoaded = report.testResults.some(({ name, assertionResults }) => name === path && assertionResults.length > 0);
  return verdictOf({ numRuntimeErrorTestSuites: isLoaded ? 0 : 1, testResults });
}

/** What a run of jest has shown. */
export function verdictOf({ numRuntimeErrorTestSuites, testResults }: JestReport): Verdict {
  if (numRuntimeErrorTestSuites > 0) return { kind: 'broken', why: firstLine(testResults.find(({ assertionResults }) => assertionResults.length === 0)?.message ?? 'a test file cannot be run') };
  const ran = testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.length === 0) return { kind: 'broken', why: 'no test was run' };
  const failed = ran.filter(({ status }) => status === 'failed');
  const [first] = failed;
  if (first === undefined) return { kind: 'green', tests: ran.length };
  const messages = failed.flatMap(({ failureMessages }) => failureMessages ?? []);
  const unreadable = messages.find((message) => UNREADABLE.test(message));
  if (unreadable !== undefined) return { kind: 'broken', why: firstLine(unreadable) };
  return { kind: 'red', by: first.fullName, why: firstLine(messages[0] ?? '') };
}

/** What the simulation has printed with --json. */
export function simulated(output: string): Verdict {
  const { red, faultsNotMet, seeds } = JSON.parse(output) as { readonly red: readonly { readonly seed: number; readonly mode: string; readonly broken: readonly string[] }[]; readonly faultsNotMet: readonly string[]; readonly seeds: number };
  const [first] = red;
  if (first !== undefined) return { kind: 'red', by: `seed ${first.seed} (${first.mode}), ${red.length} of ${seeds} red`, why: firstLine(first.broken[0] ?? '') };
  return faultsNotMet.length === 0 ? { kind: 'green', tests: seeds } : { kind: 'broken', why: `faults that were not met: ${faultsNotMet.join(', ')}` };
}

const LINE_CHARS = 200;

/** Without the colours of a terminal. */
function firstLine(text: string): string {
  const plain = text.replaceAll(/\u001b\[[0-9;]*m/g, '');
  return (plain.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, LINE_CHARS);
}
