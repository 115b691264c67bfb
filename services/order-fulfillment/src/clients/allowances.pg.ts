/**
 * The buckets of tokens that all instances share, by the clock of the database.
 * Promise: whatever the instances take at once, a bucket never gives what it does not have. Questions about several clients share
 * one statement.
 */
import { createMicroBatcher } from '@commerce/event-log/micro-batcher';
import { run } from '@commerce/event-log/statement';
import { isSystemic } from '@commerce/event-log/transaction';
import type { Pool } from 'pg';
import type { TakeTokens, TokensAsked, TokensGiven } from './rate-limit.ts';

/** A bucket that nobody has asked yet is full. */
const TAKE = `INSERT INTO client_allowances AS kept (client_id, per_second, burst, wanted, granted, tokens, refilled_at)
SELECT asked.client_id, asked.per_second, asked.burst, asked.wanted, least(asked.wanted, asked.burst), asked.burst - least(asked.wanted, asked.burst), clock_timestamp()
FROM unnest($1::text[], $2::double precision[], $3::integer[], $4::integer[]) AS asked (client_id, per_second, burst, wanted)
ORDER BY asked.client_id
ON CONFLICT (client_id) DO UPDATE SET (per_second, burst, wanted, granted, tokens, refilled_at) = (
  SELECT excluded.per_second, excluded.burst, excluded.wanted, least(excluded.wanted, floor(full_to.level)),
    full_to.level - least(excluded.wanted, floor(full_to.level)), full_to.at
  FROM (SELECT now.at, least(excluded.burst, kept.tokens + excluded.per_second * greatest(0, extract(epoch FROM now.at - kept.refilled_at))) AS level
        FROM (SELECT clock_timestamp() AS at OFFSET 0) AS now OFFSET 0) AS full_to)
RETURNING client_id, granted, tokens`;

/** A client must not be asked for twice at once by one process. */
export function createAllowances(pool: Pool): TakeTokens {
  return createMicroBatcher<TokensAsked, TokensGiven>({ isSystemic, run: (asked) => take(pool, asked) }).submit;
}

async function take(pool: Pool, asked: readonly TokensAsked[]): Promise<TokensGiven[]> {
  const { rows } = await run(pool, TAKE, [
    asked.map((one) => one.clientId), asked.map((one) => one.requestsPerSecond), asked.map((one) => one.burst), asked.map((one) => one.wanted),
  ]);
  const given = new Map(rows.map((row) => [row.client_id as string, { granted: Number(row.granted), left: Number(row.tokens) }]));
  return asked.map(({ clientId }) => given.get(clientId) ?? { granted: 0, left: 0 });
}
