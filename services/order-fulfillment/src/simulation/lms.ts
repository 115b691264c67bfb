/**
 * The LMS in memory, and the provider that asks it: the words of lms.ts over calls that somebody carries. The course says what becomes
 * of an enrolment. It enrols once under a reference, for good; an enrolment that was ended stays ended.
 */
import { enrolmentRequest, meaningOf, meaningOfReturn, unenrolmentRequest } from '../providers/lms.ts';
import type { LmsResponse } from '../providers/lms.ts';
import type { RemoteProvider } from '../providers/provider.ts';

/** Carries a call; rejects when there is no answer, with `code` where it is certain that nothing was sent. */
export type CarryToLms = (body: object, signal: AbortSignal) => Promise<LmsResponse>;

const NOT_CONNECTED = 'ECONNREFUSED';

/** The provider, with its calls carried by somebody. What an answer means, and what it does not, is decided as over HTTP. */
export function lmsOver(carry: CarryToLms, nowMs: () => number): RemoteProvider {
  const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'unknown';
  return {
    name: 'lms', place: 'remote', idempotency: 'The LMS enrols once per reference.',
    ask: (fulfillment, lines, signal) => Promise.all(lines.map(async (line) => {
      try {
        return meaningOf(await carry(enrolmentRequest(fulfillment, line, 'http://of/v1/callbacks/lms'), signal), nowMs());
      } catch (error) {
        return { kind: 'unknown' as const, why: 'the LMS gave no answer', ...(codeOf(error) === NOT_CONNECTED && { nothingDone: true }) };
      }
    })),
    revoke: (fulfillment, lines, signal) => Promise.all(lines.map(async (line) => {
      try {
        return meaningOfReturn(await carry(unenrolmentRequest(fulfillment, line), signal), nowMs());
      } catch {
        return { kind: 'unknown' as const, why: 'the LMS gave no answer' };
      }
    })),
  };
}

interface Enrolment {
  readonly reference: string;
  readonly orderId: string;
  readonly lineId: string;
  readonly courseId: string;
  state: 'pending' | 'active' | 'ended';
  /** Times that the learner was let in; more than one would be a second delivery. */
  effects: number;
  reversals: number;
}

interface Asked {
  readonly course_details: { readonly course_id: string };
  readonly is_active: boolean;
  readonly enrollment_attributes: readonly { readonly name: string; readonly value: string }[];
}

/** `course-now`, `course-later`: given at once, or when `activate` is called. `course-none`: there is none. `course-kept`: given at once, and not taken back. */
export class MemoryLms {
  readonly enrolments = new Map<string, Enrolment>();

  /** A call has arrived. */
  answer(body: object): LmsResponse {
    const { is_active: isWanted, course_details: { course_id: courseId }, enrollment_attributes: attributes } = body as Asked;
    const value = (name: string): string => attributes.find((one) => one.name === name)?.value ?? '';
    const reference = value('reference');
    const known = this.enrolments.get(reference);
    if (!isWanted) return this.#end(known, { reference, orderId: value('order_id'), lineId: value('line_id'), courseId });
    if (courseId.startsWith('course-none')) return say(404, { message: 'There is no such course.' });
    const enrolment = known ?? { reference, orderId: value('order_id'), lineId: value('line_id'), courseId, state: 'pending', effects: 0, reversals: 0 };
    this.enrolments.set(reference, enrolment);
    if (enrolment.state === 'pending' && !courseId.startsWith('course-later')) this.#activate(enrolment);
    return this.#show(enrolment, 200);
  }

  #end(known: Enrolment | undefined, asked: Pick<Enrolment, 'reference' | 'orderId' | 'lineId' | 'courseId'>): LmsResponse {
    // The mark keeps one that comes later from being begun.
    const enrolment = known ?? { ...asked, state: 'ended' as const, effects: 0, reversals: 0 };
    if (known?.courseId.startsWith('course-kept') === true && known.state === 'active') return say(409, { message: 'It was begun.' });
    if (enrolment.state === 'active') enrolment.reversals += 1;
    enrolment.state = 'ended';
    this.enrolments.set(enrolment.reference, enrolment);
    return this.#show(enrolment, 200);
  }

  #activate(enrolment: Enrolment): void {
    enrolment.state = 'active';
    enrolment.effects += 1;
  }

  /** Enrolments that are not given yet. `give` gives one, and gives the body of the callback that tells of it. */
  waiting(): { readonly reference: string; readonly give: () => string }[] {
    return [...this.enrolments.values()].filter(({ state }) => state === 'pending').map((enrolment) => ({
      reference: enrolment.reference,
      give: () => {
        this.#activate(enrolment);
        return JSON.stringify({ type: 'enrollment.activated', data: { reference: enrolment.reference, order_id: enrolment.orderId, is_active: true } });
      },
    }));
  }

  #show({ state, reference }: Enrolment, status: number): LmsResponse {
    return say(status, { is_active: state === 'active', status: state === 'ended' ? 'unenrolled' : state, reference });
  }
}

function say(status: number, body: object): LmsResponse {
  return { status, retryAfter: undefined, body: JSON.stringify(body) };
}
