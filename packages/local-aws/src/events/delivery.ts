/**
 * Brings accepted events to the targets of the rules they match.
 *
 * Promise: every match ends on the target queue, on the target's dead-letter queue, or in `givenUp` with a warning; a fault
 * switch may lose it, counted in `dropped`. A
 * failure that may pass is tried again by the target's retry policy; one that will not (no such queue, no permission, an
 * input that is no JSON, a message that the queue can never hold) goes to the dead-letter queue at once. No order is promised. Everything is lost with the process.
 * Bounded: `hasRoomFor` turns false at the limit, and PutEvents then answers ThrottlingException.
 */
import type { Faults } from '../faults.ts';
import type { Counts } from '../metrics.ts';
import type { Surroundings } from '../ports.ts';
import type { AcceptedEvent } from './envelope.ts';
import type { EventBuses, Rule, Target } from './event-buses.ts';
import { nextAttempt, type Exhausted } from './retry.ts';

/** A failed send: EventBridge's error code, and whether trying again can help. */
export interface SendFailure {
  readonly code: 'NO_RESOURCE' | 'NO_PERMISSIONS' | 'THROTTLING' | 'ERROR_FROM_TARGET' | 'TIMEOUT' | 'CONNECTION_FAILURE' | 'INTERNAL_ERROR' | 'INVALID_JSON';
  readonly message: string;
  readonly mayPass: boolean;
}

export interface OutgoingMessage {
  readonly body: string;
  /** The rule that sends it: queue policies ask for it. */
  readonly sourceArn: string;
  readonly messageGroupId?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

const NO_INPUT: SendFailure = { code: 'INVALID_JSON', message: 'The event gives no valid input for the target.', mayPass: false };

/** Puts a message on the queue of that ARN. */
type SendToQueue = (queueArn: string, message: OutgoingMessage) => SendFailure | undefined;

export interface Delivery {
  hasRoomFor(events: number): boolean;
  deliver(events: readonly AcceptedEvent[]): void;
  pending(): number;
  /** Gives up what is under way. */
  close(): void;
}

export interface DeliveryParts extends Surroundings {
  readonly buses: EventBuses;
  readonly faults: Faults;
  readonly counts: Counts;
  readonly send: SendToQueue;
  readonly maxPending: number;
}

interface Job {
  readonly event: AcceptedEvent;
  readonly rule: Rule;
  readonly target: Target;
  readonly body: string;
  retries: number;
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { buses, faults, counts, send, clock, random, log } = parts;
  let inbox: AcceptedEvent[] = [];
  const waiting = new Set<() => void>();
  faults.onSet(drain);

  function drain(): void {
    if (faults.settings().outage === 'stalled') return;
    const events = inbox;
    inbox = [];
    for (const event of events) {
      try {
        match(event);
      } catch (error) {
        // One event must not end the bus of all.
        counts.givenUp += 1;
        log.warn('an event could not be judged and is lost', { eventId: event.id, error: String(error) });
      }
    }
  }

  function match(event: AcceptedEvent): void {
    const bus = buses.find(event.busName);
    if (bus === undefined) {
      counts.lostToUnknownBus += 1;
      return;
    }
    const { rules, archives } = bus.matching(event);
    for (const archive of archives) archive.record(event);
    counts.archived += archives.length;
    if (event.head['replay-name'] !== undefined) counts.replayed += 1;
    for (const rule of rules) {
      for (const target of rule.targets.values()) prepare(event, rule, target);
    }
    if (rules.length === 0) counts.unmatched += 1;
  }

  function prepare(event: AcceptedEvent, rule: Rule, target: Target): void {
    const body = target.input === undefined ? event.text : target.input(event, rule);
    const job: Job = { event, rule, target, body: body ?? '', retries: 0 };
    if (body === undefined) deadLetter(job, NO_INPUT);
    else start(job);
  }

  /** The place of the fault switches: between the match and the first attempt. */
  function start(job: Job): void {
    const delays = faults.draw();
    if (delays.length === 0) counts.dropped += 1;
    else counts.duplicated += delays.length - 1;
    for (const delayMs of delays) {
      const copy = delays.length === 1 ? job : { ...job };
      if (delayMs === 0) {
        attempt(copy);
        continue;
      }
      counts.heldBack += 1;
      later(delayMs, () => attempt(copy));
    }
  }

  function attempt(job: Job): void {
    const { target, rule, body } = job;
    const failure = faults.attemptFails() ?? send(target.arn, { body, messageGroupId: target.messageGroupId, sourceArn: rule.arn });
    if (failure === undefined) {
      counts.delivered += 1;
      return;
    }
    if (!failure.mayPass) {
      deadLetter(job, failure);
      return;
    }
    const ageMs = clock.nowMs() - job.event.acceptedAtMs;
    const next = nextAttempt({ retries: job.retries, maxRetries: target.maxRetries, ageMs, maxAgeMs: target.maxAgeSeconds * 1_000 }, random);
    if ('exhausted' in next) {
      deadLetter(job, failure, next.exhausted);
      return;
    }
    counts.retried += 1;
    job.retries += 1;
    later(next.delayMs, () => attempt(job));
  }

  function deadLetter({ event, rule, target, retries }: Job, failure: SendFailure, exhausted?: Exhausted): void {
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.arn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      ...(exhausted === undefined ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
      RETRY_ATTEMPTS: String(retries),
    };
    const second = target.deadLetterArn === undefined ? undefined : send(target.deadLetterArn, { body: event.text, attributes, sourceArn: rule.arn });
    if (target.deadLetterArn !== undefined && second === undefined) {
      counts.deadLettered += 1;
      return;
    }
    counts.givenUp += 1;
    log.warn('an event could not be delivered and is lost', { eventId: event.id, ...attributes, deadLetterError: second?.code ?? 'none configured' });
  }

  function later(delayMs: number, run: () => void): void {
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      run();
    });
    waiting.add(cancel);
  }

  const pending = (): number => inbox.length + waiting.size;
  return {
    pending,
    hasRoomFor: (events) => pending() + events <= parts.maxPending,
    deliver: (events) => {
      if (events.length === 0) return;
      if (inbox.length === 0) clock.soon(drain);
      inbox.push(...events);
    },
    close: () => {
      inbox = [];
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}
