// Why a start did not come about, with the mend, where the words of the system alone do not say it. Pure, but for the look at the disk.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A first start needs less than half of it. */
const NEEDED_BYTES = 512 * 1_048_576;

/** Free bytes for a user at this path. */
export type FreeBytes = (path: string) => Promise<number>;

export const freeBytes: FreeBytes = async (path) => {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
};

/** There is too little room for databases; the message says where, how much, and what to do. */
class NoSpace extends Error {
  override readonly name = 'NoSpace';
}

/** Throws NoSpace when the disk of the folder, which may not be there yet, is all but full. */
export async function assertSpace(directory: string, free: FreeBytes = freeBytes): Promise<void> {
  const bytes = await freeOf(directory, free);
  if (bytes === undefined || bytes >= NEEDED_BYTES) return;
  throw new NoSpace(`The disk of ${directory} has ${megabytes(bytes)} free, and the databases need ${megabytes(NEEDED_BYTES)}: free some, or set DATA_DIR to a folder on another disk.`);
}

async function freeOf(path: string, free: FreeBytes): Promise<number | undefined> {
  try {
    return await free(path);
  } catch (error) {
    const parent = dirname(path);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path ? freeOf(parent, free) : undefined;
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}

const HINTS: readonly (readonly [sign: RegExp, hint: (found: RegExpExecArray) => string])[] = [
  [/error while loading shared libraries: (\S+?):/, ([, library]) => `The embedded PostgreSQL needs the system library ${library}, which is not installed. Install it (on Debian: \`apt-get install ${packageOf(library ?? '')}\`), or set DATABASE_URL to a PostgreSQL server of your own.`],
  [/Library not loaded: (\S+)/, ([, library]) => `The embedded PostgreSQL needs the system library ${library}, which is not installed. Install it, or set DATABASE_URL to a PostgreSQL server of your own.`],
  [/ENOSPC|No space left on device/i, () => 'The disk is full: free some room, or set DATA_DIR to a folder on another disk.'],
  [/EROFS|Read-only file system/i, () => 'The folder cannot be written to: set DATA_DIR to one that can.'],
  [/EACCES.*(?:\.data|DATA_DIR|mkdir|open)/i, () => 'The folder of the data belongs to somebody else: give it to yourself (chown), or set DATA_DIR to one of yours.'],
  [/ENOENT.*spawn|spawn (\S+) ENOENT/, ([, program]) => `The program ${program ?? ''} is not installed here: install it, or set PATH so that it is found.`],
  [/EMFILE|ENFILE/, () => 'Too many files are open: raise the limit (`ulimit -n 4096`) in this terminal.'],
];

/** The words of the error, and the mend where one is known. */
export function withMend(error: unknown): string {
  const said = error instanceof Error ? `${error.message}${error.cause instanceof Error ? `\n${error.cause.message}` : ''}` : String(error);
  const found = HINTS.flatMap(([sign, hint]) => {
    const match = sign.exec(said);
    return match === null ? [] : [hint(match)];
  });
  return found[0] === undefined ? said : `${said}\n\n${found[0]}`;
}

/** `libxml2.so.2` is in the package libxml2. */
function packageOf(library: string): string {
  return library.replace(/\.so.*$/, '');
}
