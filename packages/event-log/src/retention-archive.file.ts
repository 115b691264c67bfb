/**
 * A folder into which events go before they are removed: JSON lines, compressed by gzip, one row of `events` in each line.
 *
 * Promise: a file is there as a whole or not at all, and none is ever written twice: each has a name of its own, whoever else writes the
 * same events meanwhile. It is written under another name, to the disk, and then renamed; what a kill has left behind is a file with the
 * ending `.part`, which counts for nothing.
 */
import { randomUUID } from 'node:crypto';
import { open, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface Archive {
  /** Writes a file of its own, whose name begins so. Resolves when it is on the disk. */
  write(name: string, lines: AsyncIterable<string>): Promise<void>;
}

/** `prefix` begins the names of the files, for example `order-fulfillment`; `uuid` ends them. The folder is made if it is not there. */
export function folderArchive(folder: string, prefix: string, uuid: () => string = randomUUID): Archive {
  return {
    async write(name, lines) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${prefix}-${name}-${uuid()}.jsonl.gz`);
      const part = `${path}.part`;
      const file = await open(part, 'wx', 0o600);
      try {
        try {
          await pipeline(Readable.from(lines, { objectMode: true }), createGzip(), async (compressed: AsyncIterable<Buffer>) => {
            for await (const bytes of compressed) await file.writeFile(bytes);
          });
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
      const directory = await open(folder, 'r');
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    },
  };
}
