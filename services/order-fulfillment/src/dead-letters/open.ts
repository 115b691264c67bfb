/** The tool for dead letters as this service mounts it: of its own rows and of the queues of its bus, for it takes nothing from a queue. */
import type { Recorder } from '@commerce/dead-letters/act';
import { openDeadLetters as openTool } from '@commerce/dead-letters/open';
import type { DeadLettersOptions } from '@commerce/dead-letters/open';
import { apply } from '@commerce/event-log/extension';
import type { HttpApp } from '@commerce/service-kit/http-server';
import { recordOf } from '../audit.ts';
import { SOURCE } from '../fulfillments/events.ts';
import { reasonSchema } from '../fulfillments/request.ts';
import { triggerOf } from '../fulfillments/trigger.http.ts';
import { problems } from '../problems.ts';

const RECORDER: Recorder = {
  source: SOURCE,
  recorded: (decide) => (run) => {
    const { state, act } = decide(run);
    return apply(state, act === undefined ? [] : [recordOf(act, act)]);
  },
};

/** Gives the way to close it. */
export function openDeadLetters(app: HttpApp, options: Omit<DeadLettersOptions, 'requests' | 'recorder' | 'subscription'>): () => Promise<void> {
  return openTool(app, {
    ...options, requests: { triggerOf: (request) => triggerOf(request), reasonForm: reasonSchema, invalidCursor: problems.invalid_cursor }, recorder: RECORDER,
  });
}
