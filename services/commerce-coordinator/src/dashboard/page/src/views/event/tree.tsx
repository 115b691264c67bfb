/** The tree of causes: walked with the arrows, opened with Enter. */
import { useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useLocation } from 'wouter';
import { spanText } from '../../parts/moment-text.ts';
import { toneOfEvent } from '../events/gist.ts';
import { treeOf, visibleRows, walked } from './cause-tree.ts';
import type { Walk } from './cause-tree.ts';
import type { StoryEvent, WholeStory } from './story.ts';

const RELATIONS = { cause: 'led to it', self: 'this event', after: 'came of it' } as const;

export function CauseTree({ story, named }: { readonly story: WholeStory; readonly named: (type: string) => string }): ReactNode {
  const rows = treeOf<StoryEvent>(story);
  const [walk, setWalk] = useState<Walk>({ at: story.causes.length, folded: new Set() });
  const [, go] = useLocation();
  const tree = useRef<HTMLDivElement>(null);
  const focus = (place: number): void => tree.current?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const id = rows[walk.at]?.event.eventId;
      if (id !== undefined) go(`/events/${id}`);
      return;
    }
    const next = walked(rows, walk, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setWalk(next);
    focus(next.at);
  };
  return (
    <div className="cause-tree" role="tree" aria-label="Causes, and what came of it" ref={tree} onKeyDown={press}>
      {visibleRows(rows, walk.folded).map((place) => {
        const row = rows[place];
        if (row === undefined) return null;
        const { event, level, relation, hasChildren, afterMs } = row;
        const isFolded = walk.folded.has(event.eventId);
        const name = named(event.eventType);
        return (
          <div
            key={event.eventId} role="treeitem" aria-level={level} aria-selected={relation === 'self'} {...(hasChildren && { 'aria-expanded': !isFolded })} tabIndex={place === walk.at ? 0 : -1} data-place={place}
            className={`cause-row ${relation}`} ref={(element) => element?.style.setProperty('--level', String(level - 1))}
            onClick={() => { if (relation !== 'self') go(`/events/${event.eventId}`); }}
          >
            <button type="button" tabIndex={-1} className="fold" aria-hidden="true" onClick={(pressed) => { pressed.stopPropagation(); const next = walked(rows, { ...walk, at: place }, isFolded ? 'ArrowRight' : 'ArrowLeft'); if (next !== undefined && hasChildren) setWalk({ ...next, at: place }); }}>{hasChildren ? (isFolded ? '▸' : '▾') : '·'}</button>
            <span className={`event-name ${toneOfEvent(name)}`}>{name}</span>
            <span className="soft cause-by">{event.handler === null ? event.source : `${event.handler}${event.attempt !== null && event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`}</span>
            <Runs event={event} />
            <span className="soft cause-when">{relation === 'self' && <b>{RELATIONS.self} </b>}+{spanText(afterMs)}</span>
          </div>
        );
      })}
    </div>
  );
}

/** What did not go by itself: signs with their words. */
function Runs({ event: { runs } }: { readonly event: StoryEvent }): ReactNode {
  const failed = runs.filter(({ state }) => state === 'failed').length;
  const ignored = runs.filter(({ state }) => state === 'ignored').length;
  const open = runs.filter(({ state }) => state === 'ready' || state === 'waiting' || state === 'behind').length;
  const dead = runs.filter(({ state }) => state === 'dead').length;
  return (
    <span className="cause-runs">
      {dead > 0 && <span className="status bad">✕ {dead} given up</span>}
      {failed > 0 && <span className="status warn">△ {failed} failed</span>}
      {open > 0 && <span className="status busy">◔ {open} open</span>}
      {ignored > 0 && <span className="status plain">○ {ignored} ignored</span>}
    </span>
  );
}
