/** The calls that the view which is open has made, the newest first, each path once. What `<Calls>` shows. */
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

class CallLog {
  #calls: readonly Call[] = [];
  readonly #listeners = new Set<() => void>();

  add(call: Call): void {
    const others = this.#calls.filter(({ method, path }) => method !== call.method || path !== call.path);
    this.#change([call, ...others].slice(0, KEPT));
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

/** The call for a shell, with a token instead of the session. */
export function asCurl({ method, path, body }: Pick<Call, 'method' | 'path' | 'body'>, origin: string): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const parts = ['curl', ...(method === 'GET' ? [] : ['-X', method]), '-H', '"Authorization: Bearer $TOKEN"'];
  if (body !== undefined) parts.push('-H', quoted('Content-Type: application/json'), '--data-raw', quoted(body));
  return [...parts, quoted(`${origin}${path}`)].join(' ');
}
