/** What is said of an update that was judged. */
import { decided } from './payment.ts';
import type { Decision, Draft } from './payment.ts';

/** `known`: the same was said before, or something newer is known. `early`: its time has not come; it is kept until then. */
export type Verdict = 'accepted' | 'known' | 'early' | 'unknown_order' | 'illegal';

export interface Judged {
  readonly verdict: Verdict;
  readonly decision: Decision;
}

export function accepted(draft: Draft): Judged {
  return { verdict: 'accepted', decision: decided(draft) };
}
