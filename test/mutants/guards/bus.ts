/** The guards between the log and the bus, both ways. */
import type { Mutant } from '../mutant.ts';
import { long, SIM, unit } from './killers.ts';

const SRC = 'packages/bus/src';
const PUBLISHER_SUITE = 'packages/bus/test-kit/publisher-suite.ts';
const CONSUMER_SUITE = 'packages/bus/test-kit/consumer-suite.ts';

export const BUS_MUTANTS: readonly Mutant[] = [
  {
    name: 'publisher-own-only', guard: 'what came from another service is not published again',
    edits: [{ file: `${SRC}/publisher.ts`, from: "wants: (event) => event.origin === 'own',", to: "wants: (event) => event.origin.length > 0," }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'only own events are wanted', PUBLISHER_SUITE)],
  },
  {
    name: 'publisher-partial', guard: 'an entry that PutEvents did not take, in a call that it took, counts as not taken',
    edits: [{ file: `${SRC}/put-entries.ts`, from: 'if (answer?.EventId !== undefined && answer.ErrorCode === undefined) return undefined;', to: 'if (answer !== undefined) return undefined;' }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'only the entries that failed are sent again'), SIM],
  },
  {
    name: 'publisher-failed-only', guard: 'of a call that was taken in part only the rest is sent again',
    edits: [{ file: `${SRC}/publisher.ts`, from: 'pending = again.map((failure) => failure.pending);', to: 'pending = again.length > 0 ? pending : [];' }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'only the entries that failed are sent again')],
  },
  {
    name: 'publisher-refused-kept', guard: 'an event that the bus refuses for good is kept with its reason',
    edits: [{ file: `${SRC}/publisher.ts`, from: 'if (refusals.length > 0) await this.#handOver(refusals);', to: 'this.counts.undeliverable += refusals.length;' }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'a definite refusal is tried a bounded number of times, then kept with its reason', PUBLISHER_SUITE)],
  },
  {
    name: 'publisher-refused-tries', guard: 'an event that the bus refuses is tried a bounded number of times',
    edits: [{ file: `${SRC}/publisher.ts`, from: "kind === 'refused' && pending.tries >= refusedTries", to: "kind === 'refused' && pending.tries >= refusedTries + 500" }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'a definite refusal is tried a bounded number of times, then kept with its reason', PUBLISHER_SUITE)],
  },
  {
    name: 'publisher-later-tries', guard: 'an entry that fails inside the bus for ever does not hold the stream',
    edits: [{ file: `${SRC}/publisher.ts`, from: "kind === 'later' && pending.tries >= laterTries", to: "kind === 'later' && pending.tries >= laterTries + 500" }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'an entry that fails inside AWS for ever does not hold the stream')],
  },
  {
    name: 'publisher-sees-bus', guard: 'nothing is sent to a bus that was not seen, for AWS answers 200 and loses it',
    edits: [{ file: `${SRC}/publisher.ts`, from: '    await this.see();\n    const refusals', to: '    const refusals' }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'nothing is sent to a bus that does not exist, and the error says what to do')],
  },
  {
    name: 'publisher-taken', guard: 'what was taken of a batch that comes again is not sent again',
    edits: [{ file: `${SRC}/publisher.ts`, from: 'events.filter(({ eventId }) => !this.#taken.has(eventId))', to: 'events' }],
    killers: [unit(`${SRC}/publisher.eventbridge.test.ts`, 'what was taken of a batch that is given back is not sent again')],
  },
  {
    name: 'consumer-pairs', guard: 'only types that the map takes from a source are taken from it',
    edits: [{ file: `${SRC}/message.ts`, from: 'if (!accepted.has(pairOf(source, type))) {', to: 'if (!known.has(type)) {' }],
    killers: [unit(`${SRC}/message.test.ts`)],
  },
  {
    name: 'consumer-mismatch', guard: 'an event inside an envelope of another source or type is refused',
    edits: [{ file: `${SRC}/message.ts`, from: "if (event['source'] !== source || event['eventType'] !== type) return", to: "if (event['source'] === undefined) return" }],
    killers: [unit(`${SRC}/message.test.ts`)],
  },
  {
    name: 'consumer-refused-stays', guard: 'a message that is not accepted is not deleted: it ends among the dead letters',
    edits: [{ file: `${SRC}/consumer.sqs.ts`, from: 'if (refusalOf(held) === undefined) settled.push(receiptHandle);', to: 'if (refusalOf(held) === undefined || receiveCount > 0) settled.push(receiptHandle);' }],
    killers: [long(`${SRC}/consumer.sqs.long.test.ts`, 'each ends among the dead letters, unchanged and with its reason', CONSUMER_SUITE)],
  },
  {
    name: 'consumer-heartbeat', guard: 'messages in hand stay invisible to others past their timeout',
    edits: [{ file: `${SRC}/stay-invisible.ts`, from: 'visibleAtMs - nowMs <= halfMs)', to: 'visibleAtMs - nowMs <= -1e12)' }],
    killers: [long(`${SRC}/consumer.sqs.long.test.ts`, 'messages in hand stay invisible past their timeout')],
  },
  {
    name: 'consumer-database', guard: 'a fault of the database is charged to no message',
    edits: [{ file: `${SRC}/append-batch.ts`, from: 'if (!isChargeable(error)) throw error;', to: 'if (envelopes.length < 0) throw error;' }],
    killers: [long(`${SRC}/consumer.sqs.long.test.ts`, 'faults of the database are charged to no message', CONSUMER_SUITE)],
  },
];
