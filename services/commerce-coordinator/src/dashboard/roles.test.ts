import { describe, expect, test } from '@jest/globals';
import { claimValues, roleOf, rolesByValue, scopesOf } from './roles.ts';

const KNOWN = ['orders:read', 'orders:write', 'admin', 'updates:write', 'metrics:read', 'tea:brew', 'session', 'orders:read', 'users:read', 'users:write'];

describe('the scopes of a role', () => {
  test.each([
    ['viewer', ['metrics:read', 'orders:read']],
    ['operator', ['metrics:read', 'orders:read', 'orders:write', 'users:read', 'users:write', 'webhooks:all']],
    ['admin', ['admin', 'metrics:read', 'orders:read', 'orders:write', 'tea:brew', 'users:read', 'users:write', 'webhooks:all']],
  ] as const)('%s: what routes ask for, never that of payment providers, personal data not for viewers, and what is of a new kind for admins alone', (role, scopes) => {
    expect(scopesOf(role, KNOWN)).toEqual(scopes);
  });
});

describe('a claim', () => {
  const claims = { roles: ['a', 'b', 7], group: 'one', 'https://example.com/roles': ['named'], realm_access: { roles: ['deep'] }, odd: { roles: 3 } };
  test.each([
    ['roles', ['a', 'b']], ['group', ['one']], ['https://example.com/roles', ['named']], ['realm_access.roles', ['deep']], ['realm_access', []], ['odd.roles', []], ['nothing', []], ['roles.0', ['a']], ['constructor.name', []], ['__proto__', []],
  ])('%s holds %j', (path, values) => {
    expect(claimValues(claims, path)).toEqual(values);
  });
});

test.each([[true, ['ada@example.com']], [false, []], ['true', []], [1, []], [undefined, []]])('an email counts only when it is verified: %j', (verified, values) => {
  expect(claimValues({ email: 'ada@example.com', email_verified: verified }, 'email')).toEqual(values);
});

describe('the role of a user', () => {
  const roles = rolesByValue('{"admin":["boss","both"],"operator":["support","both"],"viewer":["*"]}');
  test.each([[['boss'], 'admin'], [['support'], 'operator'], [['support', 'boss'], 'admin'], [['both'], 'admin'], [['else'], 'viewer'], [[], 'viewer']] as const)('%j: %s, the highest one', (values, role) => {
    expect(roleOf(values, roles)).toBe(role);
  });

  test('is none when nothing gives one', () => {
    expect(roleOf(['else'], rolesByValue('{"admin":["boss"]}'))).toBeUndefined();
    expect(roleOf(['*'], rolesByValue('{"admin":["boss"]}'))).toBeUndefined();
  });

  test.each(['', '[]', 'admin', 'null', '{"owner":["a"]}', '{"admin":"a"}', '{"admin":[1]}', '{"admin":[""]}', '{"__proto__":["a"]}'])('cannot be told by %j', (text) => {
    expect(() => rolesByValue(text)).toThrow(/^must /);
  });
});
