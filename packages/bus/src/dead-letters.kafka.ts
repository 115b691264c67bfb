/**
 * A record that cannot be used, as it is written to the dead-letter topic of its topic: key and value as they came, and in the
 * headers why, and where it stood, so that it can be found and sent again.
 */
import type { MessageToProduce } from '@platformatic/kafka';
import { deadLetterTopic } from './kafka-connection.kafka.ts';
import type { KafkaRecord } from './kafka-records.ts';
import { safeText } from './safe-text.ts';

/** @param reason a word of ours and no content, for example `invalid` */
export function deadLetterOf(record: KafkaRecord, reason: string, detail = ''): MessageToProduce {
  const { topic, partition, offset, key, value, headers } = record;
  const about = { ...Object.fromEntries(headers), 'dead-letter-reason': reason, 'dead-letter-detail': safeText(detail), 'dead-letter-topic': topic, 'dead-letter-partition': String(partition), 'dead-letter-offset': String(offset) };
  return {
    topic: deadLetterTopic(topic),
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    headers: new Map(Object.entries(about).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
  };
}
