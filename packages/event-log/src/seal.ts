/**
 * What a seal says of a stretch of the log, as pure functions: one record per event, a root over the records, and a chain over
 * all seals before it.
 *
 * Promise: any change of a sealed row changes its leaf, thereby the root, thereby every chain from there on. The prints beside a
 * leaf only tell which column it was. What a seal holds is defined here and stays: a changed definition needs a new `FORMAT`.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { uuid7Time } from '@commerce/events/uuid7';
import type { Cursor } from './event.ts';

/** Begins every chain and stands in every link of it. */
const FORMAT = 'event-log seal 1';

/** The columns of `events` that are sealed beside its id, in their order. `metadata` and `data` by the SHA-256 of their text. */
export const SEALED_COLUMNS = [
  'epoch', 'txid', 'position', 'origin', 'type', 'version', 'topic', 'subject', 'slot', 'sequence', 'correlation_id', 'causation_id',
  'source', 'occurred_at', 'recorded_at', 'metadata', 'data', 'digest', 'handler', 'attempt',
] as const;
const TOPIC = SEALED_COLUMNS.indexOf('topic');
const POSITION = SEALED_COLUMNS.indexOf('position');

/** A row as it is sealed: each column as text, null where it is null. */
export interface SealedRow {
  readonly eventId: string;
  readonly values: readonly (string | null)[];
}

/** What a seal keeps of one event. */
export interface SealRecord {
  readonly eventId: string;
  readonly leaf: Buffer;
  readonly position: number;
  readonly topic: string;
  /** Two bytes for each column: they say which one differs, and prove nothing. */
  readonly prints: Buffer;
}

const ID_BYTES = 16;
const LEAF_BYTES = 32;
const PRINTS_BYTES = 2 * SEALED_COLUMNS.length;
/** Id, leaf, position, place of the topic among the seal's topics, prints. */
const RECORD_BYTES = ID_BYTES + LEAF_BYTES + 8 + 1 + PRINTS_BYTES;
const NO_ROWS = Buffer.alloc(0);

/** The record of a row. */
export function recordOf({ eventId, values }: SealedRow): SealRecord {
  const prints = Buffer.alloc(PRINTS_BYTES);
  values.forEach((value, index) => prints.writeUInt16BE(value === null ? 0 : crc32(`=${value}`) & 0xffff, 2 * index));
  return {
    eventId, prints, leaf: hash('sha256', JSON.stringify([eventId, ...values]), 'buffer'), position: Number(values[POSITION]), topic: values[TOPIC] ?? '',
  };
}

/** Names of the columns by which two records differ, as far as their prints tell. */
export function differingColumns(a: SealRecord, b: SealRecord): string[] {
  return SEALED_COLUMNS.filter((_, index) => a.prints.readUInt16BE(2 * index) !== b.prints.readUInt16BE(2 * index));
}

/** The distinct topics of records; a seal has at most 256. */
export function topicsOf(records: readonly SealRecord[]): string[] {
  return [...new Set(records.map(({ topic }) => topic))].toSorted();
}

/** The records as the seal stores them. */
export function encodeRecords(records: readonly SealRecord[], topics: readonly string[]): Buffer {
  const bytes = Buffer.alloc(records.length * RECORD_BYTES);
  records.forEach(({ eventId, leaf, position, topic, prints }, index) => {
    let at = index * RECORD_BYTES;
    at += bytes.write(eventId.replaceAll('-', ''), at, 'hex');
    at += leaf.copy(bytes, at);
    at = bytes.writeBigUInt64BE(BigInt(position), at);
    at = bytes.writeUInt8(topics.indexOf(topic), at);
    prints.copy(bytes, at);
  });
  return bytes;
}

/** The same, read again. Throws for bytes that no seal wrote. */
export function decodeRecords(bytes: Buffer, topics: readonly string[]): SealRecord[] {
  if (bytes.length % RECORD_BYTES !== 0) throw new RangeError('These are no records of a seal.');
  return Array.from({ length: bytes.length / RECORD_BYTES }, (_, index) => {
    const one = bytes.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
    const hex = one.toString('hex', 0, ID_BYTES);
    const at = ID_BYTES + LEAF_BYTES;
    return {
      eventId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
      leaf: one.subarray(ID_BYTES, at), position: Number(one.readBigUInt64BE(at)), topic: topics[one.readUInt8(at + 8)] ?? '', prints: one.subarray(at + 9),
    };
  });
}

/** A seal: everything about its stretch, and its place in the chain. */
export interface Seal {
  /** 1, 2, 3, … without a gap. */
  readonly seal: number;
  /** The stretch: after `from`, up to `to`. */
  readonly from: Cursor;
  readonly to: Cursor;
  readonly events: number;
  /** Events of this seal and of all before it. */
  readonly total: number;
  readonly topics: readonly string[];
  /** Youngest time of the ids, Unix ms. */
  readonly newestMs: number;
  readonly root: Buffer;
  readonly chain: Buffer;
}

/** SHA-256 over the records as they are stored. */
export function rootOf(records: Buffer): Buffer {
  return hash('sha256', records, 'buffer');
}

/** What the first seal stands on. */
export const NO_CHAIN: Buffer = hash('sha256', FORMAT, 'buffer');

/** The chain up to a seal: SHA-256 over the chain before it and all that it says. */
export function chainOf(before: Buffer, seal: Omit<Seal, 'chain'>): Buffer {
  const place = ({ epoch, txid, position }: Cursor): number[] => [epoch, txid, position];
  return hash('sha256', JSON.stringify([
    FORMAT, before.toString('hex'), seal.seal, place(seal.from), place(seal.to), seal.events, seal.total, seal.topics, seal.newestMs, seal.root.toString('hex'),
  ]), 'buffer');
}

/** The seal of these records, after the one before. `to` is the place of the last one. */
export function sealOf(before: Pick<Seal, 'seal' | 'to' | 'total' | 'chain'>, records: readonly SealRecord[], to: Cursor): { readonly seal: Seal; readonly records: Buffer } {
  const topics = topicsOf(records);
  const bytes = records.length === 0 ? NO_ROWS : encodeRecords(records, topics);
  const said = {
    seal: before.seal + 1, from: before.to, to, events: records.length, total: before.total + records.length, topics,
    newestMs: Math.max(...records.map(({ eventId }) => timeOf(eventId))), root: rootOf(bytes),
  };
  return { seal: { ...said, chain: chainOf(before.chain, said) }, records: bytes };
}

/** Unix ms of an id. One without a time is as young as can be: it never counts as past its retention. */
export function timeOf(eventId: string): number {
  return uuid7Time(eventId) ?? Number.MAX_SAFE_INTEGER;
}
