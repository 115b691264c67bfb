import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DirectoryInUse, lockDirectory } from './directory-lock.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const lockFile = () => join(directory, 'stack.lock');
const writeHolder = (holder: Record<string, unknown>) => writeFileSync(lockFile(), JSON.stringify({ startedAt: '2026-01-01T00:00:00.000Z', identity: null, links: {}, ...holder }));

async function numberOfAnEndedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('the second one is told who holds the directory, since when and where it answers', async () => {
  const lock = await lockDirectory(directory);
  lock.publish({ 'Commerce Coordinator': 'http://127.0.0.1:3000' });
  const refusal = await lockDirectory(directory).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DirectoryInUse);
  const { message } = refusal as Error;
  for (const part of [directory, String(process.pid), 'http://127.0.0.1:3000', 'DATA_DIR', new Date().getFullYear().toString()]) expect(message).toContain(part);
});

test('a released directory is free, and the lock is a private file', async () => {
  const lock = await lockDirectory(directory);
  expect(statSync(lockFile()).mode & 0o777).toBe(0o600);
  lock.release();
  expect((await lockDirectory(directory)).takenOver).toBe(false);
});

test('the lock of a process that is gone is taken over, and only one of many does so', async () => {
  writeHolder({ pid: await numberOfAnEndedProcess() });
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
});

test('the lock of a living process is never taken', async () => {
  writeHolder({ pid: process.ppid });
  await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUse);
  expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toMatchObject({ pid: process.ppid });
});

(process.platform === 'linux' ? test : test.skip)('a number that was given to another program since does not hold the directory (needs Linux: start times are read from /proc)', async () => {
  writeHolder({ pid: process.ppid, identity: 'another boot:1' });
  expect((await lockDirectory(directory)).takenOver).toBe(true);
});

test('a lock that cannot be read is not taken for a free one', async () => {
  writeFileSync(lockFile(), '{"pid":');
  await expect(lockDirectory(directory)).rejects.toThrow(lockFile());
});
