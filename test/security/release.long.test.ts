/** Security check S60 (docs/security-checks.md): what a release says of its parts, and that it can be made again, byte for byte. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockedPackages, readLockfile } from './lockfile.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LIMIT_MS = 60_000;
const run = promisify(execFile);

async function pnpm(cwd: string, ...given: string[]): Promise<string> {
  const { stdout } = await run('npx', ['--yes', 'pnpm@12.21.0', '--config.verify-deps-before-run=false', ...given], { cwd, timeout: LIMIT_MS, maxBuffer: 64 * 1_048_576 });
  return stdout;
}

describe('S60: the bill of materials', () => {
  let bom: { bomFormat: string; specVersion: string; components: { name: string; group?: string; version: string; purl: string; type: string }[]; dependencies: { ref: string }[] };
  beforeAll(async () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    bom = JSON.parse(await pnpm(ROOT, ...(scripts['sbom:release'] ?? '').split(' ').slice(3)));
  }, LIMIT_MS);

  test('is CycloneDX, and names each package once, as the lockfile has it', () => {
    expect([bom.bomFormat, Number(bom.specVersion) >= 1.5]).toEqual(['CycloneDX', true]);
    const locked = new Set(lockedPackages(readLockfile(readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8'))).map(({ name, version }) => `${name}@${version}`));
    const named = bom.components.filter(({ purl }) => purl.startsWith('pkg:npm/')).map(({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`).filter((one) => !one.startsWith('@commerce/'));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((one) => !locked.has(one))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    for (const name of ['fastify', 'pg', 'zod', 'jose', 'undici']) expect(named.some((one) => one.startsWith(`${name}@`))).toBe(true);
  });
});

describe('S60: a package', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The hash of what is packed, from a copy whose files were touched then. */
  async function packed(name: string, touchedAt: Date): Promise<string> {
    const copy = join(folder, name);
    cpSync(join(ROOT, 'packages/http-signatures'), copy, { recursive: true, filter: (path) => !path.includes('node_modules') });
    for (const file of ['package.json', 'src/sign.ts']) utimesSync(join(copy, file), touchedAt, touchedAt);
    await pnpm(copy, 'pack', '--out', join(copy, 'packed.tgz'));
    return createHash('sha256').update(readFileSync(join(copy, 'packed.tgz'))).digest('hex');
  }

  test('that is packed twice, in two folders and at two times, is the same to the byte', async () => {
    const [one, another] = [await packed('one', new Date('2026-01-01T00:00:00Z')), await packed('another', new Date('2026-10-01T12:34:56Z'))];
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(another).toBe(one);
  }, LIMIT_MS);
});
