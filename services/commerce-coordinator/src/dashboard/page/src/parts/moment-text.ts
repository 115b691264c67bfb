/** Times and spans as text. Pure, but for the zone and the language of the browser. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 850 ms, 12 s, 3 min, 2 h 5 min, 4 d. */
export function spanText(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
  }
  return `${Math.floor(ms / DAY)} d`;
}

export function agoText(ms: number): string {
  if (ms < 0) return `in ${spanText(-ms)}`;
  return ms < SECOND ? 'now' : `${spanText(ms)} ago`;
}

/** Made once: a formatter costs more than what it formats. */
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const DATE = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

export function dateTimeText(at: string, as: 'clock' | 'date'): string {
  const date = new Date(at);
  const clock = CLOCK.format(date);
  if (as === 'clock') return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return `${DATE.format(date)} ${clock}`;
}

export function exactText(at: string): string {
  return `${new Date(at).toISOString()} (UTC)`;
}
