import type { Config } from 'jest';

// Node 24 strips the types, so no transformer is wanted: `transform: {}` must be written, leaving it out brings babel.
// What takes long runs with LONG=1 alone: `pnpm test` stays under three minutes on two cores. Properties have more cases then, too.
// Of these `.long.` is run by CI; `.slow.` takes minutes and is run by hand after a change of what it is about, or by a step of CI that names it. What needs a browser runs
// with BROWSER=1.
const skipped = [...(process.env['LONG'] === '1' ? [] : ['\\.(long|slow)\\.test\\.ts$']), ...(process.env['BROWSER'] === '1' ? [] : ['\\.browser\\.test\\.ts$'])];
const shared = { extensionsToTreatAsEsm: ['.ts'], transform: {}, testEnvironment: 'node', testPathIgnorePatterns: ['/node_modules/', ...skipped] } satisfies Config;

export default {
  watchman: false,
  // By default one core is left idle; most of a test here is waiting for servers.
  maxWorkers: 2,
  testTimeout: 60_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['{services,packages}/*/src/**/*.ts'],
  globalSetup: '<rootDir>/test/setup/start-postgres.ts',
  globalTeardown: '<rootDir>/test/setup/stop-postgres.ts',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{services,packages,infra,docs}/**/*.test.ts'] },
    { ...shared, displayName: 'across', testMatch: ['<rootDir>/test/**/*.test.ts'] },
  ],
} satisfies Config;
