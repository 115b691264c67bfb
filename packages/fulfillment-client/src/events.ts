/**
 * Order Fulfillment's events, from what arrives to what a program may rely on.
 *
 * Promise: what comes out was published under Order Fulfillment's name on the bus, is about a fulfillment of this client, and
 * fits the schema of its type, in the newest version that this client knows: an event of an older one is brought into its form.
 * Members of `data` that the client does not know stay in it. What comes in is never trusted: not its size, its form, or its words.
 * Refuses: everything else, with a reason. `unknown_type` and `unknown_version` are events of a newer service: keep the message
 * until the program is newer too. All others will never be accepted.
 * Not its part: duplicates and order. `eventId` is the same on every delivery; `metadata.sequence` is the fulfillment's version,
 * one higher with every event.
 */
import { InvalidEvent, UnknownEventVersion, createCatalogue } from '@commerce/events/catalogue';
import type { DataOf, EventEntry } from '@commerce/events/catalogue';
import type { EventEnvelope } from '@commerce/events/envelope';
import {
  FulfillmentAccepted, FulfillmentCancelled, FulfillmentCompleted, FulfillmentFailed, FulfillmentHeld, FulfillmentLineSettled, FulfillmentReleased, FulfillmentRevoked,
} from '@commerce/events/entries';

const ENTRIES = {
  FulfillmentAccepted, FulfillmentLineSettled, FulfillmentCompleted, FulfillmentFailed, FulfillmentHeld, FulfillmentReleased, FulfillmentCancelled, FulfillmentRevoked,
};

type EventOf<Type extends keyof typeof ENTRIES> = EventEnvelope<DataOf<(typeof ENTRIES)[Type]>> & { readonly eventType: Type };

/** An event of Order Fulfillment; `eventType` says which data it has. */
export type FulfillmentEvent = { [Type in keyof typeof ENTRIES]: EventOf<Type> }[keyof typeof ENTRIES];

export interface Expected {
  /** Whose fulfillments; this client's name at Order Fulfillment. */
  readonly clientId: string;
  /** Under which name Order Fulfillment publishes. Default `order-fulfillment`. */
  readonly source?: string;
  /** The AWS account that it publishes from. AWS writes it, so nobody can claim another one. Default: not looked at. */
  readonly account?: string;
}

export type EventRefusal =
  | 'too_large' | 'malformed' | 'foreign_account' | 'foreign_source' | 'unknown_type' | 'unknown_version' | 'mismatch' | 'invalid' | 'foreign_client';

/** What arrived is not an event that this client may take. The message names paths and rules, no values. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
  readonly reason: EventRefusal;
  constructor(reason: EventRefusal, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

const DEFAULT_SOURCE = 'order-fulfillment';
/** More than SQS or EventBridge can deliver. */
const MAX_CHARACTERS = 1_048_576;

const catalogue = createCatalogue(Object.values(ENTRIES) as unknown as EventEntry[]);

/** The event in the body of an SQS message, as an EventBridge rule sends it there. Throws `EventRefused`. */
export function verifyAndParseMessage(body: string, expected: Expected): FulfillmentEvent {
  if (body.length > MAX_CHARACTERS) throw new EventRefused('too_large', `A message has ${MAX_CHARACTERS} characters at most.`);
  return verifyAndParseEvent(jsonOf(body), expected);
}

/** The event in what EventBridge hands to a target, for example to a function. Throws `EventRefused`. */
export function verifyAndParseEvent(delivered: unknown, expected: Expected): FulfillmentEvent {
  const { source: name = DEFAULT_SOURCE, account, clientId } = expected;
  if (!isObject(delivered) || !isObject(delivered['detail'])) throw new EventRefused('malformed', 'This is no event of EventBridge.');
  const { source, 'detail-type': type, detail } = delivered;
  if (account !== undefined && delivered['account'] !== account) throw new EventRefused('foreign_account', 'The event comes from another account.');
  if (source !== name) throw new EventRefused('foreign_source', `The event does not come from ${name}.`);
  if (typeof type !== 'string' || !Object.hasOwn(ENTRIES, type)) throw new EventRefused('unknown_type', 'No event of Order Fulfillment has this detail-type.');
  if (detail['source'] !== source || detail['eventType'] !== type) throw new EventRefused('mismatch', 'Source or type of the event differ from those of its delivery.');
  const event = checked(detail);
  if (event.data.clientId !== clientId) throw new EventRefused('foreign_client', 'The event is about a fulfillment of another client.');
  return event;
}

function checked(detail: Readonly<Record<string, unknown>>): FulfillmentEvent {
  try {
    const event = catalogue.checkEnvelope(detail);
    const data = catalogue.toCurrent(event.eventType, event.eventVersion, event.data);
    return (data === event.data ? event : { ...event, eventVersion: catalogue.currentVersion(event.eventType), data }) as FulfillmentEvent;
  } catch (cause) {
    if (cause instanceof UnknownEventVersion) throw new EventRefused('unknown_version', cause.message, cause);
    if (cause instanceof InvalidEvent) throw new EventRefused('invalid', cause.message, cause);
    throw cause;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EventRefused('malformed', 'The message is no JSON.');
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
