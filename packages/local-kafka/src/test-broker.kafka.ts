/**
 * A broker for tests: one of their own that they may kill, or the one that `TEST_KAFKA_BROKER` names, which all of a run share.
 * Tests that share it keep apart by the names of their topics and groups.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localBroker } from './broker.kafka.ts';
import type { BrokerSecurity } from './broker.kafka.ts';
import { missingForBroker } from './jars.file.ts';

/** Why tests with Kafka do not run here; undefined when they do. A broker takes seconds and memory: they run where they are asked for. */
export const NO_KAFKA: string | undefined = process.env['KAFKA'] === '1' ? missingForBroker() : 'KAFKA=1 is not set: `.ci/kafka` runs them';

export interface TestBroker {
  readonly address: string;
  /** With SIGKILL. Only of a broker of one's own. */
  readonly kill: () => Promise<void>;
  /** Again, on the same ports, with what it had. */
  readonly start: () => Promise<void>;
  /** Ends it, and removes what it wrote. */
  readonly close: () => Promise<void>;
}

/** @param own a broker that nobody else uses: it may be killed, and starting it takes some eight seconds; so is one with `security` */
export async function startTestBroker({ own, security }: { readonly own: boolean; readonly security?: BrokerSecurity }): Promise<TestBroker> {
  const shared = process.env['TEST_KAFKA_BROKER'];
  if (shared !== undefined && !own && security === undefined) return sharedBroker(shared);
  const directory = mkdtempSync(join(tmpdir(), 'test-kafka-'));
  const broker = localBroker({ directory, port: await freePort(), controllerPort: await freePort(), ...(security && { security }) });
  const close = async (): Promise<void> => {
    await broker.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await broker.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { address: broker.address, kill: broker.kill, start: broker.start, close };
}

function sharedBroker(address: string): TestBroker {
  const refuse = (): Promise<never> => Promise.reject(new Error('This broker is shared: start one of your own.'));
  return { address, kill: refuse, start: refuse, close: () => Promise.resolve() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
