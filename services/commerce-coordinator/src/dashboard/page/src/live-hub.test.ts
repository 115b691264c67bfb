/** The stream of a tab: over cuts, refusals, a restored log and a tab that nobody sees. The browser is played, its time as well. */
import { expect, test } from '@jest/globals';
import { LiveHub, MOST_WAITING, RESTS_AFTER_MS } from './live-hub.ts';
import type { Source } from './live-hub.ts';

class PlayedSource implements Source {
  readonly path: string;
  readyState = 0;
  readonly #heard = new Map<string, (event: { data: string; lastEventId: string }) => void>();

  constructor(path: string) {
    this.path = path;
  }

  addEventListener(type: string, heard: (event: { readonly data: string; readonly lastEventId: string }) => void): void {
    this.#heard.set(type, heard);
  }

  say(type: string, data: unknown = null, lastEventId = ''): void {
    this.#heard.get(type)?.({ data: JSON.stringify(data), lastEventId });
  }

  refuse(): void {
    this.readyState = 2;
    this.say('error');
  }

  close(): void {
    this.readyState = 2;
  }
}

function play(refusals: readonly (string | undefined)[] = []) {
  const sources: PlayedSource[] = [];
  const timers = new Set<{ readonly atMs: number; readonly act: () => void }>();
  const frames = new Set<() => void>();
  const asked: string[] = [];
  const page = { isHidden: false };
  let nowMs = 0;
  const hub = new LiveHub<number>({
    open: (path) => {
      const source = new PlayedSource(path);
      sources.push(source);
      return source;
    },
    refusal: async (path) => {
      asked.push(path);
      return refusals[asked.length - 1];
    },
    isHidden: () => page.isHidden,
    frame: (act) => {
      frames.add(act);
      return () => frames.delete(act);
    },
    later: (ms, act) => {
      const timer = { atMs: nowMs + ms, act };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const batches: (readonly number[])[] = [];
  const leave = hub.hear((events) => batches.push(events));
  return {
    hub, sources, batches, frames, asked, leave,
    last: (): PlayedSource => sources.at(-1) as PlayedSource,
    draw: (): void => {
      for (const act of frames) if (frames.delete(act)) act();
    },
    pass: async (ms: number): Promise<void> => {
      nowMs += ms;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) if (timers.delete(timer)) timer.act();
      await Promise.resolve();
      await Promise.resolve();
    },
    show: (isShown: boolean): void => {
      page.isHidden = !isShown;
      hub.seen();
    },
  };
}

test('events come in one batch with the next frame, and without a frame after a moment', async () => {
  const { last, batches, draw, pass, frames } = play();
  last().say('message', 1, 'a');
  last().say('message', 2, 'b');
  expect(batches).toEqual([]);
  draw();
  expect(batches).toEqual([[1, 2]]);
  // A frame that was asked for is never drawn.
  last().say('message', 3, 'c');
  await pass(250);
  last().say('message', 4, 'd');
  await pass(250);
  expect([batches.slice(1), frames.size]).toEqual([[[3], [4]], 0]);
});

test('a tab that nobody sees lets its stream go after a while, and goes on at its place', async () => {
  const { hub, sources, last, pass, show } = play();
  last().say('open');
  last().say('notice', { code: 'live' }, 'p1');
  show(false);
  await pass(RESTS_AFTER_MS - 1);
  expect(last().readyState).toBe(0);
  last().say('message', 1, 'p/2');
  await pass(1);
  expect([last().readyState, hub.state().code]).toEqual([2, 'connecting']);
  // What was let go is not heard any more.
  last().say('message', 9, 'p9');
  show(true);
  expect(sources.map(({ path }) => path)).toEqual(['/api/events/stream', '/api/events/stream?after=p%2F2']);
  last().say('open');
  expect(hub.state()).toEqual({ code: 'live', sinceSeconds: undefined, gap: undefined, gaps: 0 });
});

test('a tab that is seen again in time keeps its stream', async () => {
  const { sources, last, pass, show } = play();
  show(false);
  await pass(RESTS_AFTER_MS - 1);
  show(true);
  await pass(RESTS_AFTER_MS);
  expect([sources.length, last().readyState]).toEqual([1, 0]);
});

test('a tab that was never seen lets its stream go, too', async () => {
  const { hub, leave, last, pass, show } = play();
  leave();
  await pass(1_000);
  show(false);
  hub.hear(() => undefined);
  await pass(RESTS_AFTER_MS);
  expect(last().readyState).toBe(2);
});

test('after a refusal it goes on at its place, and says nothing of a gap', async () => {
  const { hub, asked, sources, last, pass } = play(['too_many_streams', undefined]);
  last().say('open');
  last().say('message', 1, 'p1');
  last().refuse();
  expect(hub.state().code).toBe('lost');
  await pass(5_000);
  expect([asked, last().path]).toEqual([['/api/events/stream?after=p1'], '/api/events/stream?after=p1']);
  last().refuse();
  await pass(5_000);
  last().say('open');
  expect([sources.length, hub.state().gaps]).toEqual([3, 0]);
});

test('where its place is no place any more it begins anew, and the gap stays said', async () => {
  const { hub, last, pass } = play(['invalid_cursor']);
  last().say('open');
  last().say('message', 1, 'p1');
  last().refuse();
  await pass(5_000);
  expect(last().path).toBe('/api/events/stream');
  expect(hub.state().gaps).toBe(0);
  last().say('open');
  expect(hub.state()).toMatchObject({ code: 'live', gap: 'no_place', gaps: 1 });
  last().say('notice', { code: 'behind', sinceSeconds: 3 }, 'p2');
  expect(hub.state()).toEqual({ code: 'behind', sinceSeconds: 3, gap: 'no_place', gaps: 1 });
});

test('refused before it had any place, it says so when it is there', async () => {
  const { hub, asked, last, pass } = play();
  last().refuse();
  await pass(5_000);
  last().say('open');
  expect([asked, hub.state().gap]).toEqual([[], 'no_place']);
});

test('a restored log, removed events and more than can be held are gaps', () => {
  const { hub, last } = play();
  last().say('notice', { code: 'restored' }, 'p1');
  last().say('notice', { code: 'too_old' }, 'p1');
  expect(hub.state()).toMatchObject({ gap: 'removed', gaps: 2 });
  for (let n = 0; n <= MOST_WAITING; n += 1) last().say('message', n, 'p2');
  expect(hub.state()).toMatchObject({ gap: 'too_many', gaps: 3 });
});

test('with nobody to listen it is closed', async () => {
  const { leave, last, pass } = play();
  leave();
  await pass(1_000);
  expect(last().readyState).toBe(2);
});
