import { createServer } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { listenOnLoopback } from '../listen.http.ts';
import type { Listening } from '../listen.http.ts';
import { deploy } from './deploy.aws.ts';
import { SERVICES } from './services.ts';

let server: Listening | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

test('where nobody answers, it says how LocalStack is started', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await new Promise((resolve) => taken.close(resolve));
  await expect(deploy(`http://127.0.0.1:${port}`, [])).rejects.toThrow(`No LocalStack answers at http://127.0.0.1:${port}. Start one: docs/localstack.md`);
});

test('a LocalStack without the services that are needed is told which', async () => {
  const services = Object.fromEntries(SERVICES.map((name) => [name, name === 'sqs' ? 'error' : name === 'logs' ? 'disabled' : 'available']));
  server = await listenOnLoopback(0, () => (_request, response) => response.end(JSON.stringify({ services, version: '4.14.0' })));
  await expect(deploy(server.url, [])).rejects.toThrow(/lacks (sqs, logs|logs, sqs): name them in SERVICES/);
});
