/**
 * The way of the publisher (publisher.ts) to an EventBridge bus.
 *
 * Promise: failures are matched to entries by their place. Order on the bus is not promised: events carry `metadata.sequence`.
 * Refuses to publish before it has seen the bus, because AWS answers 200 to PutEvents on a bus that does not exist and loses the event.
 */
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { AwsOptions, Transport } from './client.aws.ts';
import { AwsUnfit, assertConfigured, callSignal, clientConfig, errorCode } from './client.aws.ts';
import { AwsJson } from './aws-json.http.ts';
import type { Failure, Pending } from './pending.ts';
import type { BusPublisher, BusWay, PublishingOptions } from './publisher.ts';
import { createPublisher } from './publisher.ts';
import type { PutAnswer, PutEntry } from './put-entries.ts';
import { entryFailure, entryOf, isRequestFault, packCalls } from './put-entries.ts';

export interface EventBridgePublisherOptions extends PublishingOptions {
  /** A client, or what one is made of; one that is made here is closed by `close`. */
  readonly client: EventBridgeClient | AwsOptions;
  /** Name or ARN. */
  readonly busName: string;
  /** Default `direct`. */
  readonly transport?: Transport;
  /** PutEvents calls at once. Default 8, minimum 1. */
  readonly inFlight?: number;
  /** Default 5,000 ms. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Makes the publisher; hand it to the readers of the log as a stream. */
export function createEventBridgePublisher(options: EventBridgePublisherOptions): BusPublisher {
  return createPublisher(wayTo(options), options);
}

/** Throws, with the mend in its message: `AwsUnfit` when waiting does not mend it. */
export async function assertBus(client: EventBridgeClient, busName: string, signal: AbortSignal = AbortSignal.timeout(2 * REQUEST_TIMEOUT_MS)): Promise<void> {
  await assertConfigured(client);
  try {
    await client.send(new DescribeEventBusCommand({ Name: busName }), { abortSignal: signal });
  } catch (error) {
    const code = errorCode(error);
    const mend = BUS_MENDS[code];
    const message = `The event bus "${busName}" could not be seen (${code}), and events put on a missing bus are lost without an error.`;
    if (mend !== undefined) throw new AwsUnfit(`${message} ${mend}`, { cause: error });
    throw new Error(`${message} Is the endpoint right, and can it be reached?`, { cause: error });
  }
}

const BUS_MENDS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'Deploy the stack that owns it, or correct the name, account and region.',
  AccessDeniedException: 'Grant events:DescribeEventBus on it beside events:PutEvents.',
};

/** One PutEvents call. */
type PutEvents = (entries: PutEntry[], signal: AbortSignal) => Promise<{ readonly Entries?: readonly PutAnswer[] | undefined }>;

function wayTo({ client: given, busName, transport = 'direct', inFlight = 8, requestTimeoutMs = REQUEST_TIMEOUT_MS }: EventBridgePublisherOptions): BusWay {
  const client = given instanceof EventBridgeClient ? given : new EventBridgeClient(clientConfig(given, { requestTimeoutMs, maxSockets: inFlight + 2 }));
  const direct = transport === 'direct' ? new AwsJson({ client, service: 'events', target: 'AWSEvents', version: '1.1', requestTimeoutMs, maxSockets: inFlight }) : undefined;
  const putEvents: PutEvents = direct === undefined
    ? (entries, signal) => {
        const Entries = entries.map((entry) => ({ ...entry, Time: new Date(entry.Time * 1_000) }));
        return client.send(new PutEventsCommand({ Entries }), { abortSignal: callSignal(2 * requestTimeoutMs, signal) });
      }
    : (Entries, signal) => direct.call('PutEvents', JSON.stringify({ Entries }), signal);
  return {
    see: () => assertBus(client, busName),
    pack: (pending) => packCalls(pending), inFlight, keepsOrder: false, unreachedRounds: 6, fault: faultOf,
    async put(call: readonly Pending[], signal): Promise<Failure[]> {
      const answer = await putEvents(call.map((pending) => entryOf(pending, busName)), signal);
      return call.flatMap((pending, index) => entryFailure(pending, answer.Entries?.[index]) ?? []);
    },
    close() {
      direct?.close();
      if (!(given instanceof EventBridgeClient)) client.destroy();
    },
  };
}

function faultOf(error: unknown): ReturnType<BusWay['fault']> {
  const code = errorCode(error);
  return isRequestFault(code, httpStatus(error)) ? { code, event: 'refused' } : { code };
}

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('status' in error && typeof error.status === 'number') return error.status;
  return '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
}
