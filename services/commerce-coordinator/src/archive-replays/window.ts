/**
 * What may be replayed: a window of time that has been, and that lies within the time for which this service knows what it has
 * already. Within it a replay brings what is missing and nothing twice. Pure.
 */
import { z } from 'zod';

/** `outside` is judged here and not event by event, for a whole replay of refusals helps nobody. */
export type WindowFault = 'empty' | 'outside';

export function windowFault({ from, to }: { readonly from: Date; readonly to: Date }, { nowMs, knownForMs }: { readonly nowMs: number; readonly knownForMs: number }): WindowFault | undefined {
  if (from.getTime() >= to.getTime() || to.getTime() > nowMs) return 'empty';
  return from.getTime() < nowMs - knownForMs ? 'outside' : undefined;
}

/** With the name of the bus in front a name has at most 64 characters. */
export const replayName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'must be 1 to 40 letters, digits, ".", "-" or "_", and begin with a letter or a digit').meta({ example: 'after-the-outage' });

/** A name for a replay to which nobody gave one: `20261122T093000-3f9a`. */
export function madeName(nowMs: number, random: () => number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${time}-${Math.floor(random() * 65_536).toString(16).padStart(4, '0')}`;
}

/** How far a replay is, from 0 to 1, by the time of the last event that was sent. */
export function progressOf({ state, from, to, lastEventAt }: { readonly state: string; readonly from: Date; readonly to: Date; readonly lastEventAt: Date | null }): number {
  if (state === 'COMPLETED') return 1;
  if (lastEventAt === null) return 0;
  const share = (lastEventAt.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime());
  return Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 1_000;
}
