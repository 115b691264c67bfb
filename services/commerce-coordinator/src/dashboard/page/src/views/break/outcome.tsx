/** What came of it: how many orders waited, recovered, were lost or doubled, and which. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Moment } from '../../parts/moment.tsx';
import { Status } from '../../parts/status.tsx';
import type { Outcome } from './lab-data.ts';
import { bannerTone, STATE_WORDS, STATES } from './wish.ts';

/** `titles`: the names of what can be broken, by its id. */
export function OutcomeBanner({ outcome, titles }: { readonly outcome: Outcome; readonly titles: ReadonlyMap<string, string> }): ReactNode {
  const { state, orders: { touched, waited, recovered, waiting, lost, doubled }, text, since, until, unread, isCut, breaks } = outcome;
  const broken = [...new Set(breaks.map(({ dependency, kind }) => `${titles.get(dependency) ?? dependency} ${STATES[kind]}`))];
  // A part that was not asked may know of one that is lost or doubled.
  const isJudged = unread.length === 0;
  const figures: readonly (readonly [string, number | undefined, string])[] = [
    ['under way meanwhile', touched, ''], ['waited', waited, ''], ['recovered', recovered, ''], ['still wait', waiting, waiting > 0 ? 'busy' : ''], ['lost', isJudged ? lost : undefined, lost > 0 ? 'bad' : ''], ['doubled', isJudged ? doubled : undefined, doubled > 0 ? 'bad' : ''],
  ];
  return (
    <section className={`card outcome ${bannerTone(outcome)}`} aria-label="What came of it">
      <div className="spread" role="status"><p className="outcome-text"><Status word={STATE_WORDS[state]} tone={bannerTone(outcome)} /> {!isJudged ? 'It is not judged while something cannot be asked.' : state === 'never' ? 'Place some orders, break something, and see here what becomes of them.' : text}</p>
        {since !== null && <span className="soft">{broken.join(', ')}{broken.length > 0 && ', '}since <Moment at={since} as="clock" />{until !== null && <> until <Moment at={until} as="clock" /></>}</span>}
      </div>
      {state !== 'never' && <dl className="outcome-figures">{figures.map(([name, value, tone]) => <div key={name} className={tone}><dd>{value?.toLocaleString() ?? '–'}</dd><dt>{name}{value === undefined && ': not judged'}</dt></div>)}</dl>}
      {unread.length > 0 && <p className="soft">Could not be asked just now: {unread.join(', ')}. What is lost or doubled is judged when all can be asked again; the other figures are of the last look.</p>}
      {isCut && <p className="soft">There are more orders than are looked at.</p>}
      <Orders title="They wait" rows={outcome.waiting.map(({ orderId, orderNumber, waitsFor, nextStep, status }) => ({ orderId, orderNumber, text: [waitsFor ?? status, nextStep].filter((part) => part !== null).join(' ') }))} />
      <Orders title={isJudged ? 'Lost' : 'Lost, at the last look'} rows={outcome.lost.map(({ why, ...order }) => ({ ...order, text: why }))} />
      <Orders title={isJudged ? 'Doubled' : 'Doubled, at the last look'} rows={outcome.doubled.map(({ what, ...order }) => ({ ...order, text: what }))} />
    </section>
  );
}

function Orders({ title, rows }: { readonly title: string; readonly rows: readonly { readonly orderId: string; readonly orderNumber: number | null; readonly text: string }[] }): ReactNode {
  if (rows.length === 0) return null;
  return (
    <details className="outcome-orders" open>
      <summary>{title}: {rows.length}{rows.length === 20 && ' or more'}</summary>
      <ul>{rows.map(({ orderId, orderNumber, text }) => <li key={orderId}><Link href={`/orders/${encodeURIComponent(orderId)}`}>{orderNumber ?? orderId}</Link> <span className="soft">{text}</span></li>)}</ul>
    </details>
  );
}
