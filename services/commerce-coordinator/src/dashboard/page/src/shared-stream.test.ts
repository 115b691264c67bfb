/** One stream for several windows: who has it, and that nobody misses or hears twice. The browser is played. */
import { expect, test } from '@jest/globals';
import type { Source } from './live-hub.ts';
import { SharedStream } from './shared-stream.ts';
import type { Said, SharedPorts } from './shared-stream.ts';

class PlayedSource implements Source {
  readonly after: string | undefined;
  readyState = 0;
  readonly #heard = new Map<string, (event: { data: string; lastEventId: string }) => void>();

  constructor(after: string | undefined) {
    this.after = after;
  }

  addEventListener(type: string, heard: (event: { readonly data: string; readonly lastEventId: string }) => void): void {
    this.#heard.set(type, heard);
  }

  open(): void {
    this.readyState = 1;
    this.#say('open');
  }

  /** Events of the log, each at the place that is called like it. */
  events(...places: string[]): void {
    if (this.readyState === 1) for (const place of places) this.#say('message', place);
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.#say('error');
  }

  #say(type: string, place = ''): void {
    this.#heard.get(type)?.({ data: place, lastEventId: place });
  }

  close(): void {
    this.readyState = 2;
  }
}

/** A browser: the windows that wait to lead stand in their order. */
function play() {
  const sources: PlayedSource[] = [];
  const hearing = new Set<(said: Said) => void>();
  const waiting: { lead: () => Promise<void>; signal: AbortSignal }[] = [];
  const timers = new Set<() => void>();
  let isLed = false;
  const next = (): void => {
    const one = isLed ? undefined : waiting.shift();
    if (one === undefined) return;
    if (one.signal.aborted) return next();
    isLed = true;
    void follow(one.lead());
  };
  const follow = async (leading: Promise<void>): Promise<void> => {
    await leading;
    isLed = false;
    next();
  };
  const ports: SharedPorts = {
    open: (after) => {
      const source = new PlayedSource(after);
      sources.push(source);
      return source;
    },
    join: (hear) => {
      hearing.add(hear);
      return { say: (said) => { for (const other of hearing) if (other !== hear) queueMicrotask(() => hearing.has(other) && other(said)); }, leave: () => hearing.delete(hear) };
    },
    lead: (lead, signal) => {
      waiting.push({ lead, signal });
      queueMicrotask(next);
    },
    later: (_ms, act) => {
      timers.add(act);
      return () => timers.delete(act);
    },
  };
  const window = (place?: string) => {
    const stream = new SharedStream(place, ports);
    const heard: string[] = [];
    for (const type of ['open', 'error']) stream.addEventListener(type, () => heard.push(type));
    stream.addEventListener('message', ({ data }) => heard.push(data));
    return { stream, heard };
  };
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const isOpen = (): PlayedSource[] => sources.filter(({ readyState }) => readyState !== 2);
  return { window, sources, settled, isOpen, wait: () => { for (const act of timers) act(); } };
}

test('six windows have one stream, and each hears all of it', async () => {
  const browser = play();
  const windows = Array.from({ length: 6 }, () => browser.window());
  await browser.settled();
  browser.sources[0]?.open();
  browser.sources[0]?.events('1', '2');
  await browser.settled();
  expect(browser.sources).toHaveLength(1);
  expect(windows.map(({ heard }) => heard)).toEqual(windows.map(() => ['open', '1', '2']));
});

test('a window that comes later knows at once that the stream lives, and hears what comes from then on', async () => {
  const browser = play();
  browser.window();
  await browser.settled();
  browser.sources[0]?.open();
  browser.sources[0]?.events('1');
  const late = browser.window();
  await browser.settled();
  browser.sources[0]?.events('2');
  await browser.settled();
  expect(late.heard).toEqual(['open', '2']);
  expect(late.stream.readyState).toBe(1);
});

test('when the window that leads is closed another one goes on at the same place', async () => {
  const browser = play();
  const [first, second, third] = [browser.window(), browser.window(), browser.window()];
  await browser.settled();
  browser.sources[0]?.open();
  browser.sources[0]?.events('1', '2');
  await browser.settled();
  first.stream.close();
  await browser.settled();
  expect(browser.sources.map(({ after }) => after)).toEqual([undefined, '2']);
  browser.sources[1]?.open();
  browser.sources[1]?.events('3');
  await browser.settled();
  expect([second.heard, third.heard]).toEqual([['open', '1', '2', '3'], ['open', '1', '2', '3']]);
  expect(browser.isOpen()).toHaveLength(1);
});

test('a window that comes back with an older place catches up by itself, and then follows: when its stream meets the leader, and when the leader meets it', async () => {
  for (const isFirst of [true, false]) {
    const browser = play();
    browser.window();
    await browser.settled();
    const [leading] = browser.sources;
    leading?.open();
    leading?.events('1', '2', '3');
    const back = browser.window('1');
    await browser.settled();
    const own = browser.sources[1];
    expect(own?.after).toBe('1');
    own?.open();
    if (isFirst) {
      leading?.events('4', '5');
      await browser.settled();
      own?.events('2', '3', '4', '5');
    } else {
      own?.events('2', '3', '4', '5');
      leading?.events('4', '5');
      await browser.settled();
    }
    leading?.events('6');
    await browser.settled();
    expect(back.heard).toEqual(['open', '2', '3', '4', '5', '6']);
    expect(own?.readyState).toBe(2);
  }
});

test('a window that comes back to the same place needs no stream of its own', async () => {
  const browser = play();
  browser.window();
  await browser.settled();
  browser.sources[0]?.open();
  browser.sources[0]?.events('1');
  const back = browser.window('1');
  await browser.settled();
  browser.sources[0]?.events('2');
  await browser.settled();
  expect([browser.sources.length, back.heard]).toEqual([1, ['open', '2']]);
});

test('a cut is told to all, and when the stream is there again they go on', async () => {
  const browser = play();
  const [, follower] = [browser.window(), browser.window()];
  await browser.settled();
  const [leading] = browser.sources;
  leading?.open();
  leading?.events('1');
  leading?.fail(0);
  await browser.settled();
  expect([follower.heard, follower.stream.readyState]).toEqual([['open', '1', 'error'], 0]);
  leading?.open();
  leading?.events('2');
  await browser.settled();
  expect(follower.heard).toEqual(['open', '1', 'error', 'open', '2']);
});

test('one that is refused is over, and leaves the lead to another', async () => {
  const browser = play();
  const [first] = [browser.window(), browser.window()];
  await browser.settled();
  browser.sources[0]?.fail(2);
  await browser.settled();
  expect([first.heard, first.stream.readyState, browser.sources.length]).toEqual([['error'], 2, 2]);
});

test('whom nobody answers in time has a stream of his own', async () => {
  const browser = play();
  browser.window();
  await browser.settled();
  // Its stream is not there yet: it answers nobody.
  const second = browser.window('7');
  await browser.settled();
  browser.wait();
  expect(browser.sources.map(({ after }) => after)).toEqual([undefined, '7']);
  browser.sources[1]?.open();
  browser.sources[1]?.events('8');
  expect(second.heard).toEqual(['open', '8']);
});
