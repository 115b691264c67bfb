/** The live tail as a view uses it: what the stream brings and the filter lets through, drawn ten times a second at most. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { LiveEvent } from '../../live.ts';
import { useLive } from '../../live.ts';
import { readHistoryPage } from '../events/history.ts';
import type { Filter } from './filter.ts';
import { readMissed } from './missed.ts';
import type { HistoryPage } from './missed.ts';
import { TailBuffer } from './tail-buffer.ts';
import type { TailMode } from './tail-buffer.ts';

/** Events that are kept: some megabytes. */
export const MOST = 5_000;
/** Events of history in one call; at the beginning, and for another filter, there is one. */
const PAGE = 200;
const DRAW_MS = 100;
const RATE_MS = 1_000;

export interface Tail {
  readonly mode: TailMode;
  /** The oldest first. */
  readonly rows: readonly LiveEvent[];
  readonly waiting: number;
  readonly letGo: number;
  /** Of those that the filter lets through. */
  readonly perSecond: number;
  /** What could not be read of history. */
  readonly problem: unknown;
}

export interface TailControl extends Tail {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly clear: () => void;
}

/** `named`: the name of a type, which history does not tell. */
export function useTail(filter: Filter, filterText: string, named: (type: string) => string): TailControl {
  const [tail] = useState(() => new TailBuffer<LiveEvent>(MOST));
  const [perSecond, setPerSecond] = useState(0);
  const [problem, setProblem] = useState<unknown>();
  const [shown, setShown] = useState(() => look(tail));
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const draw = (): void => {
    due.current ??= setTimeout(() => {
      due.current = undefined;
      setShown(look(tail));
    }, DRAW_MS);
  };
  const drawNow = (): void => setShown(look(tail));

  useLive((events) => {
    tail.take(events.filter(filter.matches));
    draw();
  });

  const read = async (cursor: string | undefined): Promise<HistoryPage<LiveEvent>> => {
    // History knows no names for webhooks, so a pattern that asks for one is judged here.
    const isForHistory = filter.pattern !== undefined && !filter.pattern.includes('"name"');
    const { items, nextCursor } = await readHistoryPage({ limit: PAGE, cursor, ...(isForHistory && { filter: filter.pattern }) });
    return { nextCursor, items: items.map((item) => ({ ...item, name: named(item.eventType), data: (item.data ?? {}) as LiveEvent['data'] })) };
  };

  // For another filter it begins anew, with what history has of it lately.
  const begin = useEffectEvent((isWanted: () => boolean) => {
    tail.clear();
    drawNow();
    setProblem(undefined);
    read(undefined).then(({ items }) => {
      if (!isWanted()) return;
      tail.begin(items.filter(filter.matches).toReversed());
      drawNow();
    }, (error: unknown) => {
      if (isWanted()) setProblem(error);
    });
  });
  const isNamed = named('OrderCreated') !== 'OrderCreated';
  useEffect(() => {
    let isWanted = true;
    begin(() => isWanted);
    return () => {
      isWanted = false;
    };
  }, [filterText, isNamed]);

  useEffect(() => {
    let before = tail.seen;
    const timer = setInterval(() => {
      const now = tail.seen;
      setPerSecond(Math.max(0, now - before));
      before = now;
    }, RATE_MS);
    return () => clearInterval(timer);
  }, [tail]);
  useEffect(() => () => {
    clearTimeout(due.current);
    due.current = undefined;
  }, []);

  const resume = (): void => {
    const behind = tail.resume();
    drawNow();
    if (tail.mode !== 'filling') return;
    setProblem(undefined);
    readMissed(read, filter.matches, behind, MOST).then(({ events, reached }) => tail.fillGap(events, reached), (error: unknown) => {
      tail.giveUp();
      setProblem(error);
    }).finally(drawNow);
  };
  return {
    ...shown, perSecond, problem, resume,
    pause: () => { tail.pause(); drawNow(); },
    clear: () => { tail.clear(); drawNow(); },
  };
}

function look({ mode, rows, waiting, letGo }: TailBuffer<LiveEvent>): Pick<Tail, 'mode' | 'rows' | 'waiting' | 'letGo'> {
  return { mode, rows, waiting, letGo };
}
