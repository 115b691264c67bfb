/**
 * The rows of the tail, the newest on top; only what is seen is drawn. Whoever has scrolled down keeps what he reads under his eyes while
 * more comes in above.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { LiveEvent } from '../../live.ts';
import { Moment } from '../../parts/moment.tsx';
import { EventName, SubjectLink } from '../events/event-name.tsx';
import { gistOf } from '../events/gist.ts';

const ROW_PX = 34;

/** `rows`: the oldest first. `letGo`: how many were dropped at the old end. */
export function TailList({ rows, letGo }: { readonly rows: readonly LiveEvent[]; readonly letGo: number }): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 8 });
  const isScrolled = (virtual.scrollOffset ?? 0) > 0;
  const before = useRef(0);
  const total = rows.length + letGo;
  useLayoutEffect(() => {
    const more = total - before.current;
    before.current = total;
    const element = scroller.current;
    // What the list knows of its place costs nothing; asking the element costs a layout.
    if (element !== null && more > 0 && isScrolled) element.scrollTop += more * ROW_PX;
  }, [total, isScrolled]);
  return (
    <div className="table tail" role="table" aria-label="Live events, the newest first" aria-rowcount={rows.length + 1}>
      <div role="rowgroup"><div role="row" className="table-head" aria-rowindex={1}>
        <div role="columnheader" className="cell">Time</div><div role="columnheader" className="cell">Event</div><div role="columnheader" className="cell">About</div>
        <div role="columnheader" className="cell extra">By</div><div role="columnheader" className="cell extra">It says</div>
      </div></div>
      <div className="table-scroll" ref={scroller} tabIndex={0} role="rowgroup" aria-label="Live events, rows">
        <div className="table-space" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const event = rows[rows.length - 1 - index];
            return event === undefined ? null : (
              <div key={event.eventId} role="row" aria-rowindex={index + 2} className="table-row" style={{ height: ROW_PX, transform: `translateY(${start}px)` }}><Row event={event} /></div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const Row = memo(function Row({ event }: { readonly event: LiveEvent }): ReactNode {
  const gist = gistOf(event.data);
  return (
    <>
      <div role="cell" className="cell tail-time"><Moment at={event.recordedAt ?? event.timestamp} as="clock" /></div>
      <div role="cell" className="cell"><EventName eventId={event.eventId} name={event.name} />{event.test === true && <span className="soft"> test</span>}</div>
      <div role="cell" className="cell"><SubjectLink event={event} /></div>
      <div role="cell" className="cell extra soft">{event.handler ?? event.source}{event.attempt !== null && event.attempt !== undefined && event.attempt > 1 && `, attempt ${event.attempt}`}</div>
      <div role="cell" className="cell extra soft" title={gist}>{gist}</div>
    </>
  );
});
