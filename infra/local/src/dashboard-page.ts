// The pages that Commerce Coordinator serves, built beside the start of the stack when their sources are newer than what was built from
// them: the dashboard, then the guide.
// Promise: whoever asks for the dashboard meanwhile gets the old one or the new one, whole; a build that fails is told, and ends nothing
// else.
import { execFile } from 'node:child_process';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export type PageBuild =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'built'; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly why: string };

type Site = {
  /** As in "Building the …". */
  readonly name: string;
  /** Has the built pages in its `dist`. */
  readonly directory: string;
  /** Folder of all that they are made of. */
  readonly sources: string;
  /** Files beside it of which pages are made, too. */
  readonly further?: readonly string[];
  readonly build: (directory: string, signal: AbortSignal | undefined) => Promise<void>;
};

export type BuildOptions = {
  /** Told when a build begins, and how it ended; what is fresh is not told. */
  readonly report?: (line: string) => void;
  /** Aborted when the pages are not wanted any more. */
  readonly signal?: AbortSignal;
  /** Those of the project when left out. */
  readonly sites?: readonly Site[];
};

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const BY_HAND = 'npx --yes pnpm@12.21.0 pages';
const LIMIT_MS = 120_000;
const MOST_TOLD = 2_000;
/** What is made, what is of others, and what no page is made of. */
const NO_SOURCE = /(?:^|\/)(?:dist[^/]*|node_modules)(?:\/|$)|\.test\.ts$/;

const DASHBOARD: Site = { name: 'dashboard', directory: at('services/commerce-coordinator/src/dashboard/page'), sources: at('services/commerce-coordinator/src/dashboard/page'), build: buildByVite };
const GUIDE: Site = { name: 'guide', directory: at('docs/site'), sources: at('docs'), further: [at('README.md'), at('.env.example')], build: (directory, signal) => runNode([join(directory, 'build.ts')], directory, signal) };

/** Builds what must be built, one after another. Never rejects: what went wrong is told. Gives what became of the first one, the dashboard. */
export async function buildPageWhenStale({ report = () => undefined, signal, sites = [DASHBOARD, GUIDE] }: BuildOptions = {}): Promise<PageBuild> {
  let first: PageBuild | undefined;
  for (const site of sites) {
    const build = await buildSite(site, report, signal);
    first ??= build;
  }
  return first ?? { kind: 'fresh' };
}

async function buildSite({ name, directory, sources, further = [], build }: Site, report: (line: string) => void, signal: AbortSignal | undefined): Promise<PageBuild> {
  try {
    signal?.throwIfAborted();
    if (!(await isStale(directory, sources, further))) return { kind: 'fresh' };
    report(`Building the ${name} …`);
    const began = performance.now();
    await build(directory, signal);
    const afterMs = performance.now() - began;
    report(`The ${name} is built, after ${(afterMs / 1_000).toFixed(1)} s.`);
    return { kind: 'built', afterMs };
  } catch (error) {
    if (signal?.aborted === true) return { kind: 'failed', why: 'it was given up' };
    const why = reasonOf(error);
    report(`The ${name} cannot be built; everything else runs. By hand: ${BY_HAND}\n${why}`);
    return { kind: 'failed', why };
  }
}

/** Is a source newer than the pages, or are there none? */
async function isStale(directory: string, sources: string, further: readonly string[]): Promise<boolean> {
  const built = await timeOf(join(directory, 'dist/index.html'));
  if (built === undefined) return true;
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).filter((path) => !NO_SOURCE.test(path.slice(sources.length + 1)));
  const times = await Promise.all([...paths, ...further].map(timeOf));
  return times.some((time) => time !== undefined && time > built);
}

async function timeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

/** Into a folder beside, which then takes the place of the old one. */
async function buildByVite(directory: string, signal: AbortSignal | undefined): Promise<void> {
  const vite = join(dirname(createRequire(join(directory, 'package.json')).resolve('vite/package.json')), 'bin/vite.js');
  const [made, old] = [join(directory, `dist.${process.pid}`), join(directory, `dist.${process.pid}.old`)];
  try {
    await runNode([vite, 'build', '--outDir', made, '--emptyOutDir', '--logLevel', 'warn'], directory, signal);
    await rename(join(directory, 'dist'), old).catch(unless('ENOENT'));
    // Another stack may have put its own there just now, of the same sources.
    await rename(made, join(directory, 'dist')).catch(unless('ENOTEMPTY'));
  } finally {
    await Promise.all([made, old].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function runNode(given: readonly string[], directory: string, signal: AbortSignal | undefined): Promise<void> {
  await promisify(execFile)(process.execPath, given, { cwd: directory, timeout: LIMIT_MS, env: { ...process.env, NODE_ENV: 'production' }, ...(signal !== undefined && { signal }) });
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  };
}

function reasonOf(error: unknown): string {
  const { stderr } = error as { stderr?: unknown };
  return (typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : error instanceof Error ? error.message : String(error)).slice(0, MOST_TOLD);
}
