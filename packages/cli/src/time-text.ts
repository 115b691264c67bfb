/** Times for people: in the zone of this machine, written so that they can be given back to the tool. Pure. */
import { NOTHING } from './text.ts';

/** A time of a service as it is shown; what is no time stays as it came, and what is not there is a dash. */
export type Time = (iso: string | null | undefined) => string;

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** `timeZone`: an IANA name; that of this machine when left out. */
export function timeIn(timeZone: string | undefined): Time {
  // Its form is that of ISO 8601, but for a space.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (iso) => {
    if (iso === undefined || iso === null || iso === '') return NOTHING;
    const [whole, fraction = ''] = ISO.exec(iso) ?? [];
    const ms = Date.parse(iso);
    if (whole === undefined || Number.isNaN(ms)) return iso;
    const local = format.format(ms).replace(' ', 'T');
    return `${local}${fraction}${offsetText(Math.round((Date.parse(`${local}Z`) - Math.floor(ms / 1_000) * 1_000) / 60_000))}`;
  };
}

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
