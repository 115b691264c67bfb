/** A real Kafka for the tests of the bus: see @commerce/local-kafka/test-broker. A suite skips with `NO_KAFKA` where it does not run. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import type { KafkaConnection } from '../src/kafka-connection.kafka.ts';
import { idempotentProducer } from '../src/kafka-connection.kafka.ts';

export { NO_KAFKA };

export interface TestKafka extends TestBroker {
  readonly connection: KafkaConnection;
  /** A name for a topic or a group that no other test has. */
  readonly fresh: (name: string) => string;
}

/** @param own a broker that nobody else uses, which may be killed and started; otherwise the one of the run, if it has one */
export async function startKafka({ own = false }: { readonly own?: boolean } = {}): Promise<TestKafka> {
  const broker = await startTestBroker({ own });
  const connection = { brokers: [broker.address], clientId: 'test' };
  await giveNumbers(connection);
  return { ...broker, connection, fresh: (name) => `${name}-${randomUUID().slice(0, 8)}` };
}

/** A broker that has just started takes connections before it has numbers for producers. */
async function giveNumbers(connection: KafkaConnection): Promise<void> {
  const producer = idempotentProducer(connection);
  for (let tries = 1; ; tries += 1) {
    try {
      await producer.initIdempotentProducer({});
      return await producer.close();
    } catch (error) {
      if (tries === 20) throw error;
      await wait(250);
    }
  }
}
