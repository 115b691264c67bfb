/** The start of the process: what is wrong is said at once, and nothing is touched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const OWN = resolve(import.meta.dirname, '..');
let folder: string;
let map: string;

beforeAll(async () => {
  // A copy whose map may be broken; packages are those of the workspace.
  folder = await mkdtemp(join(tmpdir(), 'cc-main-'));
  for (const name of ['src', 'package.json', 'extensions.config.ts', 'signals.config.ts']) await cp(join(OWN, name), join(folder, name), { recursive: true });
  await symlink(join(OWN, 'node_modules'), join(folder, 'node_modules'));
  map = await readFile(join(OWN, 'signals.config.ts'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [join(folder, 'src/main.ts')], { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code: code as number, said };
}

test('the process ends with code 1 and names the file, the line and the mend of each fault of the map, and what is missing in the environment', async () => {
  await writeFile(join(folder, 'signals.config.ts'), map.replace("  OrderCancelRequested: ['fulfillment.cancel', 'payments.withdraw'],\n", '').replace("['carts.finish']", "['carts.finnish'] as never"));
  const { code, said } = await start();
  expect(code).toBe(1);
  expect(said).toMatch(/orders\/signals\.ts:\d+ The signal OrderCancelRequested of the extension orders is heard by nobody: connect a handler in the map/);
  expect(said).toMatch(/fulfillment\/extension\.ts:\d+ The handler fulfillment\.cancel is declared and connected to nothing/);
  expect(said).toMatch(/signals\.config\.ts:\d+ The map connects CartCheckoutOverdue to carts\.finnish, which no loaded extension declares\. Did you mean carts\.finish\?/);
  expect(said).toContain('DATABASE_URL is missing');
});
