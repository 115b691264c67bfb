/** Kafka that encrypts, and asks for a password and a certificate, as a real broker does it; by the settings of a service. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { startTestBroker } from '@commerce/local-kafka/test-broker';
import type { TestBroker } from '@commerce/local-kafka/test-broker';
import { systemSleep } from '@commerce/service-kit/ports';
import { testCertificates } from '@commerce/service-kit/test-certificates';
import type { TestCertificates } from '@commerce/service-kit/test-certificates';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NO_KAFKA } from '../test-kit/kafka.ts';
import { keepLines } from '../test-kit/logger.ts';
import { createGroupReader } from './group-reader.kafka.ts';
import { ensureTopics, faultCode } from './kafka-connection.kafka.ts';
import { kafkaBusOf } from './kafka-settings.file.ts';
import type { KafkaSettings } from './kafka-settings.file.ts';
import { createRecordSender } from './record-sender.kafka.ts';

const ACCOUNT = { username: 'cc', password: 'password7of7cc' };

(NO_KAFKA === undefined ? describe : describe.skip)(`a Kafka with TLS, passwords and certificates of its clients${NO_KAFKA === undefined ? '' : ` (skipped: ${NO_KAFKA})`}`, () => {
  let certificates: TestCertificates;
  let broker: TestBroker;
  beforeAll(async () => {
    certificates = testCertificates();
    broker = await startTestBroker({ own: true, security: { ...certificates, asksForCertificates: true, ...ACCOUNT } });
  }, 120_000);
  afterAll(async () => {
    await broker?.close();
    certificates?.remove();
  });

  const settings = (given: Partial<KafkaSettings> = {}): KafkaSettings => ({
    environment: 'production', kafkaBrokers: broker.address, kafkaTopicPrefix: undefined, kafkaTls: true, kafkaCaFile: certificates.caFile, kafkaCertFile: certificates.certFile, kafkaKeyFile: certificates.keyFile, kafkaSaslMechanism: 'SCRAM-SHA-512', kafkaUsername: ACCOUNT.username, kafkaPassword: ACCOUNT.password,
    kafkaPlaintext: 'refused', ...given,
  });

  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('is written and read by a service that signs in with %s', async (kafkaSaslMechanism) => {
    const { connection } = kafkaBusOf(settings({ kafkaSaslMechanism }), 'test');
    const topic = `of-${randomUUID()}`;
    await ensureTopics(connection, [{ name: topic, partitions: 2, retentionDays: 1 }]);
    const sender = createRecordSender({ connection });
    await sender.send({ topic, key: Buffer.from('o-1'), value: Buffer.from('told') });
    await sender.close();
    const seen: string[] = [];
    const reader = createGroupReader({
      connection, groupId: topic, topics: [topic], sleep: systemSleep, random: Math.random, monotonicMs: () => performance.now(), logger: keepLines(), handle: async (records) => void seen.push(...records.map(({ value }) => String(value))),
    });
    reader.start();
    for (let left = 400; reader.stats().committed < 1 && left > 0; left -= 1) await wait(50);
    expect(seen).toEqual(['told']);
    await reader.stop();
  });

  test.each<[string, () => Partial<KafkaSettings>, string]>([
    ['a wrong password', () => ({ kafkaPassword: 'wrong' }), 'PLT_KFK_AUTHENTICATION'],
    ['no password', () => ({ kafkaSaslMechanism: undefined, kafkaUsername: undefined, kafkaPassword: undefined }), 'PLT_KFK_NETWORK'],
    ['an authority that did not sign its certificate', () => ({ kafkaCaFile: certificates.otherCaFile }), 'PLT_KFK_NETWORK'],
    ['no certificate', () => ({ kafkaCertFile: undefined, kafkaKeyFile: undefined }), 'PLT_KFK_NETWORK'],
    ['a certificate that another authority has signed', () => ({ kafkaCertFile: certificates.strangerCertFile, kafkaKeyFile: certificates.strangerKeyFile }), 'PLT_KFK_NETWORK'],
    ['no TLS', () => ({ kafkaTls: false, kafkaCaFile: undefined, kafkaCertFile: undefined, kafkaKeyFile: undefined, kafkaPlaintext: 'allowed' as const }), 'PLT_KFK_NETWORK'],
  ])('lets nobody in with %s', async (_what, given, code) => {
    const { connection } = kafkaBusOf(settings(given()), 'test');
    const fault: unknown = await ensureTopics(connection, [{ name: 'nobody', partitions: 1, retentionDays: 1 }]).then(() => undefined, (error: unknown) => error);
    expect([faultCode(fault), String(fault).includes(ACCOUNT.password)]).toEqual([code, false]);
  });
});
