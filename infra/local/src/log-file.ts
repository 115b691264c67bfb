// A log file that a child process writes to directly, kept small by its owner: beyond the limit the content moves to `<name>.1`,
// whose old content is dropped. Lines written in the instant of the move may be lost; the limit can be passed between two checks.
import { closeSync, copyFileSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

const TAIL_BYTES = 4_096;

export class LogFile {
  readonly path: string;
  /** Hand this to `spawn` as stdout and stderr; it stays open until `close`. */
  readonly descriptor: number;
  readonly #maxBytes: number;

  constructor(path: string, maxBytes: number) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.descriptor = openSync(path, 'a+', 0o600);
    this.#maxBytes = maxBytes;
  }

  /** Moves the content away when it is over the limit. */
  trim(): void {
    if (fstatSync(this.descriptor).size <= this.#maxBytes) return;
    copyFileSync(this.path, `${this.path}.1`);
    ftruncateSync(this.descriptor, 0);
  }

  size(): number {
    return fstatSync(this.descriptor).size;
  }

  /** The end of what was written since the file had `fromByte` bytes, at most 4 KiB. */
  tail(fromByte = 0): string {
    const size = this.size();
    const start = Math.max(size - TAIL_BYTES, Math.min(fromByte, size));
    const bytes = Buffer.alloc(size - start);
    readSync(this.descriptor, bytes, 0, bytes.length, start);
    return bytes.toString('utf8').trim();
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
