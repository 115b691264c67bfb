/**
 * The rules of who may import whom, judged over every import of the workspace.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '..');
const MEMBERS = ['packages', 'services', 'docs/examples'].flatMap((group) => readdirSync(join(ROOT, group)).map((name) => `${group}/${name}`)).concat('infra/local', 'infra', 'test');

/** Which workspace packages each member may import at run time. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/events': [],
  'packages/event-log': ['events'],
  'packages/bus': ['event-log', 'events'],
  'packages/audit': ['event-log', 'events', 'service-kit'],
  'packages/dead-letters': ['bus', 'event-log', 'events', 'service-kit'],
  'packages/local-aws': ['events'],
  'packages/local-kafka': [],
  'packages/http-signatures': [],
  'packages/fulfillment-client': ['events', 'http-signatures'],
  'packages/cli': ['events'],
  'packages/service-kit': [],
  'packages/signals': ['event-log', 'events'],
  'services/commerce-coordinator': ['audit', 'bus', 'dead-letters', 'event-log', 'events', 'fulfillment-client', 'service-kit', 'signals'],
  'services/order-fulfillment': ['audit', 'bus', 'dead-letters', 'event-log', 'events', 'http-signatures', 'service-kit', 'signals'],
  infra: ['events'],
  'infra/local': ['events', 'infra', 'local-aws', 'local-kafka', 'service-kit'],
  'docs/examples/acme': ['fulfillment-client', 'infra'],
  // An extension of Commerce Coordinator: of the service itself, only what is there for extensions.
  'docs/examples/loyalty-extension': ['commerce-coordinator', 'event-log', 'events', 'service-kit', 'signals'],
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

  test('never reach into a service, but from the tests, and from extensions by the doors that are there for them', () => {
    const isForExtensions = ({ member, target }: Import): boolean => member.startsWith('docs/examples/') && target.startsWith('@commerce/commerce-coordinator/for-extensions/');
    const wrong = IMPORTS.filter((one) => /@commerce\/(commerce-coordinator|order-fulfillment)/.test(one.target) && one.member !== 'test' && !isForExtensions(one));
    expect(wrong).toEqual([]);
  });

  test('with a relative path stay inside their member, but for extensions in the list of them', () => {
    const isListed = ({ file, target }: Import): boolean => file === 'services/commerce-coordinator/extensions.config.ts' && target.endsWith('/extension.ts');
    const wrong = IMPORTS.filter((one) => !isListed(one)).filter(({ file, member, target }) => target.startsWith('.') && memberOf(relative(ROOT, resolve(ROOT, dirname(file), target))) !== member);
    expect(wrong).toEqual([]);
  });

  test('of drivers stand in adapters only', () => {
    const drivers = /^(pg|ioredis|undici|@platformatic\/kafka|@aws-sdk\/|@smithy\/|node:http$|node:https$|node:net$|node:dgram$)/;
    const adapter = /\.(http|pg|sqs|eventbridge|aws|kafka|grpc|file|fauxqs|redis)\.ts$|^packages\/(service-kit|local-aws)\/|^infra\/|\/(main|compose)\.ts$/;
    const wrong = RUN_TIME.filter(({ file, target }) => drivers.test(target) && !adapter.test(file) && !onlyTypes(file, target) && !onlyAddresses(file, target));
    expect(wrong).toEqual([]);
  });

  test('of one extension never reach into another', () => {
    expect(RUN_TIME.filter(reachesIntoAnother)).toEqual([]);
    const file = 'services/commerce-coordinator/src/extensions/carts/extension.ts';
    const of = (target: string): boolean => reachesIntoAnother({ file, target, member: 'services/commerce-coordinator' });
    expect([of('../orders/extension.ts'), of('../orders/order.ts'), of('./cart.ts'), of('../../audit.ts')]).toEqual([true, true, false, false]);
  });
});

/** Another one's handler, or anything else of it. */
function reachesIntoAnother({ file, target }: Import): boolean {
  const extension = (path: string): string | undefined => /extensions\/([^/]+)\//.exec(path)?.[1];
  const own = extension(file);
  const other = target.startsWith('.') ? extension(relative(ROOT, resolve(ROOT, dirname(file), target))) : undefined;
  return own !== undefined && other !== undefined && own !== other;
}

/** What an extension may reach that leads around the map, by its file or its text, and why it must not. */
const WAYS_AROUND: readonly { readonly found: RegExp; readonly text: string }[] = [
  { found: /^import (?!type )[^;]*'@commerce\/signals\/(host|check|picture)'/m, text: 'opens and connects extensions itself: that is done where the service is put together' },
  { found: /'@commerce\/event-log\/(readers|retirement|schema)'/, text: 'reads the log itself: declare a handler, and connect it in the map' },
  { found: /^import (?!type )[^;]*'@commerce\/event-log\/log'/m, text: 'opens the log itself: it is given one' },
  { found: /from '[^']*\/(extensions\.config|signals\.config|compose|main)\.ts'/, text: 'sees all that is loaded: it knows its own, and hears the events of others' },
  { found: /\.onWake\(/, text: 'waits for the log itself: declare a handler, and connect it in the map' },
  { found: /\blog\.append\(|\bINTO events\b/i, text: 'writes into the log around sendRobust: send a signal' },
  { found: /\b(UN)?LISTEN\b\s+\w|\.query\(\s*['"`]\s*listen\b/, text: 'listens on the database: declare a handler, and connect it in the map' },
  { found: /\.subscribe\(|'@commerce\/signals\/(live-bus|event-types)'/, text: 'subscribes to the live bus: declare a handler, and connect it in the map' },
  { found: /\blog\s*\??\.\s*history\(/, text: 'reads the history of the log: declare a handler, and connect it in the map' },
  { found: /\b(FROM|JOIN)\s+(ONLY\s+)?"?(public"?\s*\.\s*"?)?events\b/i, text: 'reads events from the table: declare a handler, and connect it in the map' },
  { found: /from '(node:)?events'|from 'emittery'/, text: 'hears events over an emitter: declare a handler, and connect it in the map' },
];

/** Reads of the log that lead nowhere around the map, one by one: what is read, and for what. */
const READS: Readonly<Record<string, string>> = {
  'orders/orders.http.ts reads the history of the log': 'Shows one order to who asks for it.',
  'orders/needing.pg.ts reads events from the table': 'Shows how long work has waited, to who asks for the orders that need somebody.',
  'orders/acts.pg.ts reads events from the table': 'A reminder of an order that stands still names the event that created it as its cause.',
  'fulfillment/reconciliation.pg.ts reads events from the table': 'What is found by comparing names the event that asked for it as its cause.',
  'payments/webhooks.pg.ts reads events from the table': 'What a payment provider tells names the event that asked for it as its cause.',
  'analytics/absences.pg.ts reads events from the table': 'A watch that falls due asks once what has come for its subject since: what did not come is no event that could be heard.',
};

const isExtension = (file: string): boolean => /^services\/commerce-coordinator\/src\/extensions\/|^docs\/examples\/[^/]+-extension\//.test(file);

function waysAround(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, '');
  return WAYS_AROUND.filter(({ found }) => found.test(code)).map((way) => way.text);
}

describe('an extension', () => {
  test('goes no way around the map', () => {
    const own = ALL.filter((file) => isExtension(file) && !isTest(file));
    expect(own.length).toBeGreaterThan(40);
    const found = own.flatMap((file) => waysAround(readFileSync(join(ROOT, file), 'utf8')).map((text) => `${file.replace('services/commerce-coordinator/src/extensions/', '')} ${text}`));
    const named = (one: string): string | undefined => Object.keys(READS).find((read) => one.startsWith(`${read}: `));
    expect(found.filter((one) => named(one) === undefined)).toEqual([]);
    // One that is gone is taken off the list.
    expect(found.map(named).toSorted()).toEqual(Object.keys(READS).toSorted());
  });

  test.each([
    ["import { openExtensions } from '@commerce/signals/host';", 'opens and connects extensions itself'],
    ["import { registerMap, startReaders } from '@commerce/event-log/readers';", 'reads the log itself'],
    ["import { EventLog } from '@commerce/event-log/log';", 'opens the log itself'],
    ["import { EXTENSIONS } from '../../../extensions.config.ts';", 'sees all that is loaded'],
    ["import { compose } from '../../compose.ts';", 'sees all that is loaded'],
    ['log.onWake(() => look());', 'waits for the log itself'],
    ['await log.append(tx, [log.prepare(event, source, trigger)]);', 'writes into the log around sendRobust'],
    ["await tx.query('insert into events (event_id) VALUES ($1)');", 'writes into the log around sendRobust'],
    ["await client.query('LISTEN event_log');", 'listens on the database'],
    ["await client.query('listen event_log');", 'listens on the database'],
    ["import { EventEmitter } from 'node:events';", 'hears events over an emitter'],
    ["live.bus.subscribe('order.created', ship);", 'subscribes to the live bus'],
    ["import { createLiveBus } from '@commerce/signals/live-bus';", 'subscribes to the live bus'],
    ['const seen = await log.history(orderId, 100);', 'reads the history of the log'],
    ["await pool.query('select * from events where position > $1');", 'reads events from the table'],
    ['await pool.query(`SELECT o.id FROM orders o JOIN public.events e ON e.subject = o.id`);', 'reads events from the table'],
  ])('that says %s would be refused', (line, refusal) => {
    expect(waysAround(`/** Says LISTEN to nobody. */\n${line}\n`)).toEqual([expect.stringContaining(refusal)]);
  });

  test('may name the types of what it is given', () => {
    expect(waysAround("import type { EventLog } from '@commerce/event-log/log';\nimport { inputDecision } from '@commerce/signals/sending';\n// LISTEN events\n")).toEqual([]);
  });
});

/** Types leave no trace at run time. */
function onlyTypes(file: string, target: string): boolean {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return text.split('\n').filter((line) => line.includes(`'${target}'`)).every((line) => line.startsWith('import type'));
}

/** What judges addresses opens no socket. */
function onlyAddresses(file: string, target: string): boolean {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n').filter((line) => line.includes(`'${target}'`));
  return target === 'node:net' && lines.every((line) => /^import \{ ((BlockList|isIP|isIPv4|isIPv6)(, )?)+ \} from/.test(line));
}

test('plain domain files take clock, randomness and environment as arguments', () => {
  // The page is a program of its own, in a browser.
  const edges = /\.(http|pg|sqs|eventbridge|file|fauxqs)\.ts$|\/(main|compose|config|ports|dev|demo)\.ts$|^packages\/(service-kit|local-aws|local-kafka)\/|^infra\/|\/dashboard\/page\//;
  const wrong = ALL.filter((file) => !isTest(file) && !edges.test(file)).filter((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|performance\.now\(/.test(code);
  });
  expect(wrong).toEqual([]);
});
