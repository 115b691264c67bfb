/** Questions that need no token, such as whether somebody is there. Promise: each ends within its time, and a failure is an answer, too. */
export interface Heard {
  readonly status: number;
  /** Undefined when the text is no JSON. */
  readonly json: unknown;
  /** What the clock of the other side says, to the second, in Unix milliseconds; undefined when it does not say. */
  readonly theirTimeMs: number | undefined;
  /** The middle between question and answer, by the clock of this machine. */
  readonly ourTimeMs: number;
}

/** Nobody has answered, and why. */
export interface Unheard {
  readonly reason: string;
  /** The connection was made, or nobody refused it, and nothing came in time. */
  readonly isSilent: boolean;
}

export interface Asking {
  readonly timeoutMs: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export async function ask(url: string, { timeoutMs, nowMs, signal }: Asking): Promise<Heard | Unheard> {
  const end = AbortSignal.timeout(timeoutMs);
  const askedMs = nowMs();
  try {
    const answer = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal: AbortSignal.any([signal, end]) });
    const ourTimeMs = (askedMs + nowMs()) / 2;
    const theirs = Date.parse(answer.headers.get('date') ?? '');
    return { status: answer.status, json: jsonOf(await answer.text()), theirTimeMs: Number.isNaN(theirs) ? undefined : theirs, ourTimeMs };
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
    return { reason: end.aborted ? `no answer within ${timeoutMs / 1_000} s` : (cause?.code ?? cause?.message ?? message), isSilent: end.aborted };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
