/**
 * The one stream of events of this tab, over the browser's `EventSource`, and how components listen to it. How it lives is in `live-hub.ts`, how
 * the windows of one session share it in `shared-stream.ts`; a browser that cannot has one for each window.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { ApiProblem, callApi, sessionKey } from './api.ts';
import type { Schemas } from './api.ts';
import { LiveHub, pathBehind } from './live-hub.ts';
import type { LiveState, Source } from './live-hub.ts';
import { SharedStream } from './shared-stream.ts';
import type { Said } from './shared-stream.ts';

/** An event as history lists it, and its name for webhooks. */
export type LiveEvent = Omit<Schemas['EventEnvelope'], 'data'> & {
  readonly name: string;
  readonly topic: string; readonly subject: string; readonly origin: 'own' | 'foreign'; readonly recordedAt: string;
  readonly handler: string | null; readonly attempt: number | null; readonly data: Readonly<Record<string, unknown>>; readonly test?: boolean;
};

/** An `EventSource` does not tell why it was refused, so that is asked for once more. A session that has ended is noticed there, too. */
async function refusal(path: string): Promise<string | undefined> {
  try {
    const { body } = await callApi(new Request(new URL(path, location.origin)));
    await body?.cancel();
    return undefined;
  } catch (error) {
    return error instanceof ApiProblem ? error.code : 'unreachable';
  }
}

const eventSource = (place: string | undefined): Source => new EventSource(pathBehind(place), { withCredentials: true });

const later = (ms: number, act: () => void): (() => void) => {
  const id = setTimeout(act, ms);
  return () => clearTimeout(id);
};

/** Locks are there only over HTTPS and on the own machine. */
function openShared(place: string | undefined): Source {
  const key = sessionKey();
  if (key === undefined || !('locks' in navigator) || !('BroadcastChannel' in globalThis)) return eventSource(place);
  const name = `events ${key}`;
  return new SharedStream(place, {
    open: eventSource, later,
    join: (hear) => {
      const channel = new BroadcastChannel(name);
      channel.addEventListener('message', ({ data }: MessageEvent<Said>) => hear(data));
      return { say: channel.postMessage.bind(channel), leave: () => channel.close() };
    },
    lead: (lead, signal) => void navigator.locks.request(name, { signal }, lead).catch(() => undefined),
  });
}

export const live = new LiveHub<LiveEvent>({
  open: (_path, place) => openShared(place),
  refusal,
  isHidden: () => document.hidden,
  frame: (act) => {
    const id = requestAnimationFrame(act);
    return () => cancelAnimationFrame(id);
  },
  later,
});
document.addEventListener('visibilitychange', live.seen);

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.watch, live.state);
}

/** Calls `heard` with each batch while the component is there. */
export function useLive(heard: (events: readonly LiveEvent[]) => void): void {
  const latest = useEffectEvent(heard);
  useEffect(() => live.hear((events) => latest(events)), []);
}

/**
 * Has what was read read again when events come that it is about, at once and then at most once in `everyMs`.
 * `key`: as `$api.queryOptions(…).queryKey`, or the beginning of it: `['get', '/orders/care']`.
 */
export function useLiveRefresh(key: readonly unknown[], isAbout: (event: LiveEvent) => boolean = () => true, everyMs = 1_000): void {
  const queries = useQueryClient();
  const refresh = useEffectEvent(() => void queries.invalidateQueries({ queryKey: key }));
  const concerns = useEffectEvent(isAbout);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let again = false;
    const run = (): void => {
      refresh();
      again = false;
      waiting = setTimeout(() => {
        waiting = undefined;
        if (again) run();
      }, everyMs);
    };
    const leave = live.hear((events) => {
      if (!events.some((event) => concerns(event))) return;
      if (waiting === undefined) run();
      else again = true;
    });
    return () => {
      leave();
      clearTimeout(waiting);
    };
  }, [everyMs]);
}
