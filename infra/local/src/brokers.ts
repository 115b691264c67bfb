// With BUS=kafka the services' events go over brokers that are there already (`pnpm kafka` starts one): the stack looks for one of
// them before it starts anything.
import { connect } from 'node:net';

const CONNECT_LIMIT_MS = 2_000;

/** No broker answers; the message says what to do. */
class NoBroker extends Error {
  override readonly name = 'NoBroker';
}

/** Throws NoBroker when `environment` chooses Kafka and none of its brokers takes a connection. Does nothing otherwise. */
export async function assertBrokers({ BUS: bus, KAFKA_BROKERS: brokers }: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (bus !== 'kafka') return;
  const addresses = (brokers || '127.0.0.1:9092').split(',').map((address) => address.trim());
  const answers = await Promise.all(addresses.map(takesConnections));
  if (!answers.includes(true)) throw new NoBroker(`BUS=kafka, and no broker answers at ${addresses.join(', ')}. Start one with \`pnpm kafka\`, or name yours with KAFKA_BROKERS.`);
}

function takesConnections(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) || 0, timeout: CONNECT_LIMIT_MS });
    const tell = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false)).once('timeout', () => tell(false));
  });
}
