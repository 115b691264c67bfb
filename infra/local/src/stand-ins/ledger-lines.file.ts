// The memory of a stand-in: an append-only file of JSON lines, read back at start. What was appended counts once it is on disk (one
// fsync for all that wait together), so a killed process forgets nothing that it has answered. A torn last line, which nobody was
// answered for, is cut off; a bad line anywhere else refuses the start.
import { mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export class LedgerLines<Line> {
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #flush: Promise<void> | undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens or makes the file; `before` is what stands in it. */
  static async open<Line>(path: string): Promise<{ readonly lines: LedgerLines<Line>; readonly before: readonly Line[] }> {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const before = readLines<Line>(path);
    return { lines: new LedgerLines<Line>(await open(path, 'a', 0o600)), before };
  }

  /** Resolves when they are on disk. Lines that arrive while one write is under way go into the next one together. */
  append(...lines: readonly Line[]): Promise<void> {
    for (const line of lines) this.#waiting.push(`${JSON.stringify(line)}\n`);
    this.#flush ??= this.#turn.then(async () => {
      const text = this.#waiting.join('');
      this.#waiting = [];
      this.#flush = undefined;
      this.#turn = this.#write(text);
      await this.#turn;
    });
    return this.#flush;
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await (this.#flush ?? this.#turn);
    await this.#file.close();
  }

  async #write(text: string): Promise<void> {
    await this.#file.appendFile(text);
    await this.#file.datasync();
  }
}

function readLines<Line>(path: string): Line[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
  return bytes
    .subarray(0, end)
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as Line;
      } catch (error) {
        throw new Error(`${path}, line ${index + 1} is damaged; the ledger is not trusted`, { cause: error });
      }
    });
}
