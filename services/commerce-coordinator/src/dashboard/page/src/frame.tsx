/** What stands around every view: navigation, who is signed in, whether the stream lives, and at the foot the calls that the view makes. */
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { callLog } from './call-log.ts';
import { useLive, useLiveState } from './live.ts';
import type { Gap, LiveState } from './live-hub.ts';
import { Calls } from './parts/calls.tsx';
import { Empty } from './parts/empty.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Waiting } from './parts/waiting.tsx';
import { signOut, useSession } from './session.tsx';
import { chooseTheme, chosenTheme } from './theme.ts';
import type { Theme } from './theme.ts';
import { useTitle } from './title.ts';
import { VIEWS } from './views.ts';
import type { View } from './views.ts';

export function Frame(): ReactNode {
  const [path] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const views = useViews();
  const before = useRef(path);
  useEffect(() => {
    callLog.clear();
    setOpen(false);
    const main = document.getElementById('view');
    main?.scrollTo(0, 0);
    // Who reads by ear, or goes by keys, is where the new view begins; when the page opens he is at its top.
    if (before.current !== path) main?.focus({ preventScroll: true });
    before.current = path;
  }, [path]);
  return (
    <div className="frame">
      <a className="skip" href="#view">Skip to the view</a>
      <header className="top">
        <button type="button" className="menu-button" aria-expanded={isOpen} aria-controls="navigation" onClick={() => setOpen(!isOpen)}><span aria-hidden="true">☰</span><span className="only-read">Menu</span></button>
        <Link href="/" className="brand"><img src="/dashboard/icon.svg" alt="" width="24" height="24" />Commerce Coordinator</Link>
        <LiveMark />
        <Who />
      </header>
      <nav id="navigation" className={isOpen ? 'navigation open' : 'navigation'} aria-label="Views">
        <ul>{views.filter(({ isInner }) => isInner !== true).map((view) => <NavigationItem key={view.path} view={view} />)}</ul>
        <ul className="beside">
          <li><a href="/docs/guide/"><span className="sign" aria-hidden="true">?</span>Guide</a></li>
          <li><a href="/docs"><span className="sign" aria-hidden="true">{'{}'}</span>API</a></li>
        </ul>
      </nav>
      <main id="view" tabIndex={-1}>
        <ErrorBoundary key={path}>
          <Switch>
            {views.map(({ path: address, name, guide, view: Shown }) => <Route key={address} path={address}><Titled text={name} /><Suspense fallback={<Waiting />}><Shown /></Suspense><p className="about-view soft"><a href={guide}>About this view, in the guide</a></p></Route>)}
            <Route><Titled text="No such view" /><Empty title="There is no such view">Choose one on the left. Some are shown only to who may read them.</Empty></Route>
          </Switch>
        </ErrorBoundary>
        <Calls />
      </main>
    </div>
  );
}

/** Stands before the view, which may know a better one. */
function Titled({ text }: { readonly text: string }): ReactNode {
  useTitle(text);
  return null;
}

function useViews(): View[] {
  const { scopes, development } = useSession();
  return VIEWS.filter(({ scope, developmentOnly }) => scopes.includes(scope) && (development || developmentOnly !== true));
}

function NavigationItem({ view: { path, name, sign } }: { readonly view: View }): ReactNode {
  const [at] = useLocation();
  const isHere = path === '/' ? at === '/' : at === path || at.startsWith(`${path}/`);
  return <li><Link href={path} aria-current={isHere ? 'page' : undefined}><span className="sign" aria-hidden="true">{sign}</span>{name}</Link></li>;
}

const LIVE_WORDS: Readonly<Record<LiveState['code'], string>> = { connecting: 'connecting', live: 'live', behind: 'catching up', held: 'held back', lost: 'cut off, trying again' };
const LIVE_SIGNS: Readonly<Record<LiveState['code'], string>> = { connecting: '◌', live: '●', behind: '◐', held: '◑', lost: '○' };

const GAP_WORDS: Readonly<Record<Gap, readonly [word: string, text: string]>> = {
  removed: ['events removed', 'Events were removed, past their retention, before this tab saw them.'],
  restored: ['log restored', 'The log was restored: what was seen last may not be in it any more.'],
  too_many: ['too many events', 'More events came than this tab could take.'],
  no_place: ['place lost', 'The stream had to begin anew: what came meanwhile was not seen here.'],
};

function LiveMark(): ReactNode {
  // The stream lives as long as the page does, so that every view is fresh.
  useLive(() => undefined);
  const { code, sinceSeconds, gap, gaps } = useLiveState();
  const queries = useQueryClient();
  useEffect(() => {
    // Nobody was told what has changed.
    if (gaps > 0) void queries.invalidateQueries();
  }, [gaps, queries]);
  return (
    <span className={`live-mark ${code} ${gap === undefined ? '' : 'gap'}`} role="status" title={gap && `${GAP_WORDS[gap][1]} Figures and lists were read again; load the page anew to see the rest.`}>
      <span aria-hidden="true">{LIVE_SIGNS[code]}</span> {LIVE_WORDS[code]}{sinceSeconds === undefined ? '' : ` ${Math.round(sinceSeconds)} s`}{gap === undefined ? '' : `, with a gap (${GAP_WORDS[gap][0]}): reload`}
    </span>
  );
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

function Who(): ReactNode {
  const { user, role } = useSession();
  const [theme, setTheme] = useState(chosenTheme);
  return (
    <details className="who">
      <summary>{user.name} <span className="soft">{role}</span></summary>
      <div className="who-menu">
        <label>Colours{' '}
          <select value={theme} onChange={({ target }) => { const chosen = target.value as Theme; chooseTheme(chosen); setTheme(chosen); }}>
            {THEMES.map((one) => <option key={one} value={one}>{one === 'system' ? 'as the system' : one}</option>)}
          </select>
        </label>
        <button type="button" className="button" onClick={() => void signOut()}>Sign out</button>
      </div>
    </details>
  );
}
