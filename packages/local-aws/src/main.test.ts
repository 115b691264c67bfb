import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

let folder = '';
const main = join(import.meta.dirname, 'main.ts');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-aws-'));
  const template = {
    Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } } },
    Outputs: { Url: { Value: { Ref: 'Queue' } } },
  };
  await writeFile(join(folder, 'Shop.template.json'), JSON.stringify(template));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test.each(['SIGTERM', 'disconnect'] as const)('the process says where it listens, serves, and ends on %s', async (ending) => {
  const child = spawn(process.execPath, [main, '--port', '0', '--template', join(folder, 'Shop.template.json')], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  const { url, outputs } = JSON.parse(line) as { url: string; outputs: unknown };
  expect(outputs).toEqual({ Shop: { Url: `${url}/000000000000/orders` } });
  expect((await fetch(`${url}/_local/metrics`)).status).toBe(200);
  if (ending === 'disconnect') child.disconnect();
  else child.kill(ending);
  expect(await exited).toEqual([0, null]);
});

test('a template that cannot be set up ends the process with its reason', async () => {
  const bad = join(folder, 'Bad.template.json');
  await writeFile(bad, JSON.stringify({ Resources: { Function: { Type: 'AWS::Lambda::Function' } } }));
  const child = spawn(process.execPath, [main, '--port', '0', '--template', bad], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  expect((await exited)[0]).toBe(1);
  expect(errors.join('')).toContain('Bad.Function: the local AWS has no AWS::Lambda::Function');
});
