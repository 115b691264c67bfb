// `pnpm kafka`: a Kafka broker on 127.0.0.1 with a data directory of its own, until Ctrl-C; `--fetch` only has Maven fetch it. The
// services make their topics themselves, from packages/events/src/topics.ts.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { localBroker } from '@commerce/local-kafka/broker';
import { fetchJars, KAFKA_VERSION, missingForBroker } from '@commerce/local-kafka/jars';
import { declareConfig, integer, readConfig, text } from '@commerce/service-kit/config';
import { choosePorts } from './ports.ts';

const declaration = declareConfig('Kafka', {
  dataDirectory: text('DATA_DIR', { meaning: 'folder of the broker’s folder', default: '.data' }),
  port: integer('KAFKA_PORT', { meaning: 'port of the broker, 0 for a free one', default: 9_092, minimum: 0, maximum: 65_535 }),
  controllerPort: integer('KAFKA_CONTROLLER_PORT', { meaning: 'port on which the broker speaks to itself, 0 for a free one', default: 0, minimum: 0, maximum: 65_535 }),
});

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { fetch: { type: 'boolean', default: false } } });
  fetchJars();
  if (values.fetch) return void console.log(`Kafka ${KAFKA_VERSION} is here.`);
  const missing = missingForBroker();
  if (missing !== undefined) throw new Error(`No Kafka: ${missing}.`);
  await run();
}

async function run(): Promise<void> {
  const config = readConfig(declaration, process.env);
  const ports = await choosePorts({ KAFKA_PORT: config.port, KAFKA_CONTROLLER_PORT: config.controllerPort });
  const directory = join(resolve(config.dataDirectory), 'kafka');
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const broker = localBroker({ directory, port: ports.KAFKA_PORT, controllerPort: ports.KAFKA_CONTROLLER_PORT });
  let isAsked = false;
  const end = (): void => {
    isAsked = true;
    void broker.stop();
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  try {
    await broker.start();
  } catch (error) {
    if (isAsked) return;
    throw error;
  }
  console.log(`Kafka ${KAFKA_VERSION} takes connections: KAFKA_BROKERS=${broker.address}\n  Data and broker.log in ${directory}\n  Beside it, for example: BUS=kafka WEBHOOK_MODE=kafka pnpm dev\nCtrl-C ends it.`);
  await broker.ended();
  if (!isAsked) throw new Error(`The broker has ended: see ${join(directory, 'broker.log')}.`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
