/**
 * A folder of built pages, served as it is: files that a build has made.
 * Promise: only files that stand in the folder are served, by their exact names, so no path leads out of it; each is read and packed
 * once. A new build is seen within a second, by its index.html; until there is one there is nothing.
 * Refuses: what begins with a dot.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { packed } from './page-files.ts';
import type { PageFile } from './page-files.ts';
import { errorCode } from './thrown.ts';

export interface PageFolder {
  /** Names below the folder, with slashes; undefined while nothing is built. */
  names(): Promise<ReadonlySet<string> | undefined>;
  /** A file by its name; undefined when there is none. */
  file(name: string): Promise<PageFile | undefined>;
}

const LOOK_EVERY_MS = 1_000;
const INDEX = 'index.html';
const QUALITY = 9;
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json', svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8', xml: 'application/xml',
  webmanifest: 'application/manifest+json', png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', avif: 'image/avif', ico: 'image/x-icon', woff2: 'font/woff2', wasm: 'application/wasm',
};
/** Brotli gains nothing on these. */
const PACKED_BY_ITSELF = /\.(?:png|jpg|webp|avif|woff2)$/;

interface Build {
  /** Says which build it is. */
  readonly stamp: string;
  readonly names: ReadonlySet<string>;
  readonly read: Map<string, Promise<PageFile | undefined>>;
}

/** `directory`: absolute; it need not be there yet. */
export function openPageFolder(directory: string, monotonicMs: () => number): PageFolder {
  let build: Build | undefined;
  let looking: Promise<Build | undefined> | undefined;
  let lookedAtMs = -Infinity;

  const look = async (): Promise<Build | undefined> => {
    const stamp = await stampOf(join(directory, INDEX));
    if (stamp === undefined || stamp === build?.stamp) return stamp === undefined ? undefined : build;
    return { stamp, names: await namesBelow(directory), read: new Map() };
  };
  const current = async (): Promise<Build | undefined> => {
    if (looking === undefined && monotonicMs() - lookedAtMs >= LOOK_EVERY_MS) {
      looking = look().finally(() => {
        lookedAtMs = monotonicMs();
        looking = undefined;
      });
    }
    if (looking !== undefined) build = await looking;
    return build;
  };

  return {
    names: async () => (await current())?.names,
    async file(name) {
      const now = await current();
      if (now === undefined || !now.names.has(name)) return undefined;
      const known = now.read.get(name) ?? readPage(directory, name);
      now.read.set(name, known);
      known.catch(() => now.read.delete(name));
      return known;
    },
  };
}

/** Of another build it is another one, though the content may be the same. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function namesBelow(directory: string): Promise<Set<string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return new Set(names.filter((name) => !/(?:^|\/)\./.test(name)));
}

/** Undefined when a new build has just taken it away. */
async function readPage(directory: string, name: string): Promise<PageFile | undefined> {
  const content = await readFile(join(directory, name)).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const file = await packed(TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream', content);
  if (PACKED_BY_ITSELF.test(name)) return file;
  return { ...file, brotli: await promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }) };
}
