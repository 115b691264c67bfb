/**
 * What lies in the queue of the consumer and in both of its dead-letter queues, as SQS counts it, with the rules that fill it.
 * Promise: nothing is received or changed; an answer comes within `LIMIT_MS`, and what cannot be asked is named and left out.
 */
import type { BusRules } from '@commerce/bus/bus-rules';
import { OperatedQueue } from '@commerce/bus/operated-queue';

export const QUEUES = ['queue', 'dead', 'undelivered'] as const;
export type QueuePlace = (typeof QUEUES)[number];

export interface BusLook {
  readonly rules: BusRules;
  /** Messages in each; one that could not be asked is left out. */
  readonly depths: ReadonlyMap<QueuePlace, number>;
  /** What could not be asked, a sentence each. */
  readonly missing: readonly string[];
}

export interface BusLookOptions {
  readonly queueUrl: string;
  readonly undeliveredUrl: string | undefined;
  readonly busRules: () => Promise<BusRules>;
}

const LIMIT_MS = 3_000;
const NO_RULES: BusRules = { rules: [], isWhole: false };

/** Makes the look; `close` ends its connections. */
export function createBusLook({ queueUrl, undeliveredUrl = `${queueUrl}-undelivered`, busRules }: BusLookOptions): { readonly look: () => Promise<BusLook>; readonly close: () => void } {
  const open = (url: string): OperatedQueue => new OperatedQueue({ queueUrl: url, requestTimeoutMs: LIMIT_MS });
  const [queue, undelivered] = [open(queueUrl), open(undeliveredUrl)];
  let dead: OperatedQueue | undefined;

  async function depthOf(place: QueuePlace, signal: AbortSignal): Promise<number | undefined> {
    if (place !== 'dead') return (place === 'queue' ? queue : undelivered).depth(signal);
    if (dead === undefined) {
      const url = await queue.deadLetterUrl(signal);
      if (url !== undefined) dead = open(url);
    }
    return dead?.depth(signal);
  }

  return {
    async look() {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const [rules, ...depths] = await Promise.all([
        busRules().catch(() => NO_RULES),
        ...QUEUES.map(async (place) => ({ place, depth: await depthOf(place, signal).catch(() => undefined) })),
      ]);
      const unread = depths.filter(({ depth }) => depth === undefined);
      return {
        rules, depths: new Map(depths.flatMap(({ place, depth }) => (depth === undefined ? [] : [[place, depth] as const]))),
        missing: [
          ...(rules.isWhole ? [] : ['The rules on the bus could not all be read: some ways may be missing.']),
          ...unread.map(({ place }) => `${NAMES[place]} could not be asked how much lies in it.`),
        ],
      };
    },
    close() {
      for (const one of [queue, undelivered, dead]) one?.close();
    },
  };
}

const NAMES: Readonly<Record<QueuePlace, string>> = { queue: 'The queue', dead: 'The dead-letter queue of the consumer', undelivered: 'The queue of events that could not be delivered' };
