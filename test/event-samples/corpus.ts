/**
 * The corpus: samples of each version of each event that was ever released, which every later build must read. A file is written
 * once and never again; `npx --yes pnpm@12.21.0 event-samples` adds those of versions that have none. A second file has the digest of
 * each, so that nobody changes a sample, or takes one away, together with what it says of itself.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSIONS } from '@commerce/commerce-coordinator/extensions';
import type { ExtensionDefinition } from '@commerce/commerce-coordinator/extensions';
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import { createCatalogue } from '@commerce/events/catalogue';
import type { Catalogue, EventEntry } from '@commerce/events/catalogue';
import { INTERNAL, PUBLISHED } from '../contract/event-schemas.ts';
import { sourceOf } from '../contract/speakers.ts';
import { makeSamples } from './make.ts';
import type { Samples } from './make.ts';

const FOLDER = join(import.meta.dirname, 'frozen');
const DIGESTS = join(import.meta.dirname, 'digests.json');

/** All that may stand in a log of either service. */
export function wholeCatalogue(): Catalogue {
  return createCatalogue([...PUBLISHED, ...INTERNAL]);
}

export function readCorpus(): Samples[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.json')).toSorted().map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Samples);
}

/** `OrderCreated.v1` → the digest of its samples, as it was noted when they were made. */
export function readDigests(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(DIGESTS, 'utf8')) as Record<string, string>;
}

/** SHA-256 over all samples of a version. */
export function digestOfSamples(samples: Samples): string {
  return sha256(canonicalJson(samples)).toString('hex');
}

/** Writes the samples of versions that have none, and notes their digests. Gives their names; what is there stays as it is. */
export function addMissingSamples(): string[] {
  const added = writeMissing();
  const noted = existsSync(DIGESTS) ? readDigests() : {};
  const lacking = readCorpus().map((samples) => [`${samples.type}.${samples.version}`, digestOfSamples(samples)] as const).filter(([name]) => !Object.hasOwn(noted, name));
  if (lacking.length > 0) writeFileSync(DIGESTS, `${JSON.stringify(Object.fromEntries([...Object.entries(noted), ...lacking].toSorted(([a], [b]) => (a < b ? -1 : 1))), null, 1)}\n`);
  return added;
}

function writeMissing(): string[] {
  return wholeCatalogue().entries.flatMap((entry) => Object.keys(entry.versions).flatMap((version) => {
    const name = `${entry.type}.${version}`;
    const path = join(FOLDER, `${name}.json`);
    if (existsSync(path)) return [];
    writeFileSync(path, `${JSON.stringify(makeSamples(entry, version, sourceFor(entry)), null, 1)}\n`, { flag: 'wx' });
    return [name];
  }));
}

function sourceFor({ type }: EventEntry): string {
  if (PUBLISHED.some((entry) => entry.type === type)) return sourceOf(type);
  return (EXTENSIONS as readonly ExtensionDefinition[]).find(({ signals }) => signals.some(({ entry }) => entry.type === type))?.source ?? 'order-fulfillment';
}

if (import.meta.main) {
  const added = addMissingSamples();
  process.stdout.write(added.length === 0 ? 'Every version has its samples.\n' : `Added, and from now on never changed: ${added.join(', ')}\n`);
}
