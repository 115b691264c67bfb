/** The start of the process: what is wrong is said at once, each with its place and its mend, and nothing is touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const OWN = resolve(import.meta.dirname, '..');
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A text that stands in a file, and what stands there instead. */
type Change = readonly [file: string, from: string, to: string];

/** Starts a copy of the service in which this was changed; packages are those of the workspace. */
async function start(changes: readonly Change[]): Promise<{ readonly code: number; readonly said: string; readonly folder: string; readonly lineOf: (file: string, text: string) => Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cc-main-'));
  folders.push(folder);
  for (const name of ['src', 'package.json', 'extensions.config.ts', 'signals.config.ts']) await cp(join(OWN, name), join(folder, name), { recursive: true });
  await symlink(join(OWN, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, from, to] of changes) {
    const text = await readFile(join(folder, file), 'utf8');
    expect([file, from, text.includes(from)]).toEqual([file, from, true]);
    await writeFile(join(folder, file), text.replace(from, to));
  }
  const child = spawn(process.execPath, [join(folder, 'src/main.ts')], { env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  const lineOf = async (file: string, text: string): Promise<number> => (await readFile(join(folder, file), 'utf8')).split('\n').findIndex((line) => line.includes(text)) + 1;
  return { code: code as number, said, folder, lineOf };
}

const SHIPPING = 'src/extensions/shipping/extension.ts';
const MAP = 'signals.config.ts';

test('a deleted line of the map, a misspelled handler, one connected by hand and a variable left out end the start with code 1 and one message: file, line and mend of each', async () => {
  const { code, said, folder, lineOf } = await start([
    [MAP, "  OrderCancelRequested: ['fulfillment.cancel', 'payments.withdraw'],\n", ''],
    [MAP, "['carts.finish']", "['carts.finnish'] as never"],
    [MAP, "  ShippingCreated: ['orders.ship'", "  ShippingCreated: ['shipping.peek' as never, 'orders.ship'"],
    [SHIPPING, '  handlers: {\n', "  handlers: {\n    'shipping.peek': { kind: 'transactional', hears: [], decide: () => undefined } as never,\n"],
  ]);
  const at = async (file: string, text: string): Promise<string> => `${join(folder, file)}:${await lineOf(file, text)}`;
  expect(code).toBe(1);
  expect(said.match(/is refused, with/g)).toHaveLength(1);
  expect(said).toContain(`${await at('src/extensions/fulfillment/extension.ts', "'fulfillment.cancel'")} The handler fulfillment.cancel is declared and connected to nothing: add it to ${join(folder, MAP)} under OrderCancelRequested, or delete it; if who sends that is not loaded, say so there, unconnected: { 'fulfillment.cancel': 'the reason' }.`);
  expect(said).toContain(`${await at(MAP, 'carts.finnish')} The map connects CartCheckoutOverdue to carts.finnish, which no loaded extension declares. Did you mean carts.finish?`);
  expect(said).toContain(`${await at(SHIPPING, "'shipping.peek'")} The handler shipping.peek was not made by handlersOf(): it would be called around the map. Declare it with transactional() or effect().`);
  expect(said).toContain('DATABASE_URL is missing: it needs a URL');
  expect(said).not.toContain('    at ');
});

test('two extensions with one variable, route, table or signal end the start with one message, not with what follows from it', async () => {
  const { code, said } = await start([
    ['src/extensions/carts/extension.ts', "'CART_QUIET_MS'", "'MAIL_FROM' as never"],
    [SHIPPING, '  handlers: {\n', "  routes: ['GET /orders/:id'],\n  handlers: {\n"],
    [SHIPPING, "tables: ['shipments'", "tables: ['shipments', 'orders'"],
    ['src/extensions/shipping/signals.ts', "import { defineSignal", "import { OrderCompleted } from '@commerce/events/entries';\nimport { defineSignal"],
    ['src/extensions/shipping/signals.ts', 'SHIPPING_SIGNALS = [', "SHIPPING_SIGNALS = [defineSignal(OrderCompleted, { unheard: 'x' }), "],
  ]);
  expect(code).toBe(1);
  expect(said).toMatch(/notifications\/extension\.ts:\d+ The variable MAIL_FROM is claimed by the extensions carts and notifications: give it to one of them\./);
  expect(said).toMatch(/shipping\/extension\.ts:\d+ The route GET \/orders\/:… is claimed by the extensions orders and shipping/);
  expect(said).toMatch(/shipping\/extension\.ts:\d+ The table orders is claimed by the extensions orders and shipping/);
  expect(said).toMatch(/shipping\/extension\.ts:\d+ The signal OrderCompleted is claimed by the extensions orders and shipping/);
  expect(said).not.toContain('more than once');
});
