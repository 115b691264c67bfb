/**
 * The contract as files: it is what the code says, it is valid by the standards that it claims, and it breaks nobody who was built
 * against the baseline.
 */
import asyncApiSpecs from '@asyncapi/specs';
import { createCatalogue } from '@commerce/events/catalogue';
import { compilePattern } from '@commerce/events/pattern';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { WRITE_COMMAND } from '../made-docs.ts';
import { readApiDescriptions } from './apis.ts';
import { breaksOf, committedContract, readBaseline } from './baseline.ts';
import { eventSchemas, PUBLISHED } from './event-schemas.ts';
import { CATALOGUE_FILE } from './entry-facts.ts';
import { contractFiles, textOf } from './files.ts';
import type { ContractFiles } from './files.ts';
import { documentsOf } from './schema-documents.ts';
import { SPEAKERS } from './speakers.ts';

const committed = committedContract();
const parsed = (path: string): any => JSON.parse(committed[path] ?? 'null');

describe('The contract', () => {
  let made: ContractFiles;
  beforeAll(async () => {
    made = contractFiles(await readApiDescriptions());
  }, 60_000);

  test('is committed as the code gives it', () => {
    const stale = [...new Set([...Object.keys(made), ...Object.keys(committed)])].filter((path) => !Object.hasOwn(made, path) || committed[path] !== textOf(made[path] as object));
    if (stale.length > 0) throw new Error(`These files of docs/contract differ from the code: ${stale.join(', ')}. Run ${WRITE_COMMAND}`);
  });

  test('breaks nobody who was built against its baseline', () => {
    const baseline = readBaseline();
    expect(Object.keys(baseline)).toEqual(expect.arrayContaining([CATALOGUE_FILE, 'asyncapi.json', 'commerce-coordinator.openapi.json', 'order-fulfillment.openapi.json']));
    const breaks = breaksOf(baseline, made);
    if (breaks.length > 0) throw new Error(`${breaks.join('\n')}\nIf nobody was built against the baseline yet, make this one: ${WRITE_COMMAND} --accept-contract`);
  });
});

describe.each(['commerce-coordinator.openapi.json', 'order-fulfillment.openapi.json'])('%s', (path) => {
  test('is OpenAPI 3.1 without a finding', async () => {
    const problems = await lintFromString({ source: committed[path] ?? '', config: await createConfig({ extends: ['recommended-strict'] }) });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer ?? ''})`)).toEqual([]);
    expect(parsed(path).openapi).toBe('3.1.0');
  });
});

// What is compiled here runs a few times: to optimize it costs more than it gives.
const code = { optimize: false };
const ajv = new Ajv2020({ code, keywords: ['x-personal'] });
addFormats.default(ajv);
const catalogue = createCatalogue(PUBLISHED);
const schemas = eventSchemas();

describe.each(schemas)('The schema of $name', ({ name, schema, example, entry, version }) => {
  const validate = ajv.compile({ ...schema, $id: `https://contract.test/events/${name}.schema.json` });
  const isTaken = (document: unknown): boolean => {
    try {
      catalogue.checkEnvelope(document);
      return true;
    } catch {
      return false;
    }
  };

  test('is valid, its example fits, also with members of data that are not known, and with nothing else that is not', () => {
    expect(validate(example) || validate.errors).toBe(true);
    expect(isTaken(example)).toBe(true);
    expect(validate({ ...example, more: 1 })).toBe(false);
    expect(validate({ ...example, data: { ...entry.example, more: { than: 1 } } })).toBe(true);
    expect(isTaken({ ...example, data: { ...entry.example, more: { than: 1 } } })).toBe(true);
    expect(() => catalogue.checkData(entry.type, { ...entry.example, more: 1 })).toThrow('Unrecognized key');
    expect(validate({ ...example, eventVersion: `${version}9` })).toBe(false);
  });

  test('says of documents what a reader says', () => {
    const data = (schema as any).properties.data;
    fc.assert(fc.property(documentsOf(data), (made) => {
      const document = { ...example, data: made };
      expect([made, validate(document)]).toEqual([made, isTaken(document)]);
    }), { numRuns: 40 });
  });
});

test('every source has types of the catalogue alone', () => {
  const types = PUBLISHED.map(({ type }) => type);
  expect(Object.values(SPEAKERS).flatMap((speaker) => speaker.types).toSorted()).toEqual(types.toSorted());
});

describe('asyncapi.json', () => {
  const document = parsed('asyncapi.json');

  test('is AsyncAPI 3 by its own schema', () => {
    const official = new Ajv({ meta: false, strict: false, logger: false, code });
    addFormats.default(official);
    official.validate(asyncApiSpecs.schemas['3.0.0'] as object, document);
    expect(official.errors ?? []).toEqual([]);
  });

  test('refers only to what is there, and an operation only to messages of its channel', () => {
    const references = [...(committed['asyncapi.json'] ?? '').matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(50);
    const broken = references.filter((reference) => (reference.startsWith('./') ? committed[reference.slice(2)] === undefined : at(document, reference) === undefined));
    expect(broken).toEqual([]);
    for (const { channel, messages } of Object.values<any>(document.operations)) {
      expect(messages.every(({ $ref }: { $ref: string }) => $ref.startsWith(`${channel.$ref}/messages/`))).toBe(true);
    }
  });

  test('has an example of every message that fits its schema and, in a queue, passes its rule', () => {
    const messages = Object.entries<any>(document.components.messages);
    expect(messages.length).toBeGreaterThan(PUBLISHED.length);
    for (const [name, { payload, examples: [example], 'x-eventbridge': { pattern } }] of messages) {
      const local = JSON.parse(JSON.stringify(payload).replaceAll('./events/', 'https://contract.test/events/'));
      expect([name, ajv.validate(local, example.payload) || ajv.errors]).toEqual([name, true]);
      if (pattern !== undefined) expect([name, compilePattern(pattern).matches(example.payload)]).toEqual([name, true]);
    }
  });

  test('names bus, source and detail-type of every message', () => {
    for (const [name, message] of Object.entries<any>(document.components.messages)) {
      expect([name, message['x-eventbridge']]).toEqual([name, expect.objectContaining({ bus: expect.stringMatching(/^(order-fulfillment|commerce-coordinator)$/), source: expect.any(String), 'detail-type': message.name.split('.')[0] })]);
    }
    const queue = document.channels['commerce-coordinator-fulfillment-events'];
    expect(queue.bindings.sqs.queue).toMatchObject({ name: 'commerce-coordinator-fulfillment-events', redrivePolicy: { maxReceiveCount: 5 } });
    expect(queue['x-eventbridge'].pattern).toMatchObject({ source: ['order-fulfillment'], detail: { data: { clientId: ['commerce-coordinator'] } } });
  });
});

function at(document: object, reference: string): unknown {
  return reference.slice(2).split('/').reduce<any>((place, name) => place?.[name], document);
}
