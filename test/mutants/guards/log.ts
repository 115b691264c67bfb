/** The guards of the event log: order, exactly once, who may act, what is given up, what is kept. */
import type { Mutant } from '../mutant.ts';
import { long, SIM, unit } from './killers.ts';

const SRC = 'packages/event-log/src';

export const LOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'events-once', guard: 'an event that comes again is stored once: its id is the key of the log',
    edits: [{ file: `${SRC}/schema.pg.ts`, from: '  digest bytea NOT NULL,\n  PRIMARY KEY (event_id)\n)', to: '  digest bytea NOT NULL\n)' }],
    killers: [unit(`${SRC}/append.test.ts`, 'the same event twice, in one batch and in two, is stored once')],
  },
  {
    name: 'foreign-digest', guard: 'an event with the id of another and other content is a conflict, never a duplicate',
    edits: [{ file: `${SRC}/log.pg.ts`, from: 'const isSame = digest === null || digest.equals(row.event.digest);', to: 'const isSame = digest === null || digest.length > 0;' }],
    killers: [unit(`${SRC}/append.test.ts`, 'the same id with other content is a conflict, never a duplicate')],
  },
  {
    name: 'foreign-digest-in-batch', guard: 'two events of one batch with one id and different content are told apart',
    edits: [{ file: `${SRC}/log.pg.ts`, from: "if (first !== undefined) results[index] = { kind: first.event.digest.equals(event.digest) ? 'duplicate' : 'conflict' };", to: "if (first !== undefined) results[index] = { kind: 'duplicate' };" }],
    killers: [unit(`${SRC}/append.test.ts`, 'the same id with other content is a conflict, never a duplicate')],
  },
  {
    name: 'foreign-window', guard: 'an id from outside the window in which repetitions are known is refused as such',
    edits: [{ file: `${SRC}/log.pg.ts`, from: 'return time >= now - WINDOW_BEFORE_MS && time <= now + WINDOW_AFTER_MS;', to: 'return time + now > 0;' }],
    killers: [unit(`${SRC}/append.test.ts`, 'an id from outside the window is told apart')],
  },
  {
    name: 'horizon', guard: 'an event is read only when no transaction that may still write an earlier one is open',
    edits: [{ file: `${SRC}/fetch.pg.ts`, from: "const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())';", to: "const HORIZON = 'pg_snapshot_xmax(pg_current_snapshot())';" }],
    killers: [unit(`${SRC}/readers.test.ts`, 'an event committed while an older transaction is open')],
  },
  {
    name: 'cursor-pair', guard: 'a cursor is transaction and position together, never the position alone',
    edits: [
      { file: `${SRC}/fetch.pg.ts`, from: 'AND (txid, position) > ($2::xid8, $3::bigint) AND', to: 'AND $2::xid8 IS NOT NULL AND position > $3::bigint AND' },
      { file: `${SRC}/fetch.pg.ts`, from: ': `(epoch, txid, position) > ($1::integer, $2::xid8, $3::bigint) AND', to: ': `epoch >= $1::integer AND $2::xid8 IS NOT NULL AND position > $3::bigint AND' },
    ],
    killers: [unit(`${SRC}/readers.test.ts`, 'is the order of transaction ids as numbers, also where they gain a digit')],
  },
  {
    name: 'locks-before-id', guard: 'a transaction that had an id before its locks appends nothing',
    edits: [{ file: `${SRC}/change.pg.ts`, from: 'if (result?.rows[0]?.txid !== null) throw new LocksTooLate();', to: 'if (result === undefined) throw new LocksTooLate();' }],
    killers: [unit(`${SRC}/append.test.ts`, 'a transaction that wrote before it took its locks is refused')],
  },
  {
    name: 'subject-locks', guard: 'the subjects of a change are locked before they are read',
    edits: [{ file: `${SRC}/change.pg.ts`, from: 'SELECT pg_advisory_xact_lock(k) FROM unnest(', to: 'SELECT k FROM unnest(' }],
    killers: [unit(`${SRC}/further-subjects.test.ts`, 'never sells more than there is, however many decide at once')],
  },
  {
    name: 'subjects-named', guard: 'a decision touches only the subjects that it has locked',
    edits: [{ file: `${SRC}/decisions.ts`, from: 'if (wanted !== subject && !also.includes(wanted)) throw', to: "if (wanted === '') throw" }],
    killers: [unit(`${SRC}/further-subjects.test.ts`, 'touches only what it named beforehand')],
  },
  {
    name: 'reader-fence', guard: 'a reader whose partition has a new owner commits nothing',
    edits: [{ file: `${SRC}/cursors.pg.ts`, from: 'r.partition = c.partition AND r.fence = c.fence AND (r.epoch', to: 'r.partition = c.partition AND (r.epoch' }],
    killers: [unit(`${SRC}/work.test.ts`, 'only who has a partition moves its cursor')],
  },
  {
    name: 'reader-forward', guard: 'a batch whose commit was done and whose answer was lost is not done again',
    edits: [{ file: `${SRC}/cursors.pg.ts`, from: ' AND (r.epoch, r.txid, r.position) <= (c.from_epoch, c.from_txid, c.from_position)\n', to: '\n' }],
    killers: [unit(`${SRC}/readers.test.ts`, 'a commit whose answer is lost is not done twice')],
  },
  {
    name: 'repartition-halt', guard: 'a partition that is being divided anew handles nothing beyond the place of the division',
    edits: [{ file: `${SRC}/cursors.pg.ts`, from: '\n       AND (r.halt_txid IS NULL OR (c.epoch, c.txid, c.position) <= (r.halt_epoch, r.halt_txid, 0::bigint))', to: '' }],
    killers: [unit(`${SRC}/work.test.ts`, 'a cursor does not move beyond the place at which its partition halts')],
  },
  {
    name: 'work-fence-ends', guard: 'only who owns a job may end it',
    edits: [{ file: `${SRC}/work.pg.ts`, from: 'w.event_id = k.event_id AND w.fence = k.fence', to: 'w.event_id = k.event_id' }],
    killers: [unit(`${SRC}/work.test.ts`, 'only who has a job may end it, or change it')],
  },
  {
    name: 'work-fence-changes', guard: 'only who owns a job may change it',
    edits: [{ file: `${SRC}/work.pg.ts`, from: 'w.event_id = u.event_id AND w.fence = u.fence', to: 'w.event_id = u.event_id' }],
    killers: [unit(`${SRC}/work.test.ts`, 'only who has a job may end it, or change it')],
  },
  {
    name: 'effect-attempts', guard: 'an effect that fails for the last time is a dead letter',
    edits: [{ file: `${SRC}/effect-runner.ts`, from: 'dead: final || job.attempt >= retry.maxAttempts,', to: 'dead: final,' }],
    killers: [unit(`${SRC}/effects.test.ts`, 'that fails for the last time is dead with its error')],
  },
  {
    name: 'parked-attempts', guard: 'an event that a handler fails for the last time is a dead letter',
    edits: [{ file: `${SRC}/parking.ts`, from: 'const dead = attempt + 1 >= PARK_RETRY.maxAttempts;', to: 'const dead = attempt + 1 >= 100 * PARK_RETRY.maxAttempts;' }],
    killers: [unit(`${SRC}/runs.test.ts`, 'for the last time is stored as given up; of all attempts of one event 20 are kept')],
  },
  {
    name: 'not-yet', guard: 'what comes before its time is kept until its subject changes',
    edits: [{ file: `${SRC}/parking.ts`, from: "    case 'notYet':\n      return {", to: "    case 'notYet':\n      if (attempt === 0) return undefined;\n      return {" }],
    killers: [unit(`${SRC}/readers.test.ts`, 'whose time has not come is kept, does not hold later events'), SIM],
  },
  {
    name: 'held-subject', guard: 'what comes behind a failed event of its subject waits for it',
    edits: [{ file: `${SRC}/decisions.ts`, from: 'return this.#held.has(subject) && (event === undefined || this.#failedAt.get(subject) !== event.eventId);', to: 'return this.#held.has(subject) && event === undefined;' }],
    killers: [unit(`${SRC}/parked-events.test.ts`, 'that throws parks its event and holds its own subject')],
  },
  {
    name: 'effect-order', guard: 'effects of one subject run one after the other',
    edits: [{ file: `${SRC}/effect-runner.ts`, from: 'return job.effect.ordered === false ? ', to: 'return job.effect.ordered !== null ? ' }],
    killers: [unit(`${SRC}/effects.test.ts`, 'that fails is run again under the same key with backoff, and later ones of its subject wait for it')],
  },
  {
    name: 'key-life', guard: 'nothing is sent blindly under a key that the other side may have forgotten',
    edits: [{ file: `${SRC}/effect-runner.ts`, from: 'const work = job.keyExpiresAtMs > this.#options.monotonicMs() ? job.effect.run : job.effect.afterKey;', to: 'const work = job.effect.run as typeof job.effect.run | undefined;' }],
    killers: [long(`${SRC}/pull-in.long.test.ts`, 'a dead row whose key the other side may have forgotten is sent to nobody')],
  },
  {
    name: 'blame', guard: 'a fault that is nobody’s is charged to no event',
    edits: [{ file: `${SRC}/blame.ts`, from: 'return error instanceof StaleFence || error instanceof ReaderPaused ||', to: 'return error instanceof ReaderPaused ||' }],
    killers: [unit(`${SRC}/blame.test.ts`, 'because it belongs to another process is charged to nobody, ever')],
  },
  {
    name: 'log-moved', guard: 'a log that was restored or copied is not opened as if it were the same',
    edits: [{ file: `${SRC}/log.pg.ts`, from: 'if (rows[0]?.here !== true) throw new LogMoved();', to: 'if (rows[0] === undefined) throw new LogMoved();' }],
    killers: [unit(`${SRC}/readers.test.ts`, 'a log that was moved to another cluster is refused')],
  },
  {
    name: 'clock', guard: 'a process whose clock is off does not start',
    edits: [{ file: `${SRC}/log.pg.ts`, from: 'refuseClock(options.nowMs(), Number(rows[0].now_ms));', to: '' }],
    killers: [unit(`${SRC}/readers.test.ts`, 'a clock that is hours off is refused at the start')],
  },
  {
    name: 'retention-work', guard: 'retention removes nothing that has work left',
    edits: [{ file: `${SRC}/retention.pg.ts`, from: "return ['work', ...(this.#o.heldBy ?? [])].map((table) => `EXISTS (SELECT 1 FROM ${table} h WHERE h.event_id = e.event_id)`).join(' OR ');", to: "return 'false';" }],
    killers: [unit(`${SRC}/retention.test.ts`, 'waits for readers, for the sealer, and for what has work left')],
  },
  {
    name: 'retention-readers', guard: 'retention removes nothing that a reader has still to read',
    edits: [{ file: `${SRC}/retention-low-water.pg.ts`, from: 'FROM readers r\n', to: 'FROM readers r WHERE false\n' }],
    killers: [unit(`${SRC}/retention.test.ts`, 'waits for readers, for the sealer, and for what has work left')],
  },
  {
    name: 'retention-sealed', guard: 'retention removes nothing that is not sealed',
    edits: [
      { file: `${SRC}/retention-low-water.pg.ts`, from: 'FROM seals s ORDER BY s.seal DESC LIMIT 1)', to: 'FROM seals s WHERE false ORDER BY s.seal DESC LIMIT 1)' },
      { file: `${SRC}/retention-low-water.pg.ts`, from: 'WHERE EXISTS (SELECT 1 FROM seals) ORDER BY', to: 'ORDER BY' },
    ],
    killers: [unit(`${SRC}/retention.test.ts`, 'removes nothing that is not sealed, though every reader has passed it')],
  },
  {
    name: 'retention-replays', guard: 'retention removes nothing that a replay which runs has still to give',
    edits: [{ file: `${SRC}/retention-low-water.pg.ts`, from: "WHERE o.state = 'running'", to: 'WHERE false' }],
    killers: [unit(`${SRC}/retention.test.ts`, 'keeps what it has still to give, as long as it runs')],
  },
  {
    name: 'replay-overtaken', guard: 'a replay from under which events were removed while it did not run does not say that it is done',
    edits: [{ file: `${SRC}/replay-rows.pg.ts`, from: "if (rows[0]['is_overtaken'] === true) throw", to: "if (rows[0]['is_overtaken'] === null) throw" }],
    killers: [unit(`${SRC}/retention.test.ts`, 'events left that are removed meanwhile')],
  },
  {
    name: 'retention-held', guard: 'a process that stood still while another one took over removes nothing',
    edits: [{ file: `${SRC}/retention.pg.ts`, from: 'await this.#o.held?.(tx);\n      await tx.query(\'SELECT 1 FROM log_state FOR KEY SHARE\');\n      const gone', to: "await tx.query('SELECT 1 FROM log_state FOR KEY SHARE');\n      const gone" }],
    killers: [unit(`${SRC}/retention.test.ts`, 'by two processes of one name')],
  },
  {
    name: 'job-held', guard: 'a process whose scheduled job was taken over is told so in its own transaction',
    edits: [{ file: 'packages/signals/src/jobs.pg.ts', from: 'WHERE name = $1 AND holder = $2 FOR SHARE', to: 'WHERE name = $1 AND $2::uuid IS NOT NULL FOR SHARE' }],
    killers: [unit('packages/signals/src/jobs.test.ts', 'a process that stood still while another one took its job')],
  },
  {
    name: 'archive-names', guard: 'two processes never write the same file of the archive',
    edits: [
      { file: `${SRC}/retention-archive.file.ts`, from: '${name}-${uuid()}.jsonl.gz', to: '${name}${uuid().slice(36)}.jsonl.gz' },
      { file: `${SRC}/retention-archive.file.ts`, from: "open(part, 'wx', 0o600)", to: "open(part, 'w', 0o600)" },
    ],
    killers: [unit(`${SRC}/retention.test.ts`, 'by two processes of one name')],
  },
  {
    name: 'retention-clock', guard: 'a process whose clock is off removes nothing',
    edits: [{ file: `${SRC}/keeping.ts`, from: 'refuseClock(nowMs, Number(rows[0].now_ms));', to: 'void rows;' }],
    killers: [unit(`${SRC}/retention.test.ts`, 'as a job is refused by a process whose clock is not the one of the database')],
  },
  {
    name: 'retention-months', guard: 'a month that is not past by the clock of the database is never dropped',
    edits: [{ file: `${SRC}/retention-months.pg.ts`, from: 'Math.min(beforeMs, nowMs)', to: 'Math.max(beforeMs, 0 * nowMs)' }],
    killers: [unit(`${SRC}/retention.test.ts`, 'drops no month that is not past by the clock of the database')],
  },
  {
    name: 'seal-unsigned', guard: 'that no head speaks of the log is found when keys are given',
    edits: [{ file: `${SRC}/verify-log.pg.ts`, from: 'if (row.seconds === null || row.seconds <= UNSIGNED_SECONDS) return;', to: 'if (row.seconds !== UNSIGNED_SECONDS) return;' }],
    killers: [unit(`${SRC}/seals.test.ts`, 'all of them written anew, with no head at all')],
  },
  {
    name: 'replay-until', guard: 'a replay looks at nothing behind the time up to which it was asked for',
    edits: [{ file: `${SRC}/replay-events.pg.ts`, from: 'return highest(tx, plan.toMs);', to: 'return highest(tx, plan.toMs).then(() => undefined);' }],
    killers: [unit(`${SRC}/replay.test.ts`, 'looks at nothing that was recorded clearly after')],
  },
  {
    name: 'swap-grants', guard: 'a table that takes the place of another one has its owner and its grants',
    edits: [{ file: `${SRC}/rebuild-table.pg.ts`, from: 'for (const sql of access) await tx.query(sql);', to: 'for (const sql of access.slice(1)) if (sql === \'\') await tx.query(sql);' }],
    killers: [unit(`${SRC}/rebuild-table.test.ts`, 'has the owner and the grants of the old one')],
  },
  {
    name: 'retention-least', guard: 'nothing is removed that may come again within the window of repetitions',
    edits: [{ file: `${SRC}/retention.ts`, from: 'nowMs - Math.max(LEAST_DAYS, days) * DAY_MS;', to: 'nowMs - days * DAY_MS;' }],
    killers: [unit(`${SRC}/retention.test.ts`, 'of a topic with less than 31 days waits for 31')],
  },
  {
    name: 'seal-rows', guard: 'a row that was changed after it was sealed is found',
    edits: [{ file: `${SRC}/verify-seal.ts`, from: 'return before === undefined || before.leaf.equals(now.leaf) ? []', to: 'return before === undefined || before.position === now.position ? []' }],
    killers: [unit(`${SRC}/seals.test.ts`, 'whichever of its columns was changed')],
  },
  {
    name: 'seal-missing', guard: 'a row that was removed after it was sealed is found',
    edits: [{ file: `${SRC}/verify-seal.ts`, from: 'missing: sealed.filter(({ eventId }) => !foundById.has(eventId)) };', to: "missing: sealed.filter(({ eventId }) => !foundById.has(eventId) && eventId === '') };" }],
    killers: [unit(`${SRC}/seals.test.ts`, 'removed')],
  },
  {
    name: 'seal-chain', guard: 'a seal that was written anew does not follow from the one before',
    edits: [{ file: `${SRC}/verify-log.pg.ts`, from: 'else if (!chainOf(before.chain, seal).equals(seal.chain)) this', to: 'else if (seal.chain.length === 0) this' }],
    killers: [unit(`${SRC}/seals.test.ts`, 'seals that were tampered with are found')],
  },
  {
    name: 'seal-heads', guard: 'seals that were all written anew are found by a head that was signed before',
    edits: [{ file: `${SRC}/verify-log.pg.ts`, from: "(head.chain !== seal.chain.toString('hex') || head.total !== seal.total)", to: "(head.chain === '' || head.total !== seal.total)" }],
    killers: [unit(`${SRC}/seals.test.ts`, 'all of them written anew after a change that leaves as many events: by a head')],
  },
  {
    name: 'seal-signature', guard: 'a head that another key has signed is found',
    edits: [{ file: `${SRC}/verify-log.pg.ts`, from: "if (verdict === 'forged') say(", to: "if (verdict === 'forged' && head.at === '') say(" }],
    killers: [unit(`${SRC}/seals.test.ts`, 'a head that another key has signed, and one that was changed')],
  },
  {
    name: 'digest-unsealed', guard: 'a row that was changed before it was sealed does not have its digest',
    edits: [{ file: `${SRC}/verify-log.pg.ts`, from: 'if (digestsOf(row).some((digest) => digest.equals(row.digest))) continue;', to: 'if (digestsOf(row).length > 0) continue;' }],
    killers: [unit(`${SRC}/seals.test.ts`, 'before it was sealed, as long as its digest was not made to fit')],
  },
  {
    name: 'erased-key', guard: 'the key of a customer who is erased is destroyed',
    edits: [{ file: `${SRC}/personal-keys.pg.ts`, from: 'DO UPDATE SET sealed = NULL, master_id = NULL, erased_at = excluded.erased_at', to: 'DO UPDATE SET erased_at = excluded.erased_at' }],
    killers: [unit(`${SRC}/personal.test.ts`, 'reads as absent, or as "erased" where the schema wants it')],
  },
  {
    name: 'erased-late', guard: 'of an event from before an erasure that comes late nothing personal is kept',
    edits: [{ file: `${SRC}/personal-keys.pg.ts`, from: 'return Math.min(...times) <= key.erasedAtMs || Math.max(...times) > nowMs + CLOCK_MS;', to: 'return Math.max(...times) > nowMs + CLOCK_MS;' }],
    killers: [unit(`${SRC}/personal.test.ts`, 'an event from before that comes late is stored without what is personal')],
  },
  {
    name: 'overload-bound', guard: 'an intake that is full says so instead of growing',
    edits: [{ file: `${SRC}/micro-batcher.ts`, from: 'if (queue.length >= maxWaiting || places?.enter(ownerOf(item)) === false) {', to: 'if (maxWaiting < 0) {' }],
    killers: [unit('services/order-fulfillment/src/fulfillments/api.test.ts', 'is refused with the time to come back, and accepted then')],
  },
  {
    name: 'planned-for-many', guard: 'a statement over many rows is planned for what is there, not for the table as it once was',
    edits: [{ file: `${SRC}/statement.pg.ts`, from: 'return count < MANY ? run(', to: 'return count >= 0 ? run(' }],
    killers: [unit(`${SRC}/many-rows.test.ts`, 'jobs are ended and changed by their keys')],
  },
  {
    name: 'rows-must-be', guard: 'where COMMIT stands right behind what is written, the server itself refuses rows that are not as many as they must be',
    edits: [{ file: `${SRC}/statement.pg.ts`, from: 'CASE WHEN count(*) = $${place}::bigint THEN', to: 'CASE WHEN count(*) >= 0 AND $${place}::bigint >= 0 THEN' }],
    killers: [unit(`${SRC}/commit.test.ts`, 'commits nothing when the server refuses what stands before it')],
  },
  {
    name: 'unsent-commit', guard: 'no COMMIT goes behind what could not be sent',
    edits: [{ file: `${SRC}/transaction.pg.ts`, from: '      areAll = false;\n', to: '      areAll = true;\n' }],
    killers: [unit(`${SRC}/commit.test.ts`, 'commits nothing of a transaction whose store fails')],
  },
  {
    name: 'behind-commit', guard: 'a statement behind the COMMIT of its transaction is refused',
    edits: [{ file: `${SRC}/transaction.pg.ts`, from: 'if (isClosed) throw', to: 'if (isClosed && given.length === 0) throw' }],
    killers: [unit(`${SRC}/commit.test.ts`, 'lets nothing behind it')],
  },
];
