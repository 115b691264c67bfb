/** An event with its story, as the API tells it, and what each of its handlers made of it. */
import type { WholeStory } from '../events/history.ts';

export type { WholeStory } from '../events/history.ts';
export type StoryEvent = Omit<WholeStory['following'][number], 'depth'>;
export type Run = StoryEvent['runs'][number];

export interface Heard {
  readonly handler: string;
  /** `done`: nothing of it is open, and nothing failed last. */
  readonly state: Run['state'] | 'done';
  /** Its runs, the newest last. */
  readonly runs: readonly Run[];
  /** Types of the events that it appended because of this one. */
  readonly made: readonly { readonly eventId: string; readonly eventType: string }[];
}

/** What matters most of a handler comes first. */
const ORDER: readonly Heard['state'][] = ['dead', 'behind', 'waiting', 'ready', 'failed', 'ignored', 'done'];

/** Every handler that hears it now, or has left a trace of a run. */
export function heardOf(event: Pick<StoryEvent, 'eventId' | 'handlers' | 'runs'>, following: readonly Pick<StoryEvent, 'eventId' | 'eventType' | 'causationId' | 'handler'>[]): Heard[] {
  const names = [...new Set([...event.handlers, ...event.runs.map(({ handler }) => handler)])];
  const heard = names.map((handler): Heard => {
    const runs = event.runs.filter((run) => run.handler === handler);
    const made = following.filter((one) => one.causationId === event.eventId && one.handler === handler).map(({ eventId, eventType }) => ({ eventId, eventType }));
    return { handler, runs, made, state: stateOf(runs, made.length > 0) };
  });
  return heard.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

function stateOf(runs: readonly Run[], hasMade: boolean): Heard['state'] {
  const open = ORDER.find((state) => ['dead', 'behind', 'waiting', 'ready'].includes(state) && runs.some((run) => run.state === state));
  if (open !== undefined) return open;
  const last = runs.at(-1)?.state;
  // A failed attempt with nothing open behind it was followed by one that went well.
  return last === 'ignored' && !hasMade ? 'ignored' : 'done';
}

/** The name under which a run that was given up lies among the dead letters. */
export function letterIdOf(handler: string, eventId: string): string {
  return `work:${handler}:${eventId}`;
}
