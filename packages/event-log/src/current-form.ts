/**
 * Every handler sees an event in the current version of its type, whatever version it was written in: the stored event stays as
 * it was, and so do its id and its digest.
 *
 * An event whose version is not known has no such form; nobody may be called with it. A step that fails is a failure of the
 * handler that needed it.
 */
import type { Catalogue } from '@commerce/events/catalogue';
import type { StoredEvent } from './event.ts';
import type { EffectHandler, EffectJob, TransactionalHandler } from './extension.ts';
import type { AnyExtension, AnyState } from './map.ts';
import { PersonalDataChanged } from './personal.ts';

/** Can the handlers of this build read it? */
export function isReadable(catalogue: Catalogue, { type, version }: Pick<StoredEvent, 'type' | 'version'>): boolean {
  return version in catalogue.entry(type).versions;
}

/** The event as it is read today; itself when it was written so. Throws `UnknownEventVersion`, `InvalidEvent`, `PersonalDataChanged`, and what a step throws. */
export function inCurrentForm(catalogue: Catalogue, event: StoredEvent): StoredEvent {
  if (event.isUnreadable === true) throw new PersonalDataChanged(event);
  const data = catalogue.toCurrent(event.type, event.version, event.data);
  return data === event.data ? event : { ...event, version: catalogue.currentVersion(event.type), data };
}

/** The extension, with handlers that are given events in their current form. */
export function readingCurrentForms(catalogue: Catalogue, extension: AnyExtension): AnyExtension {
  const current = (event: StoredEvent): StoredEvent => inCurrentForm(catalogue, event);
  return {
    ...extension,
    handlers: mapValues(extension.handlers, ({ also, decide }): TransactionalHandler<AnyState> => ({
      decide: (state, event, context) => decide(state, current(event), context),
      ...(also !== undefined && { also: (event) => also(current(event)) }),
    })),
    effects: mapValues(extension.effects, (handler): EffectHandler<AnyState, never> => readingEffect(handler, current)),
  };
}

function readingEffect(handler: EffectHandler<AnyState, never>, current: (event: StoredEvent) => StoredEvent): EffectHandler<AnyState, never> {
  const { run, settle, refused, isNeeded, skip, afterKey } = handler;
  const ofJob = (job: EffectJob): EffectJob => ({ ...job, event: current(job.event) });
  return {
    ...handler,
    run: async (job) => run(ofJob(job)),
    settle: (state, result, event, context) => settle(state, result, current(event), context),
    ...(refused !== undefined && { refused: (state, refusal, event, context) => refused(state, refusal, current(event), context) }),
    ...(isNeeded !== undefined && { isNeeded: (event) => judged(isNeeded, event, current) ?? true }),
    ...(skip !== undefined && { skip: (event) => judged(skip, event, current) }),
    ...(afterKey !== undefined && { afterKey: async (job) => afterKey(ofJob(job)) }),
  };
}

/** Of one whose step fails nothing can be told: its run fails, and says why. */
function judged<Judgement>(judge: (event: StoredEvent) => Judgement, event: StoredEvent, current: (event: StoredEvent) => StoredEvent): Judgement | undefined {
  let read: StoredEvent;
  try {
    read = current(event);
  } catch {
    return undefined;
  }
  return judge(read);
}

function mapValues<Value>(record: Readonly<Record<string, Value>>, change: (value: Value) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
