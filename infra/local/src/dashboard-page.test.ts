// When the pages are built, and what a build that fails does.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { buildPageWhenStale } from './dashboard-page.ts';

const folders: string[] = [];
let directory: string;
let builds: number;
const told: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'page-build-'));
  folders.push(directory);
  builds = 0;
  told.length = 0;
  await mkdir(join(directory, 'src/node_modules'), { recursive: true });
  await writeFile(join(directory, 'src/main.ts'), '');
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function write(path: string, secondsAgo: number): Promise<void> {
  await mkdir(join(directory, path, '..'), { recursive: true });
  await writeFile(join(directory, path), '');
  const at = new Date(Date.now() - secondsAgo * 1_000);
  await utimes(join(directory, path), at, at);
}

const start = (build = async (): Promise<void> => void (builds += 1), signal?: AbortSignal) => buildPageWhenStale({ report: (line) => void told.push(line), sites: [{ name: 'page', directory, sources: directory, build }], ...(signal !== undefined && { signal }) });

test('pages are built when there are none, and when a source is newer than they are', async () => {
  expect((await start()).kind).toBe('built');
  await write('src/main.ts', 60);
  await write('dist/index.html', 30);
  expect((await start()).kind).toBe('fresh');
  await write('src/views/new.tsx', 10);
  expect((await start()).kind).toBe('built');
  expect([builds, told.length]).toEqual([2, 4]);
});

test('tests, packages of others and what was built are no sources', async () => {
  await write('src/main.ts', 60);
  await write('dist/index.html', 30);
  for (const path of ['src/rule.test.ts', 'src/node_modules/x.js', 'node_modules/x.js', 'dist/assets/x.js', 'dist.17/index.html']) await write(path, 10);
  expect((await start()).kind).toBe('fresh');
});

test('a build that fails is told with its reason and the command, and is tried again the next time', async () => {
  const failing = async (): Promise<void> => {
    throw Object.assign(new Error('Command failed'), { stderr: 'src/main.tsx: Unexpected token\n' });
  };
  expect(await start(failing)).toEqual({ kind: 'failed', why: 'src/main.tsx: Unexpected token' });
  expect(told.at(-1)).toMatch(/cannot be built; everything else runs\. By hand: npx --yes pnpm@12\.21\.0 pages\n.*Unexpected token/);
  expect((await start()).kind).toBe('built');
});

test('given up before it began, nothing is built or told', async () => {
  expect(await start(undefined, AbortSignal.abort())).toEqual({ kind: 'failed', why: 'it was given up' });
  expect([builds, told]).toEqual([0, []]);
});
