/** What the routes and the effect of carts need from the rest of the service, and what they share. */
import type { Trigger } from '@commerce/event-log/event';
import { EventTooLarge } from '@commerce/event-log/prepare';
import { Problem } from '@commerce/service-kit/problems';
import type { Pool } from 'pg';
import type { RunCommand } from '../../commands.ts';
import type { CheckCustomerId } from '../../customer-ids.ts';
import { problems } from '../../problems.ts';
import { versionProblem } from '../../requests.http.ts';
import type { Cart, KnownProduct } from './cart.ts';
import type { CartOrderForm, PlacedOrder } from './checkout.ts';
import { CartRefused, cartProblems } from './problems.ts';

export interface CartPorts {
  /** From the last change of a cart to the moment when it counts as abandoned. */
  readonly quietMs: number;
  /** What the catalogue has of these products, by sku. */
  readonly findProducts: (skus: readonly string[]) => Promise<ReadonlyMap<string, KnownProduct>>;
  /**
   * The intake of POST /orders: one key of one client is one order. Throws `Problem`; one with a status below 500 says that
   * nothing was placed.
   */
  readonly placeOrder: (form: CartOrderForm, key: string, caller: { readonly clientId: string }, trigger: Omit<Trigger, 'causationId'>) => Promise<PlacedOrder>;
}

export interface CartsApi extends CartPorts {
  readonly pool: Pool;
  readonly run: RunCommand<Cart>;
  readonly checkId: CheckCustomerId;
}

/** Turns what a decision refuses into problems. */
export function refused(error: unknown): never {
  if (error instanceof CartRefused) throw new Problem({ ...problems, ...cartProblems }[error.code], error.detail === undefined ? {} : { detail: error.detail });
  if (error instanceof EventTooLarge) throw new Problem(problems.order_too_large, { cause: error });
  throw versionProblem(error);
}
