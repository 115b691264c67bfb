import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsFrom, systemClock, systemPorts, systemSleep } from './ports.ts';

describe('sleep', () => {
  test('resolves after the time asked for', async () => {
    const before = systemClock.monotonicMs();
    await systemSleep(20);
    expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
  });

  test('rejects with the reason of the abort, at once', async () => {
    const controller = new AbortController();
    const reason = new Error('the loop was stopped');
    const waiting = systemSleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('does not start when the signal was aborted before', async () => {
    const reason = new Error('too late');
    await expect(systemSleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('ports take overrides and keep the real ones for the rest', () => {
  const ports = systemPorts({ uuid: () => 'an id', random: () => 0.5 });
  expect([ports.uuid(), ports.random(), ports.clock]).toEqual(['an id', 0.5, systemClock]);
});

describe('fault points', () => {
  const module = new URL('./ports.ts', import.meta.url).href;
  const hitThreeTimes = `import { faultsFrom } from '${module}';
    const faults = faultsFrom(process.env);
    for (let i = 1; i <= 3; i += 1) { process.stdout.write(String(i)); await faults.hit('before.commit'); await faults.hit('other'); }`;
  const run = (spec: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', hitThreeTimes], { env: { FAULT_POINTS: spec }, encoding: 'utf8' });

  test('kill the process at the hit that was asked for', () => {
    const { signal, stdout } = run('before.commit:2');
    expect([signal, stdout]).toEqual(['SIGKILL', '12']);
  });

  test('of other names do nothing, and neither does an empty variable', () => {
    expect(run('never.hit').stdout).toBe('123');
    expect(run('').stdout).toBe('123');
  });

  test('of a file are armed while the process runs, once, and leave word of where it ended', () => {
    const directory = mkdtempSync(join(tmpdir(), 'points-'));
    const file = join(directory, 'point');
    const armedLater = `import { faultsFrom } from '${module}';
      import { writeFileSync } from 'node:fs';
      const faults = faultsFrom(process.env);
      faults.hit('commit'); writeFileSync(process.env.FAULT_POINTS_FILE, 'commit:2'); faults.hit('other'); faults.hit('commit'); process.stdout.write('one'); faults.hit('commit'); process.stdout.write('two');`;
    const { signal, stdout, pid } = spawnSync(process.execPath, ['--input-type=module', '-e', armedLater], { env: { FAULT_POINTS_FILE: file }, encoding: 'utf8' });
    expect([signal, stdout]).toEqual(['SIGKILL', 'one']);
    expect(JSON.parse(readFileSync(`${file}.hit`, 'utf8'))).toEqual({ point: 'commit', pid });
    expect(existsSync(file)).toBe(false);
    rmSync(directory, { recursive: true });
  });

  test('are refused in production and when malformed', () => {
    for (const variable of ['FAULT_POINTS', 'FAULT_POINTS_FILE']) expect(() => faultsFrom({ [variable]: 'a', NODE_ENV: 'production' })).toThrow('NODE_ENV is production');
    expect(() => faultsFrom({ FAULT_POINTS: 'a:0' })).toThrow('name[:nth]');
  });
});
