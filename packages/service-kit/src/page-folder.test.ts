import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPageFolder } from './page-folder.ts';

let directory: string;
let passedMs = 0;
const folder = () => openPageFolder(join(directory, 'dist'), () => passedMs);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pages-'));
  await writeFile(join(directory, 'secret.txt'), 'secret');
});
afterAll(() => rm(directory, { recursive: true }));

async function build(text: string): Promise<void> {
  await rm(join(directory, 'dist'), { recursive: true, force: true });
  await mkdir(join(directory, 'dist/assets'), { recursive: true });
  await writeFile(join(directory, 'dist/assets/page-abcdefgh.js'), `console.log(${JSON.stringify(text.repeat(100))})`);
  await writeFile(join(directory, 'dist/.hidden'), 'hidden');
  await symlink(join(directory, 'secret.txt'), join(directory, 'dist/linked.txt'));
  await writeFile(join(directory, 'dist/index.html'), `<p>${text}</p>`);
}

test('while nothing is built there is nothing; a build is seen within a second, and so is the next one', async () => {
  const pages = folder();
  expect([await pages.names(), await pages.file('index.html')]).toEqual([undefined, undefined]);
  await build('first');
  expect(await pages.names()).toBeUndefined();
  passedMs += 1_000;
  expect([...(await pages.names()) ?? []].toSorted()).toEqual(['assets/page-abcdefgh.js', 'index.html']);
  const first = await pages.file('index.html');
  expect([first?.type, first?.plain.toString()]).toEqual(['text/html; charset=utf-8', '<p>first</p>']);
  await build('second one');
  passedMs += 1_000;
  const second = await pages.file('index.html');
  expect(second?.plain.toString()).toBe('<p>second one</p>');
  expect(second?.tag).not.toBe(first?.tag);
  await rm(join(directory, 'dist'), { recursive: true });
  passedMs += 1_000;
  expect(await pages.names()).toBeUndefined();
});

test('a file is packed in both ways, once', async () => {
  await build('packed');
  const pages = folder();
  const file = await pages.file('assets/page-abcdefgh.js');
  expect(file?.type).toBe('text/javascript; charset=utf-8');
  expect([gunzipSync(file?.packed ?? '').equals(file?.plain ?? Buffer.alloc(0)), brotliDecompressSync(file?.brotli ?? '').equals(file?.plain ?? Buffer.alloc(0))]).toEqual([true, true]);
  expect(file?.brotli?.length).toBeLessThan(file?.plain.length ?? 0);
  expect(await pages.file('assets/page-abcdefgh.js')).toBe(file);
});

test.each(['../secret.txt', 'assets/../../secret.txt', '/etc/passwd', 'linked.txt', '.hidden', 'assets', 'assets/', '', 'INDEX.html', '__proto__'])('nothing else is there: %j', async (name) => {
  await build('safe');
  expect(await folder().file(name)).toBeUndefined();
});
