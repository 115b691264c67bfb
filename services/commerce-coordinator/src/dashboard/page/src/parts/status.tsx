/** A state as a sign and a word: the colour only helps. */
import type { ReactNode } from 'react';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'held' | 'plain';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', busy: '◔', warn: '△', bad: '✕', held: '❙❙', plain: '○' };

const TONES: Readonly<Record<string, Tone>> = {
  created: 'busy', reserved: 'busy', paid: 'busy', fulfilling: 'busy', fulfilled: 'busy', shipped: 'busy', completed: 'good',
  on_hold: 'held', cancel_pending: 'warn', refund_pending: 'warn', cancelled: 'plain', refunded: 'plain',
  delivered: 'good', succeeded: 'good', active: 'good', ok: 'good', pending: 'busy', running: 'busy', waiting: 'busy', ready: 'busy', failed: 'bad', dead: 'bad', disabled: 'bad', given_up: 'bad',
};

/** `tone` is found by the word when it is left out. */
export function Status({ word, tone = TONES[word] ?? 'plain' }: { readonly word: string; readonly tone?: Tone }): ReactNode {
  return <span className={`status ${tone}`}><span aria-hidden="true">{SIGNS[tone]}</span> {word.replaceAll('_', ' ')}</span>;
}
