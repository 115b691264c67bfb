/** Every mutant: the guards of the code, each with the test that misses it. */
import { BUS_MUTANTS } from './guards/bus.ts';
import { DOOR_MUTANTS } from './guards/doors.ts';
import { FULFILLMENT_MUTANTS } from './guards/fulfillments.ts';
import { JUDGE_MUTANTS } from './guards/judges.ts';
import { LOG_MUTANTS } from './guards/log.ts';
import { ORDER_MUTANTS } from './guards/orders.ts';
import { WEBHOOK_MUTANTS } from './guards/webhooks.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [...LOG_MUTANTS, ...BUS_MUTANTS, ...DOOR_MUTANTS, ...WEBHOOK_MUTANTS, ...ORDER_MUTANTS, ...FULFILLMENT_MUTANTS, ...JUDGE_MUTANTS];
