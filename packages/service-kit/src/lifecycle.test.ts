import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const module = new URL('./lifecycle.ts', import.meta.url).href;

/** Runs a program whose start and stop are the given bodies; "line" is its first line on standard output. */
function program(parts: { start?: string; stop?: string; options?: string }) {
  const code = `import { runMain } from '${module}';
    await runMain(async ({ env, args, signal }) => {
      ${parts.start ?? ''}
      const timer = setInterval(() => {}, 1000);
      return { announce: { url: 'http://here', greeting: env.GREETING, args }, async stop(limit) { clearInterval(timer); ${parts.stop ?? ''} } };
    }, ${parts.options ?? '{}'});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, '--', 'main.ts', 'one', 'two'], {
    env: { GREETING: 'hello' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('The child has no output.');
  const output = { out: '', err: '' };
  stdout.on('data', (chunk) => (output.out += String(chunk)));
  stderr.on('data', (chunk) => (output.err += String(chunk)));
  // Not "close": that one never comes when the parent has closed the channel.
  const ended = Promise.all([once(child, 'exit'), once(stdout, 'end'), once(stderr, 'end')]).then(([outcome]) => outcome as unknown[]);
  return { child, stdout, output, ended };
}

const started = (child: ChildProcess) => once(child, 'message');

test('announces the start in one JSON line and to its parent, and stops in order on SIGTERM', async () => {
  const { child, output, ended } = program({ stop: `console.log('stopped in order');` });
  const [message] = await started(child);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  const [line, rest] = output.out.split('\n');
  expect(JSON.parse(line ?? '')).toEqual({ started: true, pid: child.pid, url: 'http://here', greeting: 'hello', args: ['one', 'two'] });
  expect(message).toEqual(JSON.parse(line ?? ''));
  expect(rest).toBe('stopped in order');
});

test('a second signal ends at once', async () => {
  const { child, stdout, output, ended } = program({ stop: `console.log('stopping'); await new Promise((resolve) => setTimeout(resolve, 60_000));` });
  await started(child);
  child.kill('SIGINT');
  while (!output.out.includes('stopping')) await once(stdout, 'data');
  child.kill('SIGINT');
  expect(await ended).toEqual([1, null]);
});

test('a stop that hangs is told so, then ended by force', async () => {
  const { child, output, ended } = program({
    stop: `limit.addEventListener('abort', () => console.log(limit.reason.message)); setInterval(() => {}, 1000); await new Promise(() => {});`,
    options: '{ stopLimitMs: 100 }',
  });
  await started(child);
  child.kill('SIGTERM');
  expect(await ended).toEqual([1, null]);
  expect(output.out).toContain('The orderly stop took longer than 100 ms.');
});

test('a signal during the start aborts it, without an error', async () => {
  const { child, stdout, ended } = program({
    start: `console.log('starting'); await new Promise((_resolve, reject) => { setInterval(() => {}, 1000); signal.addEventListener('abort', () => reject(signal.reason)); });`,
  });
  await once(stdout, 'data');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a start that fails says why and ends with 1', async () => {
  const { output, ended } = program({ start: `throw new Error('CC_PORT is missing');` });
  expect(await ended).toEqual([1, null]);
  expect(output.err).toBe('CC_PORT is missing\n');
});

test('an unhandled rejection ends with 1', async () => {
  const { output, ended } = program({ start: `setTimeout(() => void Promise.reject(new Error('nobody caught me')), 10);` });
  expect(await ended).toEqual([1, null]);
  expect(output.err).toContain('nobody caught me');
});

test('a parent that goes away is a reason to stop, when asked for', async () => {
  const { child, output, ended } = program({ options: '{ stopOnDisconnect: true }', stop: `console.log('stopped in order');` });
  await started(child);
  child.disconnect();
  expect(await ended).toEqual([0, null]);
  expect(output.out).toContain('stopped in order');
});
