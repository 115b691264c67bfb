/** What the consumer of updates over Kafka counts, as figures. */
import type { Figure } from '@commerce/service-kit/metrics';
import type { UpdatesConsumerStats } from './consumer.kafka.ts';

export function updateFigures({ verdicts, putAside }: UpdatesConsumerStats): Figure[] {
  const byName = (counts: Readonly<Record<string, number>>, label: string) => Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
  return [
    { kind: 'counter', name: 'commerce_updates_total', help: 'Updates that this process took from Kafka, by what became of them.', samples: byName(verdicts, 'verdict') },
    { kind: 'counter', name: 'commerce_updates_put_aside_total', help: 'Records of updates that this process put into the dead-letter topic, by reason.', samples: byName(putAside, 'reason') },
  ];
}
