/**
 * One event as the input of one transactional handler. An event in a version that the catalogue does not know waits for a
 * build that knows it.
 */
import type { Input } from './change.pg.ts';
import { isReadable } from './current-form.ts';
import type { StoredEvent } from './event.ts';
import { triggerOf } from './event.ts';
import type { AnyState } from './map.ts';
import type { EventLog } from './log.pg.ts';
import type { ReaderOptions } from './reader-options.ts';

/** First word of the reason, and code of the parked row, of an event whose version is not known. */
export const UNKNOWN_VERSION = 'unknown_version';

/** Why an event of such a version waits. */
export function unknownVersion({ type, version }: Pick<StoredEvent, 'type' | 'version'>): string {
  return `${UNKNOWN_VERSION} ${type} ${version}`;
}

/** What it takes to understand an event: its entries, and who hears it. */
export interface Understanding extends Pick<ReaderOptions, 'mapped'> {
  readonly log: Pick<EventLog, 'catalogue'>;
}

/** `attempt`: which run of the handler for this event it is. */
export function handlerInput({ log, mapped }: Understanding, name: string, event: StoredEvent, attempt = 1): Input<AnyState> {
  const handler = mapped.extension.handlers[name];
  const plain = { subject: event.subject, handler: name, attempt, trigger: triggerOf(event), event };
  if (!isReadable(log.catalogue, event)) {
    return { ...plain, decide: () => ({ kind: 'notYet', reason: unknownVersion(event) }) };
  }
  const input: Input<AnyState> = {
    ...plain,
    decide: (state, context) => {
      if (handler === undefined) throw new Error(`The extension has no handler ${name}.`);
      return handler.decide(state, event, context);
    },
  };
  if (handler?.also === undefined) return input;
  try {
    return { ...input, also: handler.also(event) };
  } catch (error) {
    return failing(input, error);
  }
}

/** The same input, failed before it is decided: it is charged with what the database said of its write. */
export function failing(input: Input<AnyState>, error: unknown): Input<AnyState> {
  return {
    ...input,
    decide: () => {
      throw error;
    },
  };
}
