/** What was ever written is read for ever: each frozen sample of each version parses, and takes the current form. */
import { canonicalJson } from '@commerce/events/canonical';
import { describe, expect, test } from '@jest/globals';
import { eventNameOf, readBaseline } from '../contract/baseline.ts';
import { digestOfSamples, readCorpus, readDigests, wholeCatalogue } from './corpus.ts';
import { digestOf, makeSamples } from './make.ts';

const catalogue = wholeCatalogue();
const corpus = readCorpus();
const names = corpus.map(({ type, version }) => `${type}.${version}`);

test('every version that was released has samples, and every sample is of a version that is there', () => {
  const released = Object.keys(readBaseline()).flatMap((path) => eventNameOf(path) ?? []);
  expect(released.length).toBeGreaterThan(50);
  const lacking = released.filter((name) => !names.includes(name));
  if (lacking.length > 0) throw new Error(`These versions have no samples: ${lacking.join(', ')}. Run npx --yes pnpm@12.21.0 event-samples`);
  const known = catalogue.entries.flatMap(({ type, versions }) => Object.keys(versions).map((version) => `${type}.${version}`));
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

test('no sample was changed, added or taken away since it was made: a second file says what each was', () => {
  expect(Object.fromEntries(corpus.map((samples) => [`${samples.type}.${samples.version}`, digestOfSamples(samples)]))).toEqual(readDigests());
});

describe.each(corpus)('A $type $version that was written once', ({ type, version, samples }) => {
  test.each(samples.map((sample, index) => [index, sample] as const))('sample %i is as it was, parses, and is read in the current form', (_index, { digest, event }) => {
    expect(digestOf(event)).toBe(digest);
    expect(catalogue.checkEnvelope(event)).toBe(event);
    const data = frozen(event['data']);
    const read = catalogue.toCurrent(type, version, data);
    expect(canonicalJson(catalogue.toCurrent(type, version, data))).toBe(canonicalJson(read));
    expect(catalogue.entry(type).subject(read as never)).toMatch(/./);
  });
});

test('samples of every version can be made, fit it, and show each of its choices', () => {
  for (const entry of catalogue.entries) for (const version of Object.keys(entry.versions)) expect(makeSamples(entry, version, 'x').samples.length).toBeGreaterThan(1);
  const { samples } = makeSamples(catalogue.entry('FulfillmentRevoked'), 'v1', 'x');
  const states = samples.flatMap(({ event }) => (event['data'] as { lines: readonly { status: string }[] }).lines.map(({ status }) => status));
  expect([...new Set(states)].toSorted()).toEqual(['cancelled', 'failed', 'fulfilled', 'revoked']);
});

/** A step that changes what it is given would change it for every handler after it. */
function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part);
  return value;
}
