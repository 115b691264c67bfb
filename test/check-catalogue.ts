/**
 * Every event of both services against the catalogue that was released last (docs/contract/baseline): what would break a reader, a
 * writer or what is stored, place by place, with the mend and whom it touches. `pnpm check` runs it: exit code 1 when there is any.
 * What was marked since as personal or as kept inside breaks nobody; it is told all the same. Needs no database.
 */
import { eventBreaksOf, eventNotesOf, readBaseline } from './contract/baseline.ts';
import type { EventBreak } from './contract/event-breaks.ts';
import { schemaFiles } from './contract/files.ts';
import type { ContractFiles } from './contract/files.ts';
import { breakLines } from './contract/impact.ts';
import type { Surroundings } from './contract/impact.ts';
import { readSurroundings } from './contract/surroundings.ts';

/** The text that a person gets; empty when nothing breaks. */
export function breaksReport(breaks: readonly EventBreak[], surroundings: Surroundings): string {
  return reportOf(`The catalogue breaks what was released, in ${placesOf(breaks)}:`, breaks, surroundings);
}

/** What was marked since, as a person gets it; empty when nothing was. */
export function notesReport(notes: readonly EventBreak[], surroundings: Surroundings): string {
  return reportOf(`The catalogue marks more than what was released, in ${placesOf(notes)}:`, notes, surroundings);
}

function placesOf({ length }: readonly EventBreak[]): string {
  return `${length} ${length === 1 ? 'place' : 'places'}`;
}

function reportOf(head: string, breaks: readonly EventBreak[], surroundings: Surroundings): string {
  if (breaks.length === 0) return '';
  const versions = Map.groupBy(breaks, ({ type, version }) => `${type} ${version}`);
  const lines = [...versions.values()].flatMap((ofVersion) => breakLines(ofVersion, surroundings));
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Against the released catalogue, or another one. */
export function catalogueBreaks(files: ContractFiles = schemaFiles(), released: ContractFiles = readBaseline()): EventBreak[] {
  return eventBreaksOf(released, files);
}

/** What it marks that the released one does not. */
export function catalogueNotes(files: ContractFiles = schemaFiles(), released: ContractFiles = readBaseline()): EventBreak[] {
  return eventNotesOf(released, files);
}

if (import.meta.main) {
  const [breaks, notes] = [catalogueBreaks(), catalogueNotes()];
  if (notes.length > 0) process.stdout.write(`${notesReport(notes, await readSurroundings())}\n`);
  if (breaks.length > 0) {
    process.stderr.write(`${breaksReport(breaks, await readSurroundings())}\n`);
    process.exitCode = 1;
  }
}
