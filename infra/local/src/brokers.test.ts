import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { assertBrokers } from './brokers.ts';

test('with Kafka as the bus a broker must answer; without it nobody is asked', async () => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await assertBrokers({ BUS: 'kafka', KAFKA_BROKERS: `127.0.0.1:1, 127.0.0.1:${port}` });
  await new Promise((resolve) => server.close(resolve));
  await expect(assertBrokers({ BUS: 'kafka', KAFKA_BROKERS: `127.0.0.1:${port}` })).rejects.toThrow(`no broker answers at 127.0.0.1:${port}. Start one with \`pnpm kafka\``);
  await assertBrokers({ KAFKA_BROKERS: '127.0.0.1:1' });
});
