/**
 * The rules of who may import whom, judged over every import of the workspace.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const MEMBERS = ['packages', 'services'].flatMap((group) => readdirSync(join(ROOT, group)).map((name) => `${group}/${name}`)).concat('infra/local', 'infra', 'test', 'docs/examples/acme');

/** Which workspace packages each member may import at run time. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/events': [],
  'packages/event-log': ['events'],
  'packages/bus': ['event-log', 'events'],
  'packages/local-aws': ['events'],
  'packages/http-signatures': [],
  'packages/fulfillment-client': ['events', 'http-signatures'],
  'packages/cli': [],
  'packages/service-kit': [],
  'packages/signals': ['event-log', 'events'],
  'services/commerce-coordinator': ['bus', 'event-log', 'events', 'fulfillment-client', 'service-kit', 'signals'],
  'services/order-fulfillment': ['bus', 'event-log', 'events', 'http-signatures', 'service-kit'],
  infra: ['events'],
  'infra/local': ['events', 'infra', 'local-aws', 'service-kit'],
  'docs/examples/acme': ['fulfillment-client', 'infra'],
};

interface Import {
  readonly file: string;
  readonly member: string;
  readonly target: string;
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return /^(node_modules|cdk\.out|\.data)$/.test(entry.name) ? [] : files(join(folder, entry.name));
    return entry.name.endsWith('.ts') ? [relative(ROOT, join(folder, entry.name))] : [];
  });
}

const memberOf = (file: string): string => MEMBERS.find((member) => file.startsWith(`${member}/`)) ?? '';
const isTest = (file: string): boolean => /\.test\.ts$|\/test-kit\/|\/test-[a-z-]+\.ts$|^test\//.test(file);

const ALL = ['packages', 'services', 'infra', 'test', 'docs'].flatMap((folder) => files(join(ROOT, folder)));
const IMPORTS: Import[] = ALL.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:[^'\n]*\bfrom |import )'([^']+)';$|\bimport\('([^']+)'\)/gm)].map((match) => ({
    file,
    member: memberOf(file),
    target: match[1] ?? match[2] ?? '',
  })),
);
const RUN_TIME = IMPORTS.filter(({ file }) => !isTest(file));

describe('imports', () => {
  test('are found at all', () => {
    expect(IMPORTS.length).toBeGreaterThan(500);
  });

  test('of packages go downwards only', () => {
    const wrong = RUN_TIME.filter(({ member, target }) => {
      const name = /^@commerce\/([^/]+)/.exec(target)?.[1];
      return name !== undefined && member in MAY_IMPORT && `packages/${name}` !== member && !(MAY_IMPORT[member] ?? []).includes(name);
    });
    expect(wrong).toEqual([]);
  });

  test('never reach into a service, but from the tests', () => {
    const wrong = IMPORTS.filter(({ member, target }) => /@commerce\/(commerce-coordinator|order-fulfillment)/.test(target) && member !== 'test');
    expect(wrong).toEqual([]);
  });

  test('with a relative path stay inside their member', () => {
    const wrong = IMPORTS.filter(({ file, member, target }) => target.startsWith('.') && memberOf(relative(ROOT, resolve(ROOT, dirname(file), target))) !== member);
    expect(wrong).toEqual([]);
  });

  test('of drivers stand in adapters only', () => {
    const drivers = /^(pg|undici|@aws-sdk\/|@smithy\/|node:http$|node:https$|node:net$|node:dgram$)/;
    const adapter = /\.(http|pg|sqs|eventbridge|aws|kafka|grpc|file|fauxqs)\.ts$|^packages\/(service-kit|local-aws)\/|^infra\/|\/(main|compose)\.ts$/;
    const wrong = RUN_TIME.filter(({ file, target }) => drivers.test(target) && !adapter.test(file) && !onlyTypes(file, target));
    expect(wrong).toEqual([]);
  });

  test('of one extension never reach into another', () => {
    const extension = (path: string): string | undefined => /extensions\/([^/]+)\//.exec(path)?.[1];
    const wrong = RUN_TIME.filter(({ file, target }) => {
      const own = extension(file);
      const other = target.startsWith('.') ? extension(relative(ROOT, resolve(ROOT, dirname(file), target))) : undefined;
      return own !== undefined && other !== undefined && own !== other;
    });
    expect(wrong).toEqual([]);
  });
});

/** Types leave no trace at run time. */
function onlyTypes(file: string, target: string): boolean {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return text.split('\n').filter((line) => line.includes(`'${target}'`)).every((line) => line.startsWith('import type'));
}

test('plain domain files take clock, randomness and environment as arguments', () => {
  const edges = /\.(http|pg|sqs|eventbridge|file|fauxqs)\.ts$|\/(main|compose|config|ports|dev|demo)\.ts$|^packages\/(service-kit|local-aws)\/|^infra\//;
  const wrong = ALL.filter((file) => !isTest(file) && !edges.test(file)).filter((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|performance\.now\(/.test(code);
  });
  expect(wrong).toEqual([]);
});
