/** What the list of orders needing care is narrowed to: in the address, for the call, in words. Pure. */
import type { operations } from '../../openapi.ts';

export type CareQuery = Omit<NonNullable<operations['listOrdersNeedingCare']['parameters']['query']>, 'cursor' | 'limit'>;
export type CareCounts = operations['countOrdersNeedingCare']['responses'][200]['content']['application/json'];

export const WAITED_ON = ['fulfillment', 'payments', 'inventory', 'shipping', 'notifications', 'person', 'other'] as const;
export type WaitedOn = (typeof WAITED_ON)[number];

export const SHOWN = ['stuck', 'retrying', 'given_up', 'held'] as const;
export type Shown = (typeof SHOWN)[number];

export interface ShownWords {
  readonly name: string;
  readonly tone: 'warn' | 'bad' | 'held' | 'busy';
  readonly count: (counts: CareCounts) => number;
  readonly query: CareQuery;
  /** Nothing is there. */
  readonly none: string;
}

export const SHOWN_WORDS: Readonly<Record<Shown, ShownWords>> = {
  stuck: { name: 'Stuck', tone: 'bad', count: ({ pastPromise }) => pastPromise, query: { pastPromise: 'true' }, none: 'No order is past its promised time.' },
  retrying: { name: 'Retrying', tone: 'warn', count: ({ causes }) => causes.failing, query: { cause: 'failing' }, none: 'Nothing is being tried again.' },
  given_up: { name: 'Dead letters', tone: 'bad', count: ({ givenUp }) => givenUp, query: { givenUp: 'true' }, none: 'Nothing of any order was given up.' },
  held: { name: 'On hold', tone: 'held', count: ({ onHold }) => onHold, query: { status: 'on_hold' }, none: 'No order is held for a person.' },
};

export const WAITED_ON_WORDS: Readonly<Record<WaitedOn, string>> = {
  fulfillment: 'the fulfilling side', payments: 'the payment provider', inventory: 'the inventory', shipping: 'the shipment', notifications: 'the mail server', person: 'a person', other: 'something else',
};

export interface CareFilter {
  readonly show: string;
  readonly on: string;
}

const isShown = (text: string): text is Shown => (SHOWN as readonly string[]).includes(text);
const isWaitedOn = (text: string): text is WaitedOn => (WAITED_ON as readonly string[]).includes(text);

/** The query of GET /orders/care. What nobody knows is left out. */
export function careQuery({ show, on }: CareFilter): CareQuery {
  return { retrying: 'true', ...(isShown(show) && SHOWN_WORDS[show].query), ...(isWaitedOn(on) && { waitsOn: on }) };
}

/** The address of the view with one part of the filter changed; the same again takes it out. */
export function careHref(filter: CareFilter, change: Partial<CareFilter>): string {
  const query = new URLSearchParams();
  for (const part of ['show', 'on'] as const) {
    const wanted = change[part];
    const value = wanted === undefined ? filter[part] : wanted === filter[part] ? '' : wanted;
    if (value !== '') query.set(part, value);
  }
  return query.size === 0 ? '/care' : `/care?${query.toString()}`;
}

/** What an empty list says. */
export function noneText({ show, on }: CareFilter): string {
  if (isWaitedOn(on)) return `No order${isShown(show) ? ' of these' : ''} waits on ${WAITED_ON_WORDS[on]}.`;
  return isShown(show) ? SHOWN_WORDS[show].none : 'No order needs care.';
}
