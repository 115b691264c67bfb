/** Variables of every process of this service, whatever its roles: where it listens, under which address it is known, and who gives tokens. */
import { choices, integer, text, url } from '@commerce/service-kit/config';
import { unencrypted } from '@commerce/service-kit/service-variables';

export const ROLES = ['api', 'consumer', 'readers', 'ingest'] as const;
export type Role = (typeof ROLES)[number];

export const ADDRESS_VARIABLES = {
  roles: choices('ROLES', ROLES, {
    meaning: 'What this process does: api takes orders, consumer takes events from the queue, readers handle and publish events, ingest takes the webhooks of payment providers.',
    default: ROLES,
  }),
  host: text('CC_HOST', { meaning: 'Address of this machine on which the API listens.', default: '127.0.0.1' }),
  port: integer('CC_PORT', { meaning: 'Port of the API and of the health checks; 0 takes a free one.', default: 3000, maximum: 65_535 }),
  publicUrl: url('CC_URL', {
    meaning: 'Address under which clients know this service: the audience of their tokens.',
    default: 'http://127.0.0.1:3000',
  }),
  issuerUrl: url('ISSUER_URL', {
    meaning: 'OpenID issuer of all tokens, exactly as it names itself in them.',
    default: 'http://127.0.0.1:3002',
    mayEndInSlash: true,
    productionCheck: unencrypted,
  }),
};
