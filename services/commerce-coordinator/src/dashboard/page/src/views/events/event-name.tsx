/** How lists of events show one: its sign and name, and what it is about, both as links. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { orderOf, toneOfEvent } from './gist.ts';
import './events.css';

const SIGNS = { good: '✓', busy: '◔', warn: '△', bad: '✕', held: '❙❙', plain: '·' } as const;

/** `name`: as webhooks know it; `type`: as the log knows it. */
export function EventName({ eventId, name }: { readonly eventId: string; readonly name: string }): ReactNode {
  const tone = toneOfEvent(name);
  return <Link href={`/events/${eventId}`} className={`event-name ${tone}`}><span className="event-sign" aria-hidden="true">{SIGNS[tone]}</span>{name}</Link>;
}

interface About {
  readonly subject: string;
  readonly topic: string;
  readonly data?: unknown;
}

const SHORT = 13;

/** An order is a link to its page; anything else to the events about it. */
export function SubjectLink({ event, isShort = true }: { readonly event: About; readonly isShort?: boolean }): ReactNode {
  const orderId = orderOf(event, event.topic);
  const { orderNumber } = (event.data ?? {}) as { readonly orderNumber?: unknown };
  const id = orderId ?? event.subject;
  const text = typeof orderNumber === 'number' && orderId !== undefined ? `#${orderNumber}` : isShort && id.length > SHORT + 6 ? `…${id.slice(-SHORT)}` : id;
  return <Link href={orderId === undefined ? `/events?subject=${encodeURIComponent(id)}` : `/orders/${orderId}`} title={id}><code>{text}</code></Link>;
}
