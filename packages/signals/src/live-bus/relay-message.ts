/**
 * What the live buses of several processes tell each other: some events in one message of bounded size. Pure.
 *
 * An event that is too large for a message alone goes without what makes it large, and says so. Refused: a message that is none of
 * ours, whoever wrote it.
 */
import { frozen } from '../frozen.ts';
import type { SystemEvent } from './system-event.ts';
import { isTest } from './system-event.ts';

export interface RelayMessage {
  /** UUID of the process that tells. */
  readonly from: string;
  /** From 1, one more with each message of this process. */
  readonly n: number;
  /** Events that it could not tell since its last message, because too many waited. */
  readonly dropped: number;
  /** Somebody in this process hears runs of handlers. */
  readonly hearsRuns: boolean;
  /** None: it tells only whether runs are heard, and its number is that of the message before. */
  readonly events: readonly SystemEvent[];
}

/** Bytes of a message beside its events. */
export const HEAD_BYTES = 150;
/** The longest text that stays in an event that is cut, in characters. */
const SHORT = 200;

/** `events`: each as `eventText` gave it. */
export function messageText({ from, n, dropped, hearsRuns }: Omit<RelayMessage, 'events'>, events: readonly string[]): string {
  return `{"from":"${from}","n":${n},"dropped":${dropped},"hearsRuns":${hearsRuns},"events":[${events.join(',')}]}`;
}

/**
 * The JSON of an event in at most `maxBytes`. One that is larger keeps its ids, and of its data the short members: `truncated` says how
 * large it was. Undefined when it cannot be told at all: it is no JSON, or its ids alone are larger.
 */
export function eventText(event: SystemEvent, maxBytes: number): string | undefined {
  const text = jsonOf(event);
  if (text === undefined) return undefined;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const { data, metadata: _metadata, ...rest } = event;
  const bare = { ...rest, metadata: { ...(event.userId !== undefined && { userId: event.userId }), ...(isTest(event) && { test: true }) }, truncated: { bytes } };
  const short = Object.fromEntries(Object.entries(data).filter(([, value]) => isShort(value)));
  return [short, {}].map((left) => JSON.stringify({ ...bare, data: left })).find((cut) => Buffer.byteLength(cut) <= maxBytes);
}

function jsonOf(event: SystemEvent): string | undefined {
  try {
    return JSON.stringify(event);
  } catch {
    return undefined;
  }
}

function isShort(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= SHORT);
}

/** The message, its events frozen; undefined when it is none. */
export function parseMessage(text: string): RelayMessage | undefined {
  let message: Partial<RelayMessage> | null;
  try {
    message = JSON.parse(text) as Partial<RelayMessage> | null;
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null) return undefined;
  const { from, n, dropped, hearsRuns = false, events } = message;
  if (typeof from !== 'string' || !Number.isSafeInteger(n) || !Number.isSafeInteger(dropped) || typeof hearsRuns !== 'boolean' || !Array.isArray(events) || !events.every(isEvent)) return undefined;
  return { from, n: n as number, dropped: dropped as number, hearsRuns, events: events.map((event) => frozen({ ...event, userId: event.metadata.userId })) };
}

const TEXTS = ['eventId', 'eventType', 'eventVersion', 'timestamp', 'source', 'correlationId', 'name'] as const;

function isEvent(value: unknown): value is SystemEvent {
  if (!isObject(value)) return false;
  const { causationId, data, metadata } = value;
  return TEXTS.every((key) => typeof value[key] === 'string') && (causationId === null || typeof causationId === 'string') && isObject(data) && isObject(metadata) && ['string', 'undefined'].includes(typeof metadata['userId']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
