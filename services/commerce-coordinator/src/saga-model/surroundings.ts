/** What is around the coordinator of the model: a simulation puts its own in the place of any of it. */
import type { MemoryWatcher } from '@commerce/event-log/memory-log';
import type { FanOutParts } from '../extensions/webhooks/fan-out.ts';
import type { Fulfiller } from '../extensions/fulfillment/fulfiller.ts';
import type { ToldOutcome } from './fulfiller-books.ts';
import type { Mail } from './mail.ts';

/** A line as the books of the fulfilling side have it; `fate` is `kept` for one that its provider does not take back. */
interface BookedLine {
  readonly lineId: string;
  readonly status: string;
  readonly fate: string;
}

/** The fulfilling side: its port, and what the rules may know of its books. */
export interface FulfillingSide {
  readonly port: Fulfiller;
  /** What it has told, and may tell next; a simulation has its own way for that. */
  readonly told: readonly ToldOutcome[];
  untold(): { readonly what: () => string; readonly tell: () => void }[];
  of(orderId: string): readonly { readonly status: string; readonly lines: readonly BookedLine[] }[];
  /** Lines of an order that stand delivered. */
  delivered(orderId: string): string[];
  /** Orders that were to be called off or taken back. */
  readonly calledOff: ReadonlySet<string>;
  readonly hasForgotten: boolean;
  forget(orderId: string): void;
  undo(orderId: string): void;
}

/** What is left out is the model's own. */
export interface Surroundings {
  readonly nowMs?: () => number;
  readonly uuid?: () => string;
  readonly random?: () => number;
  /** Carries what is asked of the payment provider. */
  readonly mail?: Pick<Mail, 'send'>;
  readonly of?: FulfillingSide;
  /** How long an outcome may be on its way before it is looked for, in ms. */
  readonly patienceMs?: number;
  /** Who wants webhooks. */
  readonly registry?: FanOutParts['registry'];
  /** Carries out what a request or a job writes at once; throws where the database fails before that, or after it. */
  readonly transact?: <Result>(write: () => Result) => Result;
  /** Sees what the rules see, and hands it on to them. */
  readonly watcher?: (rules: MemoryWatcher) => MemoryWatcher;
}
