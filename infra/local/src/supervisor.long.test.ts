// The supervisor with real programs of the stack under it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { countEnd, restartDelayMs } from './restart-policy.ts';
import { LogFile } from './log-file.ts';
import type { ProcessEvent, ProcessSpec } from './supervised-process.ts';
import { Supervisor } from './supervisor.ts';

let directory: string;
let supervisor: Supervisor;
let events: ProcessEvent[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'supervisor-test-'));
  events = [];
  supervisor = new Supervisor({ logsDirectory: join(directory, 'logs'), report: (event) => events.push(event) });
});
afterEach(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

function lms(name: string, overrides: Record<string, string> = {}): ProcessSpec {
  const environment = { PATH: process.env['PATH'] ?? '', LMS_PORT: '0', LMS_DIR: join(directory, name), LMS_API_KEY: 'k'.repeat(20), LMS_CALLBACK_SECRET: `whsec_${'k'.repeat(44)}`, ...overrides };
  return { name, entry: fileURLToPath(new URL('./stand-ins/lms/main.ts', import.meta.url)), environment };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('did not come in time');
    await wait(10);
  }
}

test('a process that is killed is started again, and is ready again', async () => {
  await supervisor.start(lms('one'));
  const killed = supervisor.process('one').pid;
  supervisor.process('one').signal('SIGKILL');
  await until(() => supervisor.statuses()[0]?.restarts === 1 && supervisor.process('one').isReady);
  expect(supervisor.process('one').pid).not.toBe(killed);
  expect(events.map(({ kind }) => kind)).toEqual(['ready', 'ended', 'ready']);
  expect(events[1]).toMatchObject({ how: 'SIGKILL', pid: killed, restartInMs: 200 });
});

test('a process that is held is gone, and comes back only when it is released, at once', async () => {
  await supervisor.start(lms('one'));
  const killed = supervisor.process('one').pid ?? 0;
  await supervisor.process('one').hold();
  expect([isAlive(killed), supervisor.process('one').isReady]).toEqual([false, false]);
  await wait(500);
  expect(supervisor.process('one').pid).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ kind: 'ended', restartInMs: null });
  supervisor.process('one').release();
  await supervisor.process('one').whenReady(AbortSignal.timeout(10_000));
  supervisor.process('one').release();
  expect(supervisor.statuses()).toMatchObject([{ isReady: true, restarts: 1 }]);
});

test('whoever waits for a process while it is down is told when it is ready, or that the wait is over', async () => {
  await supervisor.start(lms('one'));
  supervisor.process('one').signal('SIGKILL');
  await until(() => !supervisor.process('one').isReady);
  await expect(supervisor.process('one').whenReady(AbortSignal.timeout(1))).rejects.toThrow('timeout');
  expect(await supervisor.process('one').whenReady(AbortSignal.timeout(10_000))).toMatchObject({ started: true });
});

test('a process that cannot start is an error that shows the end of its log', async () => {
  await expect(supervisor.start(lms('one', { LMS_API_KEY: 'short' }))).rejects.toThrow(/one ended before it was ready \(exit code 1\)[^]*LMS_API_KEY/);
});

test('a process that never says that it is ready is cut off', async () => {
  const entry = fileURLToPath(new URL('./listen.http.ts', import.meta.url));
  await expect(supervisor.start({ ...lms('mute'), entry, startTimeoutMs: 300 })).rejects.toThrow('mute ended before it was ready (it was cut off after 0.3 s: the machine may be too busy)');
});

test('all end in the reverse order of their start, and none is started again', async () => {
  for (const name of ['first', 'second', 'third']) await supervisor.start(lms(name));
  const pids = supervisor.statuses().map(({ pid }) => pid ?? 0);
  const ended: number[] = [];
  const watch = setInterval(() => pids.filter((pid) => !isAlive(pid) && !ended.includes(pid)).forEach((pid) => ended.push(pid)), 1);
  await supervisor.stop();
  await until(() => ended.length === 3);
  clearInterval(watch);
  expect(ended).toEqual(pids.toReversed());
  expect(events.filter(({ kind }) => kind === 'ended')).toEqual([]);
});

test('what a process says is in its log file', async () => {
  await supervisor.start(lms('one'));
  expect(readFileSync(join(directory, 'logs', 'one.log'), 'utf8')).toContain('"started":true');
});

test('a log file over its limit moves away, again and again', () => {
  const log = new LogFile(join(directory, 'some.log'), 10);
  for (const text of ['one and two', 'three and four']) {
    writeSync(log.descriptor, text);
    log.trim();
    expect(readFileSync(`${log.path}.1`, 'utf8')).toBe(text);
    expect(log.size()).toBe(0);
  }
  writeSync(log.descriptor, 'short');
  log.trim();
  expect(log.tail()).toBe('short');
  log.close();
});

test('the processes end when the supervisor itself is killed', async () => {
  const script = join(directory, 'supervise.mjs');
  writeFileSync(
    script,
    `import { Supervisor } from ${JSON.stringify(new URL('./supervisor.ts', import.meta.url).href)};
     const supervisor = new Supervisor({ logsDirectory: ${JSON.stringify(join(directory, 'logs'))} });
     await supervisor.start(${JSON.stringify(lms('orphan'))});
     process.send(supervisor.process('orphan').pid);`,
  );
  const parent = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [pid] = (await once(parent, 'message')) as [number];
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

test('restarts come at once at first, then ever later up to a limit, and begin anew after a steady time', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs);
  expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(countEnd(4, 9_999)).toBe(5);
  expect(countEnd(4, 10_000)).toBe(1);
});
