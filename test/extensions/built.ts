/**
 * Commerce Coordinator with an extension that was built from the guide, in a folder of its own: a copy of the service, the files of
 * the guide where there was nothing, and of the copy nothing changed but what the guide tells to change. Packages are those of the
 * workspace.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { changed, changesOf, EXAMPLE, filesOf, GUIDE } from './guide.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVICE = 'services/commerce-coordinator';
export const LIST = `${SERVICE}/extensions.config.ts`;
export const MAP = `${SERVICE}/signals.config.ts`;

export interface Built {
  readonly folder: string;
  /** Path of the service's program. */
  readonly program: string;
  /** Makes the changes of the guide in these files, and takes back those in all others. */
  change(paths: readonly string[]): void;
  remove(): void;
}

export function buildFromGuide(): Built {
  const page = readFileSync(join(ROOT, GUIDE), 'utf8');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'extension-')));
  const service = join(folder, SERVICE);
  for (const name of ['src', 'package.json', 'extensions.config.ts', 'signals.config.ts']) cpSync(join(ROOT, SERVICE, name), join(service, name), { recursive: true });
  symlinkSync(join(ROOT, SERVICE, 'node_modules'), join(service, 'node_modules'));

  const files = filesOf(page);
  mkdirSync(join(folder, EXAMPLE), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, EXAMPLE, name), text);
  const { dependencies } = JSON.parse(files['package.json'] ?? '{}') as { dependencies: Record<string, string> };
  // As the installation would link them; the service is the copy.
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, EXAMPLE, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === '@commerce/commerce-coordinator' ? service : realpathSync(join(ROOT, 'test/node_modules', name)), link);
  }
  const changes = changesOf(page);
  return {
    folder,
    program: join(service, 'src/main.ts'),
    change(paths) {
      for (const [path, hunks] of Object.entries(changes)) {
        const text = readFileSync(join(ROOT, path), 'utf8');
        writeFileSync(join(folder, path), paths.includes(path) ? changed(text, hunks) : text);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
