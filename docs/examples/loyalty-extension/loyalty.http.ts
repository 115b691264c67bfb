/**
 * The API of loyalty: read the points of a customer, list accounts, spend points.
 * Promise: answers come after the commit; the same request under one key spends once; who spent, and why, is recorded.
 */
import { audited, reasonForm, whyText } from '@commerce/commerce-coordinator/for-extensions/audit';
import type { RunCommand } from '@commerce/commerce-coordinator/for-extensions/commands';
import { nameUuid } from '@commerce/commerce-coordinator/for-extensions/ids';
import { cursor, idempotencyKeyOf, keyProblems, pageOf, pageProblems, triggerOf } from '@commerce/commerce-coordinator/for-extensions/requests';
import type { Tx } from '@commerce/event-log/extension';
import { pageLimit } from '@commerce/service-kit/cursors';
import type { Cursors } from '@commerce/service-kit/cursors';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED } from '@commerce/service-kit/openapi';
import { Problem } from '@commerce/service-kit/problems';
import { apply } from '@commerce/signals/handler';
import { z } from 'zod';
import { accountSubject, balanceOf, MAX_POINTS, owedOf, redeem, redemptionSubject, RedeemRefused } from './account.ts';
import type { Account, Redeemed } from './account.ts';
import { readAccount, readAccounts } from './loyalty.pg.ts';
import { loyaltyProblems } from './problems.ts';
import { accountIn, redemptionIn } from './rows.ts';
import type { LoyaltyRow } from './rows.ts';
import { loyaltyPointsRedeemed } from './signals.ts';

export interface LoyaltyApi {
  readonly db: Tx;
  readonly cursors: Cursors;
  readonly run: RunCommand<LoyaltyRow>;
  /** Begins the quiet time of an account anew. */
  readonly lapseLater: { readonly name: string; readonly dueInMs: number };
}

const sum = z.int().min(0);
const pathCustomer = z.strictObject({ customerId: z.string().min(1).max(200) });
const listQuery = z.strictObject({ limit: pageLimit, cursor });
const redeemForm = z.strictObject({ points: z.int().min(1).max(MAX_POINTS), reason: reasonForm });
const redeemedView = z.strictObject({ redemptionId: z.string(), customerId: z.string(), points: sum, balance: sum.meta({ description: 'What was left.' }) });
const accountView = z.strictObject({
  customerId: z.string(),
  balance: sum.meta({ description: 'What can be spent.' }),
  owed: sum.meta({ description: 'Spent, and revoked afterwards: the next points that are earned pay for it.' }),
  earned: sum, revoked: sum, redeemed: sum, lapsed: sum,
});
const listView = z.strictObject({ items: z.array(accountView), nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one.' }) });

const { loyalty_account_not_found, loyalty_points_missing } = loyaltyProblems;

/** Adds the routes of loyalty. */
export function addLoyaltyRoutes(app: HttpApp, { db, cursors, run, lapseLater }: LoyaltyApi): void {
  app.get('/loyalty', {
    config: { scope: 'users:read', problems: [pageProblems.invalid_cursor] },
    schema: { operationId: 'listLoyaltyAccounts', summary: 'List the points of customers', tags: ['loyalty'], querystring: listQuery, response: { 200: listView } },
  }, async ({ query }) => pageOf(cursors, 'loyalty', query, ({ customerId }) => customerId, async (afterId, count) => (await readAccounts(db, afterId, count)).map(viewOf)));

  app.get('/loyalty/:customerId', {
    config: { scope: 'users:read', problems: [loyalty_account_not_found] },
    schema: { operationId: 'readLoyaltyAccount', summary: 'Read the points of a customer', tags: ['loyalty'], params: pathCustomer, response: { 200: accountView } },
  }, async ({ params }) => {
    const account = await readAccount(db, params.customerId);
    if (account === undefined) throw new Problem(loyalty_account_not_found);
    return viewOf(account);
  });

  app.post('/loyalty/:customerId/redeem', {
    config: {
      scope: 'users:write', headers: [IDEMPOTENCY_KEY], answerHeaders: [IDEMPOTENCY_REPLAYED],
      problems: [keyProblems.idempotency_key_required, keyProblems.idempotency_key_invalid, keyProblems.idempotency_key_reused, loyalty_account_not_found, loyalty_points_missing],
    },
    schema: { operationId: 'redeemPoints', summary: 'Spend points of a customer', tags: ['loyalty'], params: pathCustomer, body: redeemForm, response: { 200: redeemedView } },
  }, async (request, reply) => {
    const { caller, params: { customerId }, body: { points, reason } } = request;
    // The key makes the id, so that the same request finds what it has done.
    const redemptionId = nameUuid(`loyalty\n${caller.clientId}\n${idempotencyKeyOf(request)}`);
    const subject = redemptionSubject(redemptionId);
    let answer: Redeemed | undefined;
    await run({
      subject: accountSubject(customerId), also: [subject], name: 'loyalty.redeem', trigger: triggerOf(request),
      decide: audited({ act: 'loyalty.redeem', about: customerId, by: caller, why: reason, details: { redemptionId, points } }, (row: LoyaltyRow | undefined, context) => {
        const done = redemptionIn(context.other(subject) as LoyaltyRow | undefined);
        answer = redeem(accountIn(row), done, { redemptionId, customerId, points, why: whyText(reason) });
        const { account, redemption, isReplayed } = answer;
        if (isReplayed) return apply(account);
        loyaltyPointsRedeemed.sendRobust({ customerId, redemptionId, points, balance: redemption.balance }, context);
        return apply<LoyaltyRow>(account, [lapseLater], new Map([[subject, redemption]]));
      }),
    }).catch(refused);
    if (answer === undefined) throw new Error(`The redemption ${redemptionId} was not decided.`);
    if (answer.isReplayed) void reply.header('idempotency-replayed', 'true');
    const { balance } = answer.redemption;
    return { redemptionId, customerId, points, balance };
  });
}

function viewOf(account: Account): z.infer<typeof accountView> {
  const { customerId, earned, revoked, redeemed, lapsed } = account;
  return { customerId, balance: balanceOf(account), owed: owedOf(account), earned, revoked, redeemed, lapsed };
}

/** Turns what a decision refuses into problems. */
function refused(error: unknown): never {
  if (!(error instanceof RedeemRefused)) throw error;
  if (error.code === 'idempotency_key_reused') throw new Problem(keyProblems.idempotency_key_reused);
  throw new Problem(loyaltyProblems[error.code], { detail: error.message });
}
