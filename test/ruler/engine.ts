/**
 * The rule engine that AWS publishes, asked for verdicts. Maven fetches it (from its own cache when it was fetched before), and
 * a small Java program asks it. Needs a JDK and Maven on the PATH, and the network the first time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Case } from './generate.ts';

/** Its word on a case: a reason for refusing the pattern, or its verdicts, as Judge.java tells; `fault` if it broke. */
export interface Verdict {
  readonly error?: string;
  readonly matches?: boolean;
  readonly legacy?: boolean;
  readonly separately?: boolean;
  readonly complexity?: number;
  readonly fault?: string;
  /** A number of the case is printed by this JDK in other digits than the shortest. */
  readonly misspelled?: boolean;
}

const HERE = import.meta.dirname;

/** A class path with the engine and the compiled program of that name from this folder; `remove` deletes what was compiled. */
export function compileJava(program: string): { readonly classPath: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'ruler-'));
  const list = join(directory, 'class-path');
  run('mvn', ['-q', '-B', '-f', join(HERE, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`]);
  const jars = readFileSync(list, 'utf8').trim();
  run('javac', ['-encoding', 'UTF-8', '-cp', jars, '-d', directory, join(HERE, `${program}.java`)]);
  return { classPath: `${directory}:${jars}`, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The engine's verdicts on the cases, in their order. */
export async function verdictsOf(cases: readonly Case[]): Promise<Verdict[]> {
  const compiled = compileJava('Judge');
  try {
    const engine = spawn('java', ['-cp', compiled.classPath, 'Judge'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const verdicts: Verdict[] = [];
    const lines = createInterface({ input: engine.stdout });
    lines.on('line', (line) => verdicts.push(JSON.parse(line) as Verdict));
    const closed = once(lines, 'close');
    for (const each of cases) if (!engine.stdin.write(`${JSON.stringify(each)}\n`)) await once(engine.stdin, 'drain');
    engine.stdin.end();
    await closed;
    if (verdicts.length !== cases.length) throw new Error(`The engine judged ${verdicts.length} of ${cases.length} cases.`);
    return verdicts;
  } finally {
    compiled.remove();
  }
}

function run(command: string, parameters: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`}`);
}
