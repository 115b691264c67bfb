import { testCertificates } from '@commerce/service-kit/test-certificates';
import type { TestCertificates } from '@commerce/service-kit/test-certificates';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOptions } from './kafka-connection.kafka.ts';
import { kafkaBusOf } from './kafka-settings.file.ts';
import type { KafkaSettings } from './kafka-settings.file.ts';

let certificates: TestCertificates;
beforeAll(() => {
  certificates = testCertificates();
});
afterAll(() => certificates.remove());

const PLAIN: KafkaSettings = {
  environment: 'development', kafkaBrokers: 'kafka.example:9092, other.example:9092', kafkaTopicPrefix: 'pre-', kafkaTls: false, kafkaCaFile: undefined, kafkaCertFile: undefined, kafkaKeyFile: undefined, kafkaSaslMechanism: undefined, kafkaUsername: undefined, kafkaPassword: undefined,
  kafkaPlaintext: 'refused',
};
const SIGNED_IN = { kafkaSaslMechanism: 'SCRAM-SHA-512', kafkaUsername: 'cc', kafkaPassword: 'of-cc' } as const;
const busOf = (given: Partial<KafkaSettings>) => kafkaBusOf({ ...PLAIN, ...given }, 'test');

describe('Kafka', () => {
  test('is spoken to in clear in development', () => {
    expect(busOf({})).toEqual({ connection: { brokers: ['kafka.example:9092', 'other.example:9092'], clientId: 'test' }, topicPrefix: 'pre-' });
    expect(clientOptions(busOf({}).connection)).not.toHaveProperty('tls');
  });

  test('is refused in clear in production, unless that was allowed', () => {
    expect(() => busOf({ environment: 'production' })).toThrow('KAFKA_TLS=true');
    expect(() => busOf({ environment: 'production', ...SIGNED_IN })).toThrow('KAFKA_TLS=true');
    expect(busOf({ environment: 'production', kafkaPlaintext: 'allowed' }).connection).not.toHaveProperty('tls');
    expect(busOf({ environment: 'production', kafkaTls: true }).connection).toMatchObject({ tls: {} });
  });

  test('is spoken to with TLS and by name, under the authorities of the file, and signed in', () => {
    const { connection } = busOf({ kafkaTls: true, kafkaCaFile: certificates.caFile, ...SIGNED_IN });
    expect(connection.tls?.ca).toContain('BEGIN CERTIFICATE');
    expect(clientOptions(connection)).toMatchObject({ tls: { ca: connection.tls?.ca }, tlsServerName: true, sasl: { mechanism: 'SCRAM-SHA-512', username: 'cc', password: 'of-cc' } });
    expect(clientOptions({ ...connection, brokers: ['[::1]:9092'] })).toMatchObject({ tlsServerName: false });
    expect(clientOptions({ ...connection, brokers: ['127.0.0.1:9092'] })).toMatchObject({ tlsServerName: false });
  });

  test('is shown the certificate of the files, with its key', () => {
    const { tls } = busOf({ kafkaTls: true, kafkaCertFile: certificates.certFile, kafkaKeyFile: certificates.keyFile }).connection;
    expect([tls?.ca, tls?.cert, tls?.key]).toEqual([undefined, expect.stringContaining('BEGIN CERTIFICATE'), expect.stringContaining('PRIVATE KEY')]);
  });

  test.each<[string, () => Partial<KafkaSettings>, string]>([
    ['a certificate of its own without TLS', () => ({ kafkaCertFile: certificates.certFile, kafkaKeyFile: certificates.keyFile }), 'KAFKA_CERT_FILE is set'],
    ['a certificate without its key', () => ({ kafkaTls: true, kafkaCertFile: certificates.certFile }), 'go together'],
    ['a key without its certificate', () => ({ kafkaTls: true, kafkaKeyFile: certificates.keyFile }), 'go together'],
    ['the key of another certificate', () => ({ kafkaTls: true, kafkaCertFile: certificates.certFile, kafkaKeyFile: certificates.strangerKeyFile }), 'is not that of the certificate'],
    ['a key that is no key', () => ({ kafkaTls: true, kafkaCertFile: certificates.certFile, kafkaKeyFile: certificates.certFile }), 'a certificate and its key'],
    ['a file of authorities without TLS', () => ({ kafkaCaFile: certificates.caFile }), 'KAFKA_CA_FILE is set'],
    ['a file that is not there', () => ({ kafkaTls: true, kafkaCaFile: `${certificates.caFile}.none` }), 'KAFKA_CA_FILE must be'],
    ['a file that is no certificate', () => ({ kafkaTls: true, kafkaCaFile: certificates.keyFile }), 'KAFKA_CA_FILE must be'],
    ['a password without a name', () => ({ ...SIGNED_IN, kafkaUsername: undefined }), 'go together'],
    ['a name without a way to sign in', () => ({ kafkaUsername: 'cc' }), 'go together'],
    ['brokers that are none', () => ({ kafkaBrokers: 'kafka' }), 'KAFKA_BROKERS'],
  ])('with %s is refused', (_what, given, fault) => {
    expect(() => busOf(given())).toThrow(fault);
  });

  test('is refused without its password being told', () => {
    let said = '';
    try {
      busOf({ ...SIGNED_IN, kafkaUsername: undefined });
    } catch (error) {
      said = String(error);
    }
    expect(said).toContain('KAFKA_PASSWORD');
    expect(said).not.toContain('of-cc');
  });
});
