/**
 * How a service speaks to Kafka, by its configuration.
 *
 * Promise: in production nothing goes over the network in clear, records or password, unless it was said that it may. Refuses, with the
 * variable that is wrong: settings that contradict each other, and a file of certificates that cannot be read.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KafkaBus } from './bus-topics.kafka.ts';
import { brokersOf, KafkaUnfit } from './kafka-connection.kafka.ts';
import type { KafkaConnection, KafkaSignIn } from './kafka-connection.kafka.ts';

/** Of the configuration of a service. */
export interface KafkaSettings {
  readonly environment: string;
  /** `host:port`, with commas between them. */
  readonly kafkaBrokers: string;
  readonly kafkaTopicPrefix: string | undefined;
  readonly kafkaTls: boolean;
  /** Path of a PEM file. */
  readonly kafkaCaFile: string | undefined;
  /** Paths of PEM files: the certificate that this service shows, and its key. */
  readonly kafkaCertFile: string | undefined;
  readonly kafkaKeyFile: string | undefined;
  readonly kafkaSaslMechanism: KafkaSignIn['mechanism'] | undefined;
  readonly kafkaUsername: string | undefined;
  readonly kafkaPassword: string | undefined;
  /** Whether Kafka without TLS is spoken to in production. */
  readonly kafkaPlaintext: 'refused' | 'allowed';
}

/** Throws `KafkaUnfit`. @param clientId names this process in the broker's log */
export function kafkaBusOf(settings: KafkaSettings, clientId: string): KafkaBus {
  const { environment, kafkaBrokers, kafkaTopicPrefix: topicPrefix, kafkaTls, kafkaPlaintext } = settings;
  if (!kafkaTls && environment === 'production' && kafkaPlaintext === 'refused') {
    throw new KafkaUnfit('In production Kafka is spoken to with TLS: set KAFKA_TLS=true, or KAFKA_PLAINTEXT=allowed where something else encrypts the network.');
  }
  const sasl = signInOf(settings);
  const connection: KafkaConnection = { brokers: brokersOf(kafkaBrokers), clientId, ...tlsOf(settings), ...(sasl && { sasl }) };
  return { connection, topicPrefix };
}

function tlsOf({ kafkaTls, kafkaCaFile, kafkaCertFile, kafkaKeyFile }: KafkaSettings): Pick<KafkaConnection, 'tls'> {
  if (kafkaTls) return { tls: { ...(kafkaCaFile !== undefined && { ca: authorities(kafkaCaFile) }), ...ownPair(kafkaCertFile, kafkaKeyFile) } };
  const set = Object.entries({ KAFKA_CA_FILE: kafkaCaFile, KAFKA_CERT_FILE: kafkaCertFile, KAFKA_KEY_FILE: kafkaKeyFile }).find(([, path]) => path !== undefined);
  if (set !== undefined) throw new KafkaUnfit(`${set[0]} is set and KAFKA_TLS is not true: without TLS nobody shows a certificate.`);
  return {};
}

/** The certificate and the key that goes with it. */
function ownPair(certFile: string | undefined, keyFile: string | undefined): { readonly cert?: string; readonly key?: string } {
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) throw new KafkaUnfit('KAFKA_CERT_FILE and KAFKA_KEY_FILE go together: set both or none.');
  try {
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (error) {
    throw new KafkaUnfit('KAFKA_CERT_FILE and KAFKA_KEY_FILE must be the paths of PEM files that this process may read: a certificate and its key.', { cause: error });
  }
  throw new KafkaUnfit('The key of KAFKA_KEY_FILE is not that of the certificate of KAFKA_CERT_FILE.');
}

function authorities(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new KafkaUnfit('KAFKA_CA_FILE must be the path of a PEM file of certificates that this process may read.', { cause: error });
  }
}

function signInOf({ kafkaSaslMechanism: mechanism, kafkaUsername: username, kafkaPassword: password }: KafkaSettings): KafkaSignIn | undefined {
  if (mechanism === undefined && username === undefined && password === undefined) return undefined;
  if (mechanism === undefined || username === undefined || password === undefined) throw new KafkaUnfit('KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD go together: set all three or none.');
  return { mechanism, username, password };
}
