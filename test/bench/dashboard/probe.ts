/** What watches from inside of the page, as text for the browser: when something is first painted, how long frames take, which event is on top of the tail. */

export interface Frames {
  /** Between two frames that were drawn, in ms. */
  readonly gapsMs: readonly number[];
  /** Frames of more than 50 ms, by what the browser says of its own work: the whole, and what kept the page from answering. */
  readonly long: readonly { readonly ms: number; readonly blockingMs: number }[];
}

/** When the list changed, Unix ms, and the id of the event on top of it. */
export type Top = readonly [atMs: number, eventId: string];

/** `window.probe`, before anything of the page runs. */
export const PROBE = `window.probe = {
  painted(selector) {
    return new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(selector) === null) return false;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        return true;
      };
      const observer = new MutationObserver(look);
      if (!look()) observer.observe(document, { subtree: true, childList: true });
    });
  },
  watchFrames() {
    this.gapsMs = [];
    this.long = [];
    let last;
    const tick = (at) => {
      if (last !== undefined) this.gapsMs.push(at - last);
      last = at;
      this.next = requestAnimationFrame(tick);
    };
    this.next = requestAnimationFrame(tick);
    this.observer = new PerformanceObserver((list) => this.long.push(...list.getEntries().map(({ duration, blockingDuration }) => ({ ms: duration, blockingMs: blockingDuration }))));
    this.observer.observe({ type: 'long-animation-frame' });
  },
  frames() {
    cancelAnimationFrame(this.next);
    this.observer.disconnect();
    return { gapsMs: this.gapsMs, long: this.long };
  },
  watchTops() {
    this.tops = [];
    let top;
    const look = () => {
      const id = document.querySelector('.tail .table-row a[href*="/events/"]')?.getAttribute('href').split('/').at(-1);
      if (id === undefined || id === top) return;
      top = id;
      this.tops.push([performance.timeOrigin + performance.now(), id]);
    };
    new MutationObserver(look).observe(document.getElementById('view'), { subtree: true, childList: true, attributes: true, attributeFilter: ['href'] });
  },
};
for (const selector of WANTED) probe['first ' + selector] = probe.painted(selector);`;

/** The probe, which looks for each of these from the beginning. */
export function probeFor(selectors: readonly string[]): string {
  return PROBE.replace('WANTED', JSON.stringify(selectors));
}
