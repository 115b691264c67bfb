/**
 * A record of the topics of updates: whether the ingest has signed it, and what it says.
 *
 * Promise: nothing of a record is read as an update before its signature was judged; whose fault it is that one cannot be processed is said
 * here alone, for the consumer and for whoever brings a dead letter back.
 */
import { isSystemic, sqlState } from '@commerce/event-log/transaction';
import { Overloaded } from '@commerce/event-log/micro-batcher';
import { z } from 'zod';
import { judgeSignature } from './record-signature.ts';
import type { RecordKeys } from './record-signature.ts';
import type { UpdateFlow, UpdateOutcome, Updates } from './update.ts';
import { disputeUpdateRequest, orderUpdateRequest } from './update.ts';

/** What is read of a record. `topic`: where the ingest wrote it, with the prefix. */
export interface UpdateRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** A record that is none of the ingest's, or no update. */
export type NoUpdate = 'unsigned' | 'wrong_signature' | 'invalid';

/** Processes the update that a record is. */
export type Process = (updates: Updates) => Promise<UpdateOutcome>;

const flowOf = z.object({ correlationId: z.uuid() });

/** @param kind of which updates its topic is */
export function readUpdate(keys: RecordKeys, kind: 'order' | 'dispute', { topic, key, value, headers }: UpdateRecord): NoUpdate | Process {
  const correlationId = headers.get('x-correlation-id');
  const proof = judgeSignature(keys, { topic, key, value: value ?? new Uint8Array(), correlationId: correlationId ?? '' }, headers);
  if (proof !== 'signed') return proof;
  const flow = flowOf.safeParse({ correlationId }).data;
  return (flow && processOf(kind, jsonOf(value), flow)) ?? 'invalid';
}

function processOf(kind: 'order' | 'dispute', json: unknown, flow: UpdateFlow): Process | undefined {
  if (kind === 'order') {
    const { data } = orderUpdateRequest.safeParse(json);
    return data && ((updates) => updates.processOrderUpdate(data, flow));
  }
  const { data } = disputeUpdateRequest.safeParse(json);
  return data && ((updates) => updates.processDisputeUpdate(data, flow));
}

/** True for a fault that lies in the update: data that PostgreSQL does not take, or a bug that it meets. */
export function isItsOwn(error: unknown): boolean {
  if (error instanceof Overloaded || isSystemic(error)) return false;
  const state = sqlState(error);
  return state === undefined || /^(22|23|54)/.test(state);
}

/** Of a fault that lies in the update: no word of what it says. */
export function ownCode(error: unknown): string {
  return sqlState(error) ?? (error as Error).name;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function jsonOf(value: Uint8Array | undefined): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(UTF_8.decode(value));
  } catch {
    return undefined;
  }
}
