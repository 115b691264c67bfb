/** Where the body of an answer ends, as it comes. Pure. */
export interface Body {
  readonly endsWithConnection: boolean;
  /** Hands on what is of it. `surplus`: something came behind its end. */
  take(bytes: Buffer, to: { onData(bytes: Buffer): void }): 'more' | 'end' | 'surplus' | 'wrong' | 'long';
}

/** Of all that frames the parts of a body. */
const MOST_FRAMING = 16_384;
const LF = 10;
const SIZE = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i;

/** Of a length that is told, or until the connection ends. */
export class CountedBody implements Body {
  readonly endsWithConnection: boolean;
  #left: number;

  constructor(length: number) {
    this.#left = length;
    this.endsWithConnection = length === Number.POSITIVE_INFINITY;
  }

  take(bytes: Buffer, to: { onData(bytes: Buffer): void }): ReturnType<Body['take']> {
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= part.length;
    if (part.length > 0) to.onData(part);
    if (this.#left > 0) return 'more';
    return bytes.length > part.length ? 'surplus' : 'end';
  }
}

/** It has none, whatever its head says. Keeps nothing, so one is enough. */
export const NO_BODY: Body = { endsWithConnection: false, take: (bytes) => (bytes.length > 0 ? 'surplus' : 'end') };

/** RFC 9112, 7.1. Extensions and trailers are passed over. */
export class ChunkedBody implements Body {
  readonly endsWithConnection = false;
  #expects: 'size' | 'data' | 'end of data' | 'trailer' = 'size';
  #left = 0;
  #line = '';
  #framing = 0;

  take(bytes: Buffer, to: { onData(bytes: Buffer): void }): ReturnType<Body['take']> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#expects === 'data') {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#expects = 'end of data';
        to.onData(part);
        continue;
      }
      const end = bytes.indexOf(LF, at);
      const next = end < 0 ? bytes.length : end + 1;
      this.#framing += next - at;
      if (this.#framing > MOST_FRAMING) return 'long';
      this.#line += bytes.toString('latin1', at, next);
      at = next;
      if (end < 0) return 'more';
      if (!this.#line.endsWith('\r\n')) return 'wrong';
      const line = this.#line.slice(0, -2);
      this.#line = '';
      if (this.#expects === 'trailer' && line === '') return at < bytes.length ? 'surplus' : 'end';
      if (!this.#takeLine(line)) return 'wrong';
    }
    return 'more';
  }

  #takeLine(line: string): boolean {
    if (this.#expects === 'trailer') return true;
    if (this.#expects === 'end of data') {
      this.#expects = 'size';
      return line === '';
    }
    const size = SIZE.exec(line)?.[1];
    if (size === undefined) return false;
    this.#left = Number.parseInt(size, 16);
    this.#expects = this.#left === 0 ? 'trailer' : 'data';
    return true;
  }
}
