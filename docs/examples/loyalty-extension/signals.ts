/** What loyalty tells, each with its entry for the catalogue. All of it is about the account of a customer. */
import { defineEvent } from '@commerce/events/catalogue';
import { defineSignal } from '@commerce/signals/signal';
import { z } from 'zod';
import { accountSubject, MAX_POINTS } from './account.ts';

const id = z.string().min(1).max(200);
const points = z.int().min(1).max(MAX_POINTS);
const subject = ({ customerId }: { readonly customerId: string }): string => accountSubject(customerId);
const orderId = '0193a6a0-5f6e-7c3a-8f5e-0d6f0a1b2c3d';

export const LoyaltyPointsEarned = defineEvent({
  type: 'LoyaltyPointsEarned', constant: 'LOYALTY_POINTS_EARNED', webhook: 'loyalty.points_earned', topic: 'user-events',
  description: 'A completed order is worth these points to its customer.',
  versions: { v1: z.strictObject({ customerId: id, orderId: id, points }) },
  subject, example: { customerId: 'VINET', orderId, points: 200 },
});

export const LoyaltyPointsRevoked = defineEvent({
  type: 'LoyaltyPointsRevoked', constant: 'LOYALTY_POINTS_REVOKED', webhook: 'loyalty.points_revoked', topic: 'user-events',
  description: 'Money of an order was given back, and with it went these points of what the order had earned.',
  versions: { v1: z.strictObject({ customerId: id, orderId: id, points }) },
  subject, example: { customerId: 'VINET', orderId, points: 168 },
});

export const LoyaltyPointsRedeemed = defineEvent({
  type: 'LoyaltyPointsRedeemed', constant: 'LOYALTY_POINTS_REDEEMED', webhook: 'loyalty.points_redeemed', topic: 'user-events',
  description: 'A customer has spent points; `balance` is what was left.',
  versions: { v1: z.strictObject({ customerId: id, redemptionId: id, points, balance: z.int().min(0) }) },
  subject, example: { customerId: 'VINET', redemptionId: '8e0f2c1a-54b7-5c3d-9b6a-1f7d20c35e42', points: 30, balance: 2 },
});

export const LoyaltyPointsLapsed = defineEvent({
  type: 'LoyaltyPointsLapsed', constant: 'LOYALTY_POINTS_LAPSED', webhook: 'loyalty.points_lapsed', topic: 'user-events',
  description: 'Nothing had happened on an account for its quiet time, so what was left on it is gone.',
  versions: { v1: z.strictObject({ customerId: id, points: z.int().min(1) }) },
  subject, example: { customerId: 'VINET', points: 2 },
});

export const loyaltyPointsEarned = defineSignal(LoyaltyPointsEarned);
export const loyaltyPointsRevoked = defineSignal(LoyaltyPointsRevoked);
export const loyaltyPointsRedeemed = defineSignal(LoyaltyPointsRedeemed, { unheard: 'The account has changed with it; it is told to whoever watches.' });
export const loyaltyPointsLapsed = defineSignal(LoyaltyPointsLapsed, { unheard: 'The account has changed with it; it is told to whoever watches.' });
