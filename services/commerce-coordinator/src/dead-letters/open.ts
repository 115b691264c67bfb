/** The tool for dead letters as this service mounts it: with its queue, its requests, and its record of what people do. */
import type { DeadLettersOptions } from '@commerce/dead-letters/open';
import type { Decided, Recorder } from '@commerce/dead-letters/act';
import { openDeadLetters as openTool } from '@commerce/dead-letters/open';
import { apply } from '@commerce/event-log/extension';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { defineExtension } from '@commerce/signals/extension';
import { inputDecision } from '@commerce/signals/sending';
import { audit, reasonForm } from '../audit.ts';
import { pageProblems, triggerOf } from '../requests.http.ts';

/** It has no handlers and keeps no rows of its own: it sends the record of what people ask for. */
const DEAD_LETTERS = defineExtension({
  name: 'dead-letters', description: 'What people do with dead letters.', source: 'order-service', signals: [], handlers: {},
  store: { load: async () => new Map<string, object>(), save: async () => undefined }, open: (): void => undefined,
});

const RECORDER: Recorder = {
  source: DEAD_LETTERS.source,
  recorded: <State>(decide: (state: State | undefined) => Decided<State>) => inputDecision<State>(DEAD_LETTERS, (run, context) => {
    const { state, act } = decide(run);
    if (act !== undefined) audit(act, context);
    return apply(state);
  }),
};

/** Gives the way to close it. */
export function openDeadLetters(app: HttpApp, options: Omit<DeadLettersOptions, 'requests' | 'recorder'>): () => Promise<void> {
  return openTool(app, { ...options, requests: { triggerOf, reasonForm, invalidCursor: pageProblems.invalid_cursor }, recorder: RECORDER });
}
