/** The suite of all ways, over a real Kafka. */
import { NO_KAFKA, startTestBroker } from '@commerce/local-kafka/test-broker';
import { describeTransport } from './test-transports.ts';

describeTransport({
  mode: 'kafka', answersFirst: true, skipped: NO_KAFKA,
  start: async () => {
    const broker = await startTestBroker({ own: false });
    return { environment: { KAFKA_BROKERS: broker.address, KAFKA_TOPIC_PREFIX: `transports-${process.pid}-`, UPDATES_KEY: Buffer.alloc(32, 4).toString('base64') }, stop: broker.close };
  },
});
