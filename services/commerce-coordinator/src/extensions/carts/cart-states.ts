/** The states of a cart and what moves it, as data, checked at start. */
import type { StateTable } from '@commerce/service-kit/state-table';

export const CART_STATUSES = ['open', 'abandoned', 'checking_out', 'checked_out'] as const;
export type CartStatus = (typeof CART_STATUSES)[number];

/** What moves a cart: its items were changed, its quiet time is over, an order was asked for, placed, refused. */
export type CartInput = 'change' | 'quiet' | 'check_out' | 'placed' | 'refused';

export const CART_STATES: StateTable<CartStatus, CartInput> = {
  name: 'cart',
  initial: 'open',
  states: {
    open: { terminal: false, meaning: 'Products go in and out.' },
    abandoned: { terminal: false, meaning: 'Nobody has touched it for its quiet time; a change opens it again.' },
    checking_out: { terminal: false, meaning: 'Its order is being placed; its items are fixed.' },
    checked_out: { terminal: true, meaning: 'It has become an order.' },
  },
  transitions: [
    { from: 'open', on: 'change', to: 'open' },
    { from: 'abandoned', on: 'change', to: 'open' },
    { from: 'open', on: 'quiet', to: 'abandoned' },
    { from: 'open', on: 'check_out', to: 'checking_out' },
    { from: 'abandoned', on: 'check_out', to: 'checking_out' },
    { from: 'checking_out', on: 'placed', to: 'checked_out' },
    { from: 'checking_out', on: 'refused', to: 'open' },
    // One request was refused while another one with the same key was taken: the order counts.
    { from: 'open', on: 'placed', to: 'checked_out' },
    { from: 'abandoned', on: 'placed', to: 'checked_out' },
  ],
};
