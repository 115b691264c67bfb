/**
 * The documentation says what the code does: parts that come from the code are equal to it, every path exists, every command
 * exists, and what a reader is told to type works on a running stack.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { synthesise } from '@commerce/example-acme/app';
import { FREE_PORTS, startStack } from '@commerce/local-stack/stack';
import type { Stack } from '@commerce/local-stack/stack';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from './kit/eventually.ts';
import { freePort } from './kit/front.http.ts';
import { FULFILLING_READERS, fulfillingReaders } from './fulfilling-readers.ts';
import { CATALOGUES, WRITE_COMMAND, envExample, errorsPage, readDocument } from './made-docs.ts';
import { TOLD, toldIn } from './told-commands.ts';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

/** Folders that are made, and those of other people. */
const FOREIGN = new Set(['node_modules', '.git', '.data', 'cdk.out', 'coverage']);

function filesBelow(folder: string, wanted: (name: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : filesBelow(path, wanted);
    return wanted(entry.name) ? [relative(ROOT, path)] : [];
  });
}

const PAGES = filesBelow(ROOT, (name) => name.endsWith('.md'));
const MANIFESTS = filesBelow(ROOT, (name) => name === 'package.json').map((path) => JSON.parse(readDocument(path)));
const SCRIPTS: string[] = Object.keys(JSON.parse(readDocument('package.json')).scripts);

/** What stands as code in the first column of a text's tables. */
function firstCells(text: string): string[] {
  const rows = text.split('\n').filter((row) => row.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
}

/** A section of a page, without its heading. */
function section(page: string, heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The blocks of one language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');
}

describe('what is made from the code is equal to it', () => {
  const stale = (path: string): string => `${path} differs from the code: run ${WRITE_COMMAND}`;

  test('.env.example', () => {
    if (readDocument('.env.example') !== envExample()) throw new Error(stale('.env.example'));
  });

  test('who hears what at Order Fulfillment, in the catalogue', () => {
    if (readDocument(FULFILLING_READERS) !== fulfillingReaders()) throw new Error(stale(FULFILLING_READERS));
  });

  test('the tables of docs/errors.md', () => {
    const page = readDocument('docs/errors.md');
    if (page !== errorsPage(page)) throw new Error(stale('docs/errors.md'));
    for (const catalogue of Object.values(CATALOGUES)) for (const code of Object.keys(catalogue)) expect(page).toContain(`| \`${code}\` |`);
  });

  test('the command after a restore is the one that a service names when it refuses to start', () => {
    const page = readDocument('docs/operations.md');
    const command = /node packages\/event-log\/src\/main\.ts epoch --bump/.exec(page)?.[0] ?? 'no such command';
    expect(readDocument('packages/event-log/src/log.pg.ts')).toContain(command);
  });
});

test('every dependency has its line in docs/decisions/dependencies.md, and every line its dependency', () => {
  const used = MANIFESTS.flatMap((manifest) => Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }))
    .flatMap(([name, version]) => (version.startsWith('workspace:') ? [] : [name]));
  const explained = firstCells(readDocument('docs/decisions/dependencies.md'));
  expect(explained.toSorted()).toEqual([...new Set(used)].toSorted());
});

test('the README names every command, and no other', () => {
  expect(firstCells(section(readDocument('README.md'), 'Commands')).toSorted()).toEqual(SCRIPTS.toSorted());
});

test('every command that a page tells to run exists, under the one version of pnpm', () => {
  const told = [...PAGES, '.env.example', '.ci/run'].flatMap((path) => [...readDocument(path).matchAll(/pnpm@([\d.]+\d)(?: ([a-z:-]+))?/g)].map((match) => ({ path, version: match[1], command: match[2] })));
  expect(told.length).toBeGreaterThan(10);
  expect(new Set(told.map(({ version }) => version))).toEqual(new Set(['12.21.0']));
  expect(told.filter(({ command }) => command !== undefined && ![...SCRIPTS, 'install'].includes(command))).toEqual([]);
});

test('every block that a page tells to type has something that runs it, or a reason why nothing does', () => {
  const places = PAGES.flatMap((path) => toldIn(path, readDocument(path)).map(({ place }) => place));
  expect(Object.keys(TOLD).toSorted()).toEqual([...new Set(places)].toSorted());
});

describe('pages', () => {
  test('link only to what exists', () => {
    const links = PAGES.flatMap((path) => [...readDocument(path).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)].map((match) => ({ path, target: match[1] ?? '', anchor: match[2] })));
    expect(links.length).toBeGreaterThan(25);
    const broken = links.filter(({ path, target, anchor }) => {
      const file = target === '' ? path : join(dirname(path), target);
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !headings(file).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('name only files and folders that exist', () => {
    const named = PAGES.flatMap((path) => [...readDocument(path).matchAll(/`((?:services|packages|infra|test|docs)\/[^`\s]*)`/g)].map((match) => ({ path, name: match[1] ?? '' })));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter(({ name }) => !existsSync(join(ROOT, name)) && !MADE.has(name))).toEqual([]);
  });
});

/** Written by a command, not kept. */
const MADE = new Set(['infra/cdk.out']);

/** The anchors of a page, as GitHub makes them. */
function headings(path: string): string[] {
  return [...readDocument(path).matchAll(/^#+ (.+)$/gm)].map((match) => (match[1] ?? '').toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

test('every code that docs/errors.md explains by hand stands in the code', () => {
  const codes = firstCells(readDocument('docs/errors.md').split('\n## Reasons')[1] ?? '');
  expect(codes.length).toBeGreaterThan(12);
  const sources = filesBelow(ROOT, (name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
  expect(codes.filter((code) => !sources.includes(`'${code}'`) && !sources.includes(`  ${code}: {`))).toEqual([]);
});

/** It takes a stack, which is too long for the usual run. */
const onAStack = process.env['LONG'] === '1' ? describe : describe.skip;

onAStack('what a reader is told to type, on a running stack, (needs LONG=1: it starts one)', () => {
  let directory: string;
  let stack: Stack;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'documentation-'));
    const { DATABASE_URL: _ignored, ...environment } = process.env;
    stack = await startStack({ dataDirectory: directory, ports: FREE_PORTS, bySku: { 'NW-1': 'instant', 'NW-2': 'warehouse', 'NW-3': 'lms' }, environment, extraStacks: [synthesise(join(directory, 'acme'))] });
  }, 60_000);
  afterAll(async () => {
    // Without drain: the databases are thrown away.
    for (const name of ['order-fulfillment', 'commerce-coordinator']) stack.supervisor.process(name).signal('SIGKILL');
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const shell = async (script: string): Promise<string> =>
    (await run('sh', ['-e', '-c', script], { cwd: ROOT, env: { ...process.env, DATA_DIR: directory }, timeout: 25_000 })).stdout;

  test('places an order, reads it and its timeline; and once more while Order Fulfillment is killed', async () => {
    const [token = '', place = '', read = ''] = blocks(section(readDocument('README.md'), 'Place an order'), 'sh');
    const [kill = ''] = blocks(section(readDocument('README.md'), 'Break something'), 'sh');
    const untilCompleted = 'until [ "$(read_order | json status)" = completed ]; do sleep 0.2; done';
    const before = stack.supervisor.process('order-fulfillment').pid;
    const printed = await shell([token, place, read, untilCompleted, 'echo "--- first"', read, kill, untilCompleted, 'echo "--- second"', read].join('\n'));
    const [, first = '', second = ''] = printed.split(/--- (?:first|second)\n/);
    for (const story of [first, second]) {
      expect(story.split('\n')[0]).toBe('completed');
      // The message about the shipment may come after the end that the shell waits for; what the order says of itself, and its shipment of the completion, in any order.
      const told = story.match(/[A-Z]\w+(?= {2})/g) ?? [];
      expect(told).toContain('OrderFulfilled');
      expect(told.filter((type) => !type.startsWith('Notification') && type !== 'OrderFulfilled' && type !== 'OrderUpdated')).toEqual([
        'OrderCheckoutInitiated', 'OrderCreated', 'InventoryReserved', 'PaymentInitiated', 'PaymentProcessed', 'OrderConfirmed',
        'FulfillmentRequested', 'FulfillmentCompleted', 'ShippingCreated', 'ShippingDispatched', 'OrderShipped', 'OrderCompleted',
      ]);
    }
    expect(stack.supervisor.process('order-fulfillment').pid).not.toBe(before);
  });

  test('looks into the tables, lists dead letters and what was done with them, and ends some', async () => {
    const page = readDocument('docs/operations.md');
    const steps = ['The tool', 'A way in', 'Dead letters'].flatMap((heading) => blocks(section(page, heading), 'sh'));
    expect(steps).toHaveLength(5);
    const printed = await shell(steps.join('\n'));
    expect(printed).toContain('completed');
    expect(printed.match(/There are no dead letters\./g)).toHaveLength(2);
  });

  test('adds a client, gives it another key and removes it; reads orders, and how far both sides agree', async () => {
    const page = readDocument('docs/operations.md');
    const [tool = '', ...rest] = ['The tool', 'Clients of Order Fulfillment', 'Acts on an order', 'Who did what', 'Both sides disagree'].flatMap((heading) => blocks(section(page, heading), 'sh'));
    expect(rest).toHaveLength(8);
    const printed = await shell([tool, ...rest].join('\n'));
    expect(printed).toMatch(/^ORDER +NUMBER +STATUS/);
    expect(printed).toMatch(/\nauthentication +signature, 1 key\n/);
    expect(printed).toMatch(/\nexample-1 +ed25519 .+Z +20\d\d-.+Z\n/);
    // Of Order Fulfillment, and these are its acts on clients.
    expect(printed.match(/ client\.add +example /g)?.length).toBeGreaterThan(0);
    expect(printed).toMatch(/\nClient example is removed\.\n(?:.*\n)*last run .*\n(?:.*\n)*FULFILLMENT +ORDER/);
  });

  test('shows history, figures, the map, whom a change would touch, and whether all is well', async () => {
    const page = readDocument('docs/operations.md');
    const told = [
      ...blocks(section(page, 'The tool'), 'sh'), ...blocks(section(page, 'What happened'), 'sh'), ...blocks(section(page, 'How fast it flows'), 'sh'),
      ...blocks(readDocument('docs/signals.md'), 'sh'), ...blocks(section(readDocument('docs/how-to-change.md'), 'Change an event'), 'sh'), ...blocks(readDocument('docs/recover-from-loss.md'), 'sh'),
    ].map((block) => block.replaceAll('<order id>', '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d').replace(/^(cli events tree) <event id>$/m, '$1 0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d || [ $? = 3 ]').replaceAll('npx --yes pnpm@12.21.0 cli', 'cli')
        // 1: it has found something, after all that was done here to the stack.
        .replace(/^cli doctor$/m, 'cli doctor || [ $? = 1 ]').replaceAll('npx --yes pnpm@12.21.0', 'node_modules/.bin/node --run'));
    const printed = await shell(told.map((block) => block.replaceAll(/^(node_modules.*--run \S+) (.+)$/gm, '$1 -- $2')).join('\n'));
    expect(printed).toContain('OrderCreated');
    expect(printed).toContain('flowchart');
  });

  test('takes an event of somebody else', async () => {
    const [token = ''] = blocks(section(readDocument('README.md'), 'Place an order'), 'sh');
    const [send = ''] = blocks(section(readDocument('docs/event-catalogue.md'), 'Events of others'), 'sh');
    // The storefront may not tell of users; the operator may.
    expect(await shell([token.replaceAll('storefront', 'operator'), send].join('\n'))).not.toContain('"status":4');
  });

  test('asks as the operator, who may see panels and points where the storefront may not', async () => {
    const [token = ''] = blocks(section(readDocument('README.md'), 'Place an order'), 'sh');
    const [, asOperator = ''] = blocks(section(readDocument('docs/write-an-extension.md'), '9. See it'), 'sh');
    const printed = await shell([token, asOperator].join('\n'));
    expect(printed).toContain('"items":[');
    // The extension of the page is not in the list: there is no such route. A refusal would be another answer.
    expect(printed).toContain('"status":404');
    expect(printed).not.toMatch(/"status":40[13]/);
  });

  test('registers a receiver of somebody\'s own, which verifies what it is sent, and refuses what is not signed', async () => {
    const page = section(readDocument('docs/webhooks.md'), 'On your machine');
    const port = await freePort();
    const [program = '', ...noMore] = blocks(page, 'js').map((block) => block.replaceAll('4000', String(port)));
    const [register = '', start = '', remove = ''] = blocks(page, 'sh').map((block) => block.replaceAll('4000', String(port)).replaceAll('npx --yes pnpm@12.21.0 cli', 'node_modules/.bin/node packages/cli/src/main.ts'));
    expect(noMore).toEqual([]);
    writeFileSync(join(directory, 'receiver.mjs'), program);

    const registered = await shell(register);
    const id = /^webhook +(\S+)$/m.exec(registered)?.[1] ?? 'none';
    const secret = /^secret, shown once: +(whsec_\S+)$/m.exec(registered)?.[1] ?? 'none';
    const receiver = spawn('sh', ['-c', start.replace('<secret>', secret).replace('node receiver.mjs', `exec "${process.execPath}" receiver.mjs`)], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(receiver, 'close');
    let said = '';
    receiver.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    try {
      await eventually('the receiver listens', () => said.includes('listening') || undefined);
      const unsigned = await fetch(`http://127.0.0.1:${port}/hook`, { method: 'POST', body: '{"event":"order.created","data":{}}', headers: { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.now() / 1_000)), 'webhook-signature': 'v1,AAAA' } });
      expect(unsigned.status).toBe(401);
      const [token = '', place = ''] = blocks(section(readDocument('README.md'), 'Place an order'), 'sh');
      const orderNumber = /"orderNumber":(\d+)/.exec(await shell([token, place].join('\n')))?.[1];
      await eventually('every change of the order', () => said.includes(`verified order.completed ${orderNumber} completed\n`) || undefined, 20_000);
      expect(said).toContain(`verified order.created ${orderNumber} created\n`);
      expect(said.match(/refused/g)).toHaveLength(1);
    } finally {
      receiver.kill();
      await ended;
    }
    expect(await shell(remove.replace('<webhook id>', id))).toBe(`removed ${id}\n`);
  });

  test('verifies the log, with heads that were kept, and makes a key', async () => {
    const page = readDocument('docs/operations.md');
    const steps = ['A way in', 'The log is sealed'].flatMap((heading) => blocks(section(page, heading), 'sh'));
    expect(steps).toHaveLength(4);
    // Sealing looks once a minute.
    await eventually('a head is signed', async () => ((await headsSigned(stack.description.inside.ccDatabaseUrl)) > 0 ? true : undefined), 90_000);
    const printed = await shell(steps.join('\n'));
    expect(printed.match(/All is as it was sealed\./g)).toHaveLength(2);
    expect(printed).toMatch(/\nSEAL_KEY=\S{44}\npublic key \S{44}\nkey id [\da-f]{16}\n$/);
  }, 150_000);

  test('lets acme ask by signed requests, and hear of it on its own queue', async () => {
    const [, , ...steps] = blocks(readDocument('docs/examples/acme/README.md'), 'sh');
    expect(steps).toHaveLength(3);
    const printed = await shell(steps.join('\n'));
    expect(printed).toMatch(/\n[\da-f-]{36} (accepted|completed)\n/);
    expect(printed).toContain('FulfillmentCompleted');
    expect(printed).toContain('rocket-1');
  });

  test('is SQL that both databases understand', async () => {
    const { ccDatabaseUrl, ofDatabaseUrl } = stack.description.inside;
    const statements = blocks(readDocument('docs/operations.md'), 'sql');
    expect(statements.length).toBeGreaterThan(9);
    for (const [name, url] of [['Commerce Coordinator', ccDatabaseUrl], ['Order Fulfillment', ofDatabaseUrl]] as const) {
      await tryStatements(url, statements.filter((sql) => !sql.startsWith('-- ') || sql.startsWith(`-- ${name}\n`)));
    }
  });
});

/** In the log of this database. */
async function headsSigned(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'test' });
  await client.connect();
  try {
    return (await client.query('SELECT count(*)::int AS heads FROM seal_heads')).rows[0].heads;
  } finally {
    await client.end();
  }
}

/** Runs each statement, and takes back what it changed. */
async function tryStatements(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  try {
    for (const sql of statements) await client.query(`BEGIN; ${sql} ROLLBACK;`);
  } finally {
    await client.end();
  }
}
