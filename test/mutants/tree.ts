/**
 * A copy of the working tree in which mutants are made, so that nobody who works in the tree ever meets one.
 *
 * Promise: sources are copied, dependencies are not: the links of each member lead within the copy to other members and through the root
 * to what is installed. What was changed is as it was after `restore`; `remove` leaves nothing.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Made by commands, or somebody's own. */
const LEFT_OUT = new Set(['.git', '.data', '.localstack', 'dist', 'coverage', 'cdk.out']);

export interface Tree {
  readonly root: string;
  /** Puts these texts in the place of those of the files, paths from the root. */
  change(files: ReadonlyMap<string, string>): void;
  restore(): void;
  remove(): Promise<void>;
}

/** Copies the tree at `source`, whose dependencies are installed. */
export async function copyTree(source: string): Promise<Tree> {
  const installed = join(source, 'node_modules');
  if (!existsSync(installed)) throw new Error(`${source} has no node_modules: install first.`);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'mutants-')));
  // Links of members as they stand: most are relative, and lead to members of the copy.
  await cp(source, root, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== installed && !LEFT_OUT.has(basename(path)) });
  await symlink(installed, join(root, 'node_modules'));
  const before = new Map<string, string>();
  return {
    root,
    change(files) {
      for (const [file, text] of files) {
        const path = join(root, file);
        before.set(path, before.get(path) ?? readFileSync(path, 'utf8'));
        writeFileSync(path, text);
      }
    },
    restore() {
      for (const [path, text] of before) writeFileSync(path, text);
      before.clear();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
