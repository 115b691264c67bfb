import { describe, expect, test } from '@jest/globals';
import { ConfigError, choice, choices, declareConfig, duration, flag, integer, readConfig, text, timeSpan, url } from './config.ts';
import type { ConfigOf } from './config.ts';
import { describeConfig } from './env-example.ts';

const declaration = declareConfig('Shop', {
  port: integer('SHOP_PORT', { meaning: 'Port of the API.', default: 3000, maximum: 65_535 }),
  databaseUrl: url('DATABASE_URL', { meaning: 'The database.', secret: true, protocols: ['postgres', 'postgresql'] }),
  pauseMs: duration('SHOP_PAUSE_MS', { meaning: 'Pause between two tries.', default: 1_000, minimum: 10 }),
  level: choice('SHOP_LEVEL', ['info', 'debug'], { meaning: 'What is logged.', default: 'info' }),
  roles: choices('SHOP_ROLES', ['api', 'readers'], { meaning: 'What this process does.', default: ['api', 'readers'] }),
  cookieKey: text('SHOP_COOKIE_KEY', { meaning: 'Signs cookies.', secret: true, default: 'for development only', minimumLength: 16 }),
  verbose: flag('SHOP_VERBOSE', { meaning: 'More words.', default: false }),
  mirror: url('SHOP_MIRROR', {
    meaning: 'A second address.',
    optional: true,
    productionCheck: (value) => (value.startsWith('https:') ? undefined : 'must be https in production'),
  }),
});

const DATABASE_URL = 'postgres://shop:hunter2@localhost/shop';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(declaration, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
}

describe('reading the environment', () => {
  test('takes defaults, converts what is given and leaves undeclared variables alone', () => {
    const config: ConfigOf<typeof declaration> = readConfig(declaration, {
      DATABASE_URL,
      SHOP_PORT: '0',
      SHOP_ROLES: 'api, readers',
      SHOP_VERBOSE: 'true',
      SHOP_UNHEARD_OF: '1',
      SHOP_LEVEL: '',
    });
    expect(config).toEqual({
      port: 0,
      databaseUrl: DATABASE_URL,
      pauseMs: 1_000,
      level: 'info',
      roles: ['api', 'readers'],
      cookieKey: 'for development only',
      verbose: true,
      mirror: undefined,
    });
  });

  test('reads a duration whose name says no unit with the unit of its value, and in no other way', () => {
    const declared = declareConfig('Shop', { limit: timeSpan('SHOP_LIMIT', { meaning: 'A limit.', default: 10_000, maximum: 60_000 }), pause: timeSpan('SHOP_PAUSE', { meaning: 'A pause.', default: 1_500 }) });
    expect(readConfig(declared, {})).toEqual({ limit: 10_000, pause: 1_500 });
    expect(readConfig(declared, { SHOP_LIMIT: '5s', SHOP_PAUSE: '100ms' })).toEqual({ limit: 5_000, pause: 100 });
    expect([declared.variables.limit.defaultText, declared.variables.pause.defaultText]).toEqual(['10s', '1500ms']);
    for (const wrong of ['5000', '2m', 'soon', '-1s']) expect(() => readConfig(declared, { SHOP_LIMIT: wrong })).toThrow('SHOP_LIMIT must be a duration with its unit');
  });

  test.each([['100ms', 100], ['10s', 10_000], ['5m', 300_000], ['1h', 3_600_000], ['250', 250]])('reads the duration %s as %d ms', (written, ms) => {
    expect(readConfig(declaration, { DATABASE_URL, SHOP_PAUSE_MS: written }).pauseMs).toBe(ms);
  });

  test('what another variable needs is missed only with it, and not where it is given', () => {
    const shop = declareConfig('Shop', {
      carrier: choice('SHOP_CARRIER', ['van', 'drone'], { meaning: 'What carries goods.', default: 'van' }),
      van: text('SHOP_VAN', { meaning: 'Its number plate.', optional: true, neededWith: { name: 'SHOP_CARRIER', value: 'van' } }),
    });
    expect(() => readConfig(shop, {})).toThrow('SHOP_VAN is missing: with SHOP_CARRIER=van it needs text (Its number plate.)');
    expect(() => readConfig(shop, { SHOP_VAN: '' })).toThrow('SHOP_VAN is missing');
    expect(readConfig(shop, { SHOP_CARRIER: 'drone' }).van).toBeUndefined();
    expect(readConfig(shop, { SHOP_VAN: 'B-1' }).van).toBe('B-1');
    expect(describeConfig([shop])).toContain('# Its number plate.\n# Required with SHOP_CARRIER=van. Accepts text.\nSHOP_VAN=');
  });

  test('reports all faults at once, and never the value of a secret', () => {
    const faults = faultsOf({
      SHOP_PORT: '70000',
      DATABASE_URL: 'mysql://root:hunter2@localhost',
      SHOP_PAUSE_MS: '1',
      SHOP_LEVEL: 'loud',
      SHOP_ROLES: 'api,cook',
      SHOP_COOKIE_KEY: 'hunter2',
      SHOP_VERBOSE: 'yes',
      SHOP_MIRROR: 'not a url',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'SHOP_PORT', 'DATABASE_URL', 'SHOP_PAUSE_MS', 'SHOP_LEVEL', 'SHOP_ROLES', 'SHOP_COOKIE_KEY', 'SHOP_VERBOSE', 'SHOP_MIRROR',
    ]);
    expect(faults.join()).not.toContain('hunter2');
    expect(faults[0]).toBe('SHOP_PORT must be a whole number, at least 0, at most 65535 (Port of the API.)');
  });

  test('refuses a slash at the end of a web address, which would make it another one, unless somebody else has named it', () => {
    const addresses = declareConfig('Addresses', {
      own: url('OWN_URL', { meaning: 'This service.' }),
      issuer: url('ISSUER_URL', { meaning: 'The issuer.', mayEndInSlash: true }),
      database: url('DATABASE_URL', { meaning: 'The database.', protocols: ['postgres'] }),
    });
    const env = { ISSUER_URL: 'https://issuer.test/', DATABASE_URL: 'postgres://localhost/' };
    for (const OWN_URL of ['https://shop.test/', 'https://shop.test/api/']) {
      expect(() => readConfig(addresses, { ...env, OWN_URL })).toThrow('OWN_URL must not end in a slash: leave it out');
    }
    expect(readConfig(addresses, { ...env, OWN_URL: 'https://shop.test/api' })).toEqual({ own: 'https://shop.test/api', issuer: 'https://issuer.test/', database: 'postgres://localhost/' });
  });

  test('says what a missing variable is for', () => {
    expect(faultsOf({})).toEqual(['DATABASE_URL is missing: it needs a URL that starts with postgres:// or postgresql:// (The database.)']);
  });

  test.each(['1.5', '1e3', '0x10', ' 5', 'ten', '-1'])('does not guess that %j is a whole number', (written) => {
    expect(faultsOf({ DATABASE_URL, SHOP_PORT: written })).toHaveLength(1);
  });

  test.each(['', 'secret', 'aaaaaaaaaaaaaaaaaaaaaaaa', Buffer.alloc(32, 7).toString('base64'), `whsec_${Buffer.alloc(32, 5).toString('base64')}`, 'change-me-before-production', 'CHANGE_ME_1234567890', 'your-secret-goes-in-here', '<sixteen letters or more>', 'password12345678901'])(
    'S46: in production refuses the secret %j by the name of its variable, and does not repeat it', (cookieKey) => {
      const faults = faultsOf({ NODE_ENV: 'production', DATABASE_URL, SHOP_COOKIE_KEY: cookieKey });
      expect(faults).toEqual([expect.stringMatching(/^SHOP_COOKIE_KEY must/)]);
      if (cookieKey !== '') expect(faults.join()).not.toContain(cookieKey);
    },
  );

  test.each(['0123456789abcdef', 'f0e1d2c3b4a59687', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'kJ3!kd93KLLPeee-example.com'])('in production takes the secret %j', (cookieKey) => {
    expect(faultsOf({ NODE_ENV: 'production', DATABASE_URL, SHOP_COOKIE_KEY: cookieKey })).toEqual([]);
  });

  test('S46: in production refuses the development default of a secret and asks the checks', () => {
    const faults = faultsOf({ NODE_ENV: 'production', DATABASE_URL, SHOP_COOKIE_KEY: 'for development only', SHOP_MIRROR: 'http://mirror' });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['SHOP_COOKIE_KEY', 'SHOP_MIRROR']);
  });

  test('refuses a declaration that uses one name twice', () => {
    const port = integer('P', { meaning: 'A port.', default: 1 });
    expect(() => declareConfig('Twice', { port, other: port })).toThrow('more than once');
  });
});

test('the example file names every variable once, without secrets', () => {
  const example = describeConfig([declaration, declareConfig('Second', { databaseUrl: declaration.variables.databaseUrl })]);
  expect(example).toContain('# Port of the API.\n# Accepts a whole number, at least 0, at most 65535.\n# SHOP_PORT=3000\n');
  expect(example).toContain('# Secret. Required. Accepts a URL that starts with postgres:// or postgresql://.\nDATABASE_URL=\n');
  expect(example.match(/^#? ?DATABASE_URL=/gm)).toHaveLength(1);
  expect(example).not.toContain('for development only');
});
