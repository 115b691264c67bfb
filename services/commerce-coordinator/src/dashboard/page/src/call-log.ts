/**
 * The calls that the view which is open has made, each path once. What `<Calls>` shows. The newest first; but while somebody looks at them, each keeps its place,
 * and new ones come behind.
 */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string | undefined;
  /** 0: no answer. */
  readonly status: number;
  readonly ms: number;
}

const KEPT = 20;

export class CallLog {
  #calls: readonly Call[] = [];
  #isLookedAt = false;
  readonly #listeners = new Set<() => void>();

  add(call: Call): void {
    const place = this.#calls.findIndex(({ method, path }) => method === call.method && path === call.path);
    if (this.#isLookedAt) this.#change(place < 0 ? [...this.#calls, call].slice(-KEPT) : this.#calls.with(place, call));
    else this.#change([call, ...this.#calls.filter((_, index) => index !== place)].slice(0, KEPT));
  }

  lookedAt(isLookedAt: boolean): void {
    this.#isLookedAt = isLookedAt;
  }

  /** When another view is opened. */
  clear(): void {
    this.#change([]);
  }

  readonly calls = (): readonly Call[] => this.#calls;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(calls: readonly Call[]): void {
    this.#calls = calls;
    for (const listener of this.#listeners) listener();
  }
}

export const callLog = new CallLog();

/** One word for a shell, whatever stands in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The call for a shell, with a token instead of the session. */
export function asCurl({ method, path, body }: Pick<Call, 'method' | 'path' | 'body'>, origin: string): string {
  const parts = ['curl', ...(method === 'GET' ? [] : ['-X', method]), '-H', '"Authorization: Bearer $TOKEN"'];
  if (body !== undefined) parts.push('-H', quoted('Content-Type: application/json'), '--data-raw', quoted(body));
  return [...parts, quoted(`${origin}${path}`)].join(' ');
}
