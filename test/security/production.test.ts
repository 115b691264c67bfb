/** Security check S46 (docs/security-checks.md): with which environment each service does not start in production. What is judged is what each reads when it starts. */
import { randomBytes } from 'node:crypto';
import { CONFIG as COORDINATOR } from '@commerce/commerce-coordinator/config';
import { CONFIG as FULFILLMENT } from '@commerce/order-fulfillment/config';
import { ConfigError, readConfig } from '@commerce/service-kit/config';
import { describe, expect, test } from '@jest/globals';

const secret = (): string => randomBytes(32).toString('base64');
const COMMON = { NODE_ENV: 'production', DATABASE_URL: `postgres://shop:${randomBytes(24).toString('base64url')}@db.example.com/shop`, EVENT_BUS_NAME: 'bus', ISSUER_URL: 'https://id.example.com' };
const WHOLE = {
  cc: {
    ...COMMON, CC_URL: 'https://orders.example.com', OF_URL: 'https://fulfillment.example.com', OF_CLIENT_SECRET: secret(), FULFILLMENT_QUEUE_URL: 'https://sqs.example.com/1/q', PAYMENTS_URL: 'https://pay.example.com',
    PAYMENTS_API_KEY: secret(), PAYMENTS_WEBHOOK_SECRET: `whsec_${secret()}`, WEBHOOK_SECRETS_KEY: secret(), PERSONAL_DATA_KEY: secret(), SMTP_URL: 'smtps://mail.example.com',
  },
  of: { ...COMMON, OF_URL: 'https://fulfillment.example.com', CLIENT_SECRETS_KEY: secret(), LMS_URL: 'https://lms.example.com', LMS_API_KEY: secret(), LMS_CALLBACK_SECRET: `whsec_${secret()}` },
} as const;
const DECLARED = { cc: COORDINATOR, of: FULFILLMENT } as const;
const NEEDED = { cc: ['OF_CLIENT_SECRET', 'PAYMENTS_API_KEY', 'PAYMENTS_WEBHOOK_SECRET', 'WEBHOOK_SECRETS_KEY', 'DATABASE_URL'], of: ['CLIENT_SECRETS_KEY', 'LMS_API_KEY', 'LMS_CALLBACK_SECRET', 'DATABASE_URL'] } as const;
/** Where secrets, tokens or personal data go, or keys come from. */
const ADDRESSES = { cc: ['ISSUER_URL', 'OF_URL', 'PAYMENTS_URL', 'STRIPE_URL', 'DASHBOARD_ISSUER_URL', 'API_BASE_URL'], of: ['ISSUER_URL', 'LMS_URL'] } as const;

function faults(service: 'cc' | 'of', change: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig<Record<string, never>>(DECLARED[service] as never, { ...WHOLE[service], ...change });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe.each(['cc', 'of'] as const)('S46: in production, %s', (service) => {
  test('starts with secrets that were made, and addresses under TLS', () => expect(faults(service, {})).toEqual([]));

  test.each([['missing', undefined], ['empty', ''], ['an example', 'change-me-change-me-change-me-change-me-change-me'], ['one letter', 'a'.repeat(44)], ['one byte', Buffer.alloc(32, 1).toString('base64')]])(
    'does not start with a secret that is %s: it names the variable, and not its value', (_, value) => {
      for (const name of NEEDED[service]) {
        const told = faults(service, { [name]: value });
        expect([name, told]).toEqual([name, [expect.stringMatching(new RegExp(`^${name} `))]]);
        if (value) expect(told.join()).not.toContain(value);
      }
    },
  );

  test('does not speak in clear over a network with anybody to whom it tells secrets', () => {
    for (const name of ADDRESSES[service]) {
      expect([name, faults(service, { [name]: 'http://somebody.example.com' })]).toEqual([name, [expect.stringMatching(new RegExp(`^${name} must begin with https: in production`))]]);
      expect([name, faults(service, { [name]: 'http://127.0.0.1.evil.example.com' })]).toEqual([name, [expect.stringContaining('must begin with https:')]]);
      expect([name, faults(service, { [name]: 'http://127.0.0.1:3002' })]).toEqual([name, []]);
    }
  });
});
