/**
 * Verifies a log: the chain of its seals, its signed heads, every sealed row against its seal, and the content of every row against
 * its digest. Reads only.
 *
 * Promise: a row that was changed, removed, inserted or swapped after it was sealed is found and named. What retention has
 * removed is no finding where its topic's time has passed. Memory is bounded whatever the length of the log: one seal, and a few
 * megabytes of content, at a time. What an attacker rewrote together with all seals after it is found by a signed head only, and when the
 * heads of the database were written anew too, by one that was kept elsewhere only. That there are no heads is found when keys are given.
 */
import { canonicalJson, sha256 } from '@commerce/events/canonical';
import type { Pool } from 'pg';
import type { Cursor } from './event.ts';
import { compareCursors, START } from './event.ts';
import { digestText } from './prepare.ts';
import type { Marks, Retention } from './retention.ts';
import { mayBeGone, RETENTION } from './retention.ts';
import { readMarks } from './retention-marks.pg.ts';
import type { Head, PublicKeys } from './seal-head.ts';
import { judgeHead } from './seal-head.ts';
import type { Seal, SealRecord } from './seal.ts';
import { chainOf, decodeRecords, encodeRecords, NO_CHAIN, recordOf, rootOf, timeOf, topicsOf } from './seal.ts';
import { placeOf, readHeads, SEAL_ROWS, SEALED_SELECT, sealedRow } from './seals.pg.ts';
import { run } from './statement.pg.ts';
import type { Finding } from './verify-seal.ts';
import { compareStretch } from './verify-seal.ts';

export interface VerifyOptions {
  readonly pool: Pool;
  /** Unix ms. */
  readonly nowMs: () => number;
  /** Of the heads; without one their signatures are not judged. */
  readonly keys: PublicKeys;
  /** Heads that were kept elsewhere: each must stand in this chain. */
  readonly kept?: readonly Head[];
  /** Default: the table of topics. */
  readonly retention?: Retention;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

export interface Progress {
  readonly seals: number;
  readonly ofSeals: number;
  readonly events: number;
}

export interface Verified {
  readonly seals: number;
  /** Rows that were held against their seal. */
  readonly events: number;
  /** Sealed events that retention has removed. */
  readonly gone: number;
  /** Rows after the last seal: only their digests were looked at. */
  readonly unsealed: number;
  /** Rows of other services whose own text is not kept, so that their digest cannot be made again. Their seal holds them. */
  readonly unprovable: number;
  readonly heads: number;
  readonly findings: number;
}

interface StoredSeal extends Seal {
  readonly records: Buffer | null;
}

/** An hour between two heads, and as long again for a process that was late. */
const UNSIGNED_SECONDS = 7_200;
const SEALS_AT_ONCE = 20;
const HEADS_AT_ONCE = 200;
/** Content that is looked at together. */
const CONTENT_BYTES = 8 * 1_048_576;

/** Throws when the database cannot be read, and the reason of the signal. */
export function verifyLog(options: VerifyOptions): Promise<Verified> {
  return new Verification(options).run();
}

class Verification {
  readonly #o: VerifyOptions;
  readonly #retention: Retention;
  readonly #counts = { seals: 0, events: 0, gone: 0, unsealed: 0, unprovable: 0, heads: 0, findings: 0 };
  readonly #kept: Head[];
  #heads: readonly Head[] = [];
  /** Place of the next head among those that were read. */
  #nextHead = 0;
  #marks: Marks = new Map();
  /** The last seal of which a head of the database was judged. */
  #judgedSeal = 0;
  /** Up to here a signed head speaks of the log, */
  #signedUpTo: Cursor = START;
  /** and then the last one was signed; Unix ms. */
  #signedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: VerifyOptions) {
    this.#o = options;
    this.#retention = options.retention ?? RETENTION;
    this.#kept = (options.kept ?? []).toSorted((a, b) => a.seal - b.seal);
  }

  async run(): Promise<Verified> {
    const { rows: [count] } = await this.#o.pool.query('SELECT count(*)::int AS seals FROM seals');
    let before: Pick<Seal, 'seal' | 'to' | 'total' | 'chain'> = { seal: 0, to: START, total: 0, chain: NO_CHAIN };
    await this.#moreHeads();
    // It may be sealed on meanwhile. Whatever head was read by the time when no further seal is there has its seal.
    for (;;) {
      const seals = await readSeals(this.#o.pool, before.seal);
      if (seals.length === 0) break;
      for (const seal of seals) {
        this.#o.signal.throwIfAborted();
        this.#link(before, seal);
        await this.#stretch(seal);
        await this.#headsOf(seal);
        before = seal;
        this.#counts.seals += 1;
        this.#o.onProgress?.({ seals: this.#counts.seals, ofSeals: count.seals, events: this.#counts.events });
      }
    }
    this.#cutOff(before.seal);
    await this.#signedMeanwhile(before.seal);
    await this.#unsigned(before.to);
    await this.#rest(before.to);
    return this.#counts;
  }

  #find(finding: Finding): void {
    this.#counts.findings += 1;
    this.#o.onFinding(finding);
  }

  #findSeal(seal: number, text: string): void {
    this.#find({ kind: 'seal', seal, eventId: null, position: null, differs: [], text });
  }

  /** Is this seal the next one, and does its chain follow from the one before? */
  #link(before: Pick<Seal, 'seal' | 'to' | 'total' | 'chain'>, seal: StoredSeal): void {
    if (seal.seal !== before.seal + 1) this.#findSeal(seal.seal, `the seals from ${before.seal + 1} to ${seal.seal - 1} are missing`);
    else if (!chainOf(before.chain, seal).equals(seal.chain)) this.#findSeal(seal.seal, 'its chain does not follow from its content and the seal before');
    else if (compareCursors(before.to, seal.from) !== 0 || seal.total !== before.total + seal.events) this.#findSeal(seal.seal, 'it does not begin where the seal before ends');
    if (seal.records !== null && !rootOf(seal.records).equals(seal.root)) this.#findSeal(seal.seal, 'its records do not have its root');
  }

  async #stretch(seal: StoredSeal): Promise<void> {
    const found: SealRecord[] = [];
    for (let from = seal.from; ; ) {
      const page = await this.#page(from, seal.to);
      found.push(...page.records);
      if (page.last === undefined) break;
      from = page.last;
    }
    this.#counts.events += found.length;
    if (seal.records === null) await this.#withoutRecords(seal);
    const sealed = this.#sealedRecords(seal, found);
    if (sealed === undefined) return;
    const { findings, missing } = compareStretch(seal.seal, sealed, found);
    findings.forEach((finding) => this.#find(finding));
    if (missing.length > 0) await this.#explain(seal.seal, missing);
  }

  /** The records to compare with; undefined where the rows cannot be held against any. */
  #sealedRecords(seal: StoredSeal, found: readonly SealRecord[]): readonly SealRecord[] | undefined {
    if (seal.records === null) return [];
    if (rootOf(seal.records).equals(seal.root)) return decodeRecords(seal.records, seal.topics);
    const now = rootOf(encodeRecords(found, topicsOf(found)));
    if (!now.equals(seal.root)) this.#findSeal(seal.seal, 'its rows do not have its root either: something in this stretch was changed, and the seal cannot say what');
    return undefined;
  }

  /** All of this stretch is gone by retention. */
  async #withoutRecords(seal: StoredSeal): Promise<void> {
    this.#marks = await readMarks(this.#o.pool);
    const early = seal.topics.filter((topic) => !this.#mayBeGone(topic, seal.newestMs));
    if (early.length > 0) this.#findSeal(seal.seal, `its records are gone, though events of ${early.join(', ')} in it are not past their retention`);
    this.#counts.gone += seal.events;
  }

  /** Sealed events that do not stand where they were: removed by retention, moved elsewhere, or removed. */
  async #explain(seal: number, missing: readonly SealRecord[]): Promise<void> {
    this.#marks = await readMarks(this.#o.pool);
    const { rows } = await run(this.#o.pool, `SELECT ${SEALED_SELECT} FROM events e WHERE e.event_id = ANY ($1::uuid[])`, [missing.map(({ eventId }) => eventId)]);
    const elsewhere = new Map(rows.map((row) => [row.c0 as string, placeOf(sealedRow(row))]));
    for (const { eventId, topic, position } of missing) {
      const about = { seal, eventId, position, differs: [] };
      const place = elsewhere.get(eventId);
      if (place !== undefined) this.#find({ ...about, kind: 'moved', differs: ['epoch', 'txid', 'position'], text: `stands outside its stretch now, at epoch ${place.epoch}, transaction ${place.txid}, position ${place.position}` });
      else if (this.#mayBeGone(topic, timeOf(eventId))) this.#counts.gone += 1;
      else this.#find({ ...about, kind: 'removed', text: `was removed, though ${topic} keeps it` });
    }
  }

  #mayBeGone(topic: string, timeMs: number): boolean {
    return mayBeGone(this.#retention, this.#marks, topic, timeMs, this.#o.nowMs());
  }

  /** Rows after the last seal have no seal yet, but a digest. */
  async #rest(from: Cursor): Promise<void> {
    for (let at = from; ; ) {
      this.#o.signal.throwIfAborted();
      const page = await this.#page(at, undefined);
      this.#counts.unsealed += page.records.length;
      if (page.last === undefined) return;
      at = page.last;
    }
  }

  /** Rows of the log after a place, with their digests looked at. `last`: where the next page begins, if there may be one. */
  async #page(from: Cursor, to: Cursor | undefined): Promise<{ records: SealRecord[]; last: Cursor | undefined }> {
    const until = to === undefined ? '' : 'AND (e.epoch, e.txid, e.position) <= ($5::integer, $6::xid8, $7::bigint)';
    const { rows } = await run(this.#o.pool,
      `SELECT ${SEALED_SELECT}, octet_length(e.data::text) + octet_length(e.metadata::text) AS bytes FROM events e
       WHERE (e.epoch, e.txid, e.position) > ($1::integer, $2::xid8, $3::bigint) ${until} ORDER BY e.epoch, e.txid, e.position LIMIT $4`,
      [from.epoch, String(from.txid), from.position, SEAL_ROWS, ...(to === undefined ? [] : [to.epoch, String(to.txid), to.position])],
    );
    const sealed = rows.map(sealedRow);
    const records = sealed.map(recordOf);
    let group: string[] = [];
    let bytes = 0;
    for (const [index, row] of rows.entries()) {
      group.push(row.c0);
      bytes += Number(row.bytes);
      if (bytes < CONTENT_BYTES && index < rows.length - 1) continue;
      await this.#digests(group, records);
      group = [];
      bytes = 0;
    }
    const last = sealed.at(-1);
    return { records, last: rows.length < SEAL_ROWS || last === undefined ? undefined : placeOf(last) };
  }

  async #digests(ids: readonly string[], records: readonly SealRecord[]): Promise<void> {
    const { rows } = await run(this.#o.pool,
      `SELECT event_id, origin, type, version, source, correlation_id, causation_id, occurred_at, metadata::text AS metadata, data::text AS data, digest FROM events WHERE event_id = ANY ($1::uuid[])`, [ids],
    );
    for (const row of rows) {
      if (digestsOf(row).some((digest) => digest.equals(row.digest))) continue;
      if (row.origin === 'foreign') this.#counts.unprovable += 1;
      else {
        const position = records.find(({ eventId }) => eventId === row.event_id)?.position ?? null;
        this.#find({ kind: 'digest', seal: null, eventId: row.event_id, position, differs: [], text: 'its content does not have its digest' });
      }
    }
  }

  async #moreHeads(): Promise<void> {
    this.#heads = await readHeads(this.#o.pool, this.#heads.at(-1), HEADS_AT_ONCE);
    this.#nextHead = 0;
  }

  /** The heads of a seal, those of the database and the kept ones. */
  async #headsOf(seal: Seal): Promise<void> {
    for (;;) {
      const head = this.#heads[this.#nextHead];
      if (head === undefined) {
        if (this.#heads.length < HEADS_AT_ONCE) break;
        await this.#moreHeads();
        continue;
      }
      if (head.seal > seal.seal) break;
      this.#judge(head, seal);
      this.#judgedSeal = head.seal;
      this.#nextHead += 1;
    }
    while (this.#kept[0] !== undefined && this.#kept[0].seal <= seal.seal) this.#judge(this.#kept.shift() as Head, seal);
  }

  #judge(head: Head, seal: Seal): void {
    this.#counts.heads += 1;
    const say = (text: string): void => this.#find({ kind: 'head', seal: head.seal, eventId: null, position: null, differs: [], text: `the head of ${head.at} ${text}` });
    const verdict = this.#o.keys.size === 0 ? 'good' : judgeHead(head, this.#o.keys);
    if (verdict === 'forged') say(`was not signed by the key ${head.keyId}`);
    if (verdict === 'unknown_key') say(`was signed by the key ${head.keyId}, which is not among those given`);
    const isOther = head.seal === seal.seal && (head.chain !== seal.chain.toString('hex') || head.total !== seal.total);
    if (isOther) say('has another chain: this seal, or one before it, was written anew');
    if (head.seal < seal.seal) say('speaks of a seal that is missing');
    if (head.seal !== seal.seal || isOther || verdict !== 'good') return;
    if (compareCursors(seal.to, this.#signedUpTo) > 0) this.#signedUpTo = seal.to;
    this.#signedAtMs = Math.max(this.#signedAtMs, Date.parse(head.at));
  }

  /** Heads that were signed while the log was read, of seals that were passed by then. */
  async #signedMeanwhile(last: number): Promise<void> {
    for (const head of await readHeads(this.#o.pool, { seal: this.#judgedSeal + 1, keyId: '' }, HEADS_AT_ONCE)) {
      const [seal] = head.seal > last ? [] : await readSeals(this.#o.pool, head.seal - 1);
      if (seal !== undefined) this.#judge(head, seal);
    }
  }

  /**
   * A head is signed each hour, so that what no head speaks of spans no more, however long ago the last seal was made. While a backlog is
   * sealed, more than that is sealed in an hour: the next head is not due yet where the last one was signed less than that ago.
   */
  async #unsigned(to: Cursor): Promise<void> {
    const from = this.#signedUpTo;
    if (this.#o.keys.size === 0 || compareCursors(from, to) >= 0 || this.#o.nowMs() - this.#signedAtMs <= UNSIGNED_SECONDS * 1_000) return;
    const { rows: [row] } = await run(this.#o.pool,
      `SELECT (SELECT min(seal) FROM seals WHERE (to_epoch, to_txid, to_position) > ($1::integer, $2::xid8, $3::bigint)) AS seal, extract(epoch FROM max(recorded_at) - min(recorded_at))::float8 AS seconds FROM events
       WHERE (epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND (epoch, txid, position) <= ($4::integer, $5::xid8, $6::bigint)`,
      [from.epoch, String(from.txid), from.position, to.epoch, String(to.txid), to.position],
    );
    if (row.seconds === null || row.seconds <= UNSIGNED_SECONDS) return;
    const hours = (row.seconds / 3_600).toFixed(1);
    this.#find({ kind: 'head', seal: Number(row.seal), eventId: null, position: null, differs: [], text: `no signed head speaks of this seal and those after it, whose events span ${hours} hours: heads were removed, or nobody has signed any` });
  }

  /** Heads of seals that are not there. */
  #cutOff(last: number): void {
    for (const head of [...this.#heads.slice(this.#nextHead), ...this.#kept]) {
      this.#counts.heads += 1;
      this.#find({ kind: 'head', seal: head.seal, eventId: null, position: null, differs: [], text: `the head of ${head.at} speaks of seal ${head.seal}, and the seals end with ${last}: the end of the log was cut off, or it was restored to an older state` });
    }
  }
}

async function readSeals(pool: Pool, after: number): Promise<StoredSeal[]> {
  const { rows } = await run(pool,
    `SELECT seal, from_epoch, from_txid::text, from_position, to_epoch, to_txid::text, to_position, events, total, topics, newest_ms, records, root, chain
     FROM seals WHERE seal > $1 ORDER BY seal LIMIT ${SEALS_AT_ONCE}`, [after],
  );
  return rows.map((row) => ({
    seal: Number(row.seal), events: row.events, total: Number(row.total), topics: row.topics, newestMs: Number(row.newest_ms), records: row.records, root: row.root, chain: row.chain,
    from: { epoch: row.from_epoch, txid: Number(row.from_txid), position: Number(row.from_position) },
    to: { epoch: row.to_epoch, txid: Number(row.to_txid), position: Number(row.to_position) },
  }));
}

/** What the digest may be: other services may write the same time with fewer digits. */
function digestsOf(row: Record<string, any>): Buffer[] {
  const at = (row['occurred_at'] as Date).toISOString();
  const metadata = canonicalJson(JSON.parse(row['metadata']));
  const data = canonicalJson(JSON.parse(row['data']));
  const times = row['origin'] === 'own' ? [at] : [at, at.replace(/\.?0{1,3}Z$/, 'Z')];
  return times.map((timestamp) => sha256(digestText(row['event_id'], {
    eventType: row['type'], eventVersion: row['version'], source: row['source'], correlationId: row['correlation_id'], causationId: row['causation_id'], timestamp,
  }, metadata, data)));
}
