/**
 * `pnpm impact [--type OrderCreated]… [--path data.lines.sku] [--database URL] [--json]`: whom a change of an event would touch, in
 * each version, before anybody makes it. Without a type: what the catalogue breaks of what was released, and whom that touches.
 * `--database` counts the stored events of a service, for which it reads its whole log, and names the webhook subscribers that it has.
 */
import { parseArgs } from 'node:util';
import { meant } from '@commerce/signals/faults';
import { breaksReport, catalogueBreaks, catalogueNotes, notesReport } from './check-catalogue.ts';
import { INTERNAL, PUBLISHED } from './contract/event-schemas.ts';
import { impactLines, impactOf } from './contract/impact.ts';
import type { Surroundings } from './contract/impact.ts';
import { readSurroundings } from './contract/surroundings.ts';

const USAGE = 'Say --type and an event, as often as wanted, or nothing; --path for one place in it, such as data.lines.sku; --database and the URL of a service\'s database; --json.';

interface Asked {
  readonly types: readonly string[];
  readonly path: string;
  readonly isJson: boolean;
}

/** What goes to standard output. Throws with the fault of the arguments. */
export function printed({ types, path, isJson }: Asked, surroundings: Surroundings): string {
  const known = new Map([...PUBLISHED, ...INTERNAL].map((entry) => [entry.type, entry]));
  const unknown = types.find((type) => !known.has(type));
  if (unknown !== undefined) throw new Error(`There is no event ${unknown}.${meant(unknown, known.keys())}`);
  if (types.length === 0) {
    const breaks = catalogueBreaks();
    if (isJson) return JSON.stringify(breaks.map((one) => ({ ...one, impact: impactOf(one, surroundings) })), null, 2);
    const notes = notesReport(catalogueNotes(), surroundings);
    return [breaksReport(breaks, surroundings) || 'The catalogue breaks nothing of what was released.', ...(notes === '' ? [] : [notes])].join('\n');
  }
  const versions = types.flatMap((type) => Object.keys(known.get(type)?.versions ?? {}).map((version) => ({ type, version, path })));
  const impacts = versions.map((version) => ({ ...version, impact: impactOf(version, surroundings) }));
  if (isJson) return JSON.stringify(impacts, null, 2);
  return impacts.map(({ type, version, impact }) => [`${type} ${version}${path === '' ? '' : `, ${path}`}`, ...impactLines(impact).map((line) => `  ${line}`)].join('\n')).join('\n');
}

if (import.meta.main) {
  try {
    const { values: { type = [], path = '', database, json = false } } = parseArgs({
      args: process.argv.slice(2), options: { type: { type: 'string', multiple: true }, path: { type: 'string' }, database: { type: 'string' }, json: { type: 'boolean' } },
    });
    process.stdout.write(`${printed({ types: type, path, isJson: json }, await readSurroundings(database))}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exitCode = 2;
  }
}
