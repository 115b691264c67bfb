/**
 * `pnpm kafka:dead-letters list | redrive | discard [--reason <reason>] [--topic <topic>]… [--most <number>]`: the dead letters of Kafka, for
 * who operates the service. It reads the variables KAFKA_… of the service. Without `--topic` it is about updates of payments and disputes.
 *
 * Promise: `list` changes nothing; what it prints of a record is where it stood and why it lies there, and nothing of what it says.
 */
import { parseArgs } from 'node:util';
import { actOnDeadLetters, listDeadLetters } from '@commerce/bus/dead-letter-topics';
import { kafkaBusOf } from '@commerce/bus/kafka-settings';
import { declareConfig, readConfig } from '@commerce/service-kit/config';
import { systemClock, systemSleep } from '@commerce/service-kit/ports';
import { KAFKA_VARIABLES, SERVICE_VARIABLES } from '@commerce/service-kit/service-variables';
import { UPDATE_TOPICS } from '../dead-letters/topics.ts';

const USAGE = 'Usage: kafka:dead-letters list | redrive | discard [--reason <reason>] [--topic <topic>]… [--most <number>]';
const CONFIG = declareConfig('The dead letters of Kafka', { environment: SERVICE_VARIABLES.environment, ...KAFKA_VARIABLES });

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(signal: AbortSignal): Promise<void> {
  const { values: { reason, topic = [...UPDATE_TOPICS], most }, positionals: [act, ...more] } = parseArgs({
    allowPositionals: true, options: { reason: { type: 'string' }, topic: { type: 'string', multiple: true }, most: { type: 'string', default: '100' } },
  });
  const options = {
    bus: kafkaBusOf(readConfig(CONFIG, process.env), 'commerce-dead-letters'), topics: topic, sleep: systemSleep, random: Math.random, monotonicMs: () => systemClock.monotonicMs(), signal,
    logger: { info: () => undefined, warn: (_fields: object, message: string) => complain(message), error: (_fields: object, message: string) => complain(message) },
  };
  if (more.length > 0 || !/^[1-9]\d{0,5}$/.test(most)) throw new Error(USAGE);
  if (act === 'list') {
    for (const { timestampMs, headers } of await listDeadLetters(options, Number(most))) {
      const of = (name: string): string => headers.get(`dead-letter-${name}`) ?? '';
      say([new Date(timestampMs).toISOString(), `${of('topic')}/${of('partition')}/${of('offset')}`, of('reason'), of('detail')].join('  ').trimEnd());
    }
  } else if (act === 'redrive' || act === 'discard') {
    const { done, left } = await actOnDeadLetters(options, { kind: act, reason });
    say(`${act === 'redrive' ? 'Sent again' : 'Discarded'}: ${done}. Of another reason, still there: ${left}.`);
  } else throw new Error(USAGE);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('Asked to stop.'))).once('SIGTERM', () => stop.abort(new Error('Asked to stop.')));
try {
  await main(stop.signal);
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
