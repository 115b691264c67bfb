/** The guards of Order Fulfillment: one fulfillment for one key, one delivery for one line, and nothing after it was taken back. */
import type { Mutant } from '../mutant.ts';
import { long, unit } from './killers.ts';

const SRC = 'services/order-fulfillment/src';
const LIFE = `${SRC}/fulfillments/life.long.test.ts`;

export const FULFILLMENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'request-key-body', guard: 'a key that was used for another body is refused',
    edits: [{ file: `${SRC}/fulfillments/intake.pg.ts`, from: "return earlier.requestHash.equals(requestHash) ? { kind: 'replayed'", to: "return earlier.requestHash.length > 0 ? { kind: 'replayed'" }],
    killers: [unit(`${SRC}/fulfillments/api.test.ts`, 'with another body is refused')],
  },
  {
    name: 'request-key-once', guard: 'a request that was kept and comes again makes no second fulfillment',
    edits: [
      { file: `${SRC}/fulfillments/migrations.ts`, from: 'PRIMARY KEY (client_id, fulfillment_id),\n  UNIQUE (client_id, idempotency_key)\n)', to: 'PRIMARY KEY (client_id, fulfillment_id)\n)' },
      { file: `${SRC}/fulfillments/intake.pg.ts`, from: 'ON CONFLICT (client_id, idempotency_key) DO NOTHING RETURNING', to: 'RETURNING' },
    ],
    killers: [long(LIFE, 'stays held when a request that was kept, on purpose once more, is written a second time')],
  },
  {
    name: 'line-once', guard: 'a line of an order is requested once, under whatever key',
    edits: [{ file: `${SRC}/fulfillments/claims.pg.ts`, from: '  AND NOT jsonb_path_query_array(o.claims, ${ALL_LINES}) ?| ${asked}\n', to: '' }],
    killers: [long(LIFE, 'is refused under another key, unless it is asked for again on purpose')],
  },
  {
    name: 'revoked-order', guard: 'what was revoked by order before its request came is refused when it comes',
    edits: [{ file: `${SRC}/fulfillments/claims.pg.ts`, from: 'WHERE NOT o.revoked AND NOT jsonb_path_query_array(excluded.claims, ${ALL_LINES}) ?| o.revoked_lines', to: 'WHERE true' }],
    killers: [long(LIFE, 'before the request has come refuses it, and replays the first answer')],
  },
  {
    name: 'run-present', guard: 'the end of a run that is not the present one ends nothing',
    edits: [{ file: `${SRC}/fulfillments/decide.ts`, from: 'if (!fulfillment.asking || fulfillment.checks !== run) return', to: 'if (!fulfillment.asking && run < 0) return' }],
    killers: [unit(`${SRC}/fulfillments/decide.test.ts`, 'that are told of by a run that is not the present one leave the present one under way')],
  },
  {
    name: 'callback-owner', guard: 'a provider speaks of its own lines only',
    edits: [{ file: `${SRC}/fulfillments/decide.ts`, from: 'line.lineId === lineId && line.provider === provider);', to: 'line.lineId === lineId);' }],
    killers: [unit(`${SRC}/providers/lms-callback.test.ts`, 'cannot settle a line of another provider')],
  },
  {
    name: 'deadline', guard: 'after its deadline nothing is begun',
    edits: [{ file: `${SRC}/fulfillments/decide.ts`, from: '  if (isPastDeadline(fulfillment, nowMs)) return [];\n', to: '' }],
    killers: [unit(`${SRC}/fulfillments/decide.test.ts`, 'begins no line that comes to its turn too late, and finishes none')],
  },
  {
    name: 'late-delivery', guard: 'what turns out delivered after it had failed or was called off is taken back',
    edits: [{ file: `${SRC}/fulfillments/settle.ts`, from: "const isLate = OPENED_BY_LATE_DELIVERY.has(line.status) && answer.kind === 'fulfilled';", to: "const isLate = line.status === 'revoking' && answer.kind === 'fulfilled';" }],
    killers: [unit(`${SRC}/fulfillments/wishes.test.ts`, 'A delivery that is told too late')],
  },
  {
    name: 'clients-apart', guard: 'a fulfillment of another client looks like one that is not there',
    edits: [{ file: `${SRC}/fulfillments/queries.pg.ts`, from: ".where('client_id', '=', clientId).where('fulfillment_id', '=', fulfillmentId).executeTakeFirst()", to: ".where('fulfillment_id', '=', fulfillmentId).executeTakeFirst()" }],
    killers: [unit(`${SRC}/fulfillments/api.test.ts`, 'cannot tell a foreign fulfillment from an unknown or impossible one')],
  },
];
