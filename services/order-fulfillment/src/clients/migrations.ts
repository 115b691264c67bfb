/**
 * The tables of clients.
 *
 * `clients_version` has one row, which every change of a client counts up: that makes changes wait for each other, and tells the
 * other processes with one cheap look that there is something new. `removed_clients` keeps the file of first records from
 * bringing back what was removed. `client_allowances` is not logged: after a crash every client simply begins with its burst.
 */
import type { Migration } from '@commerce/service-kit/database';

export const CLIENTS_MIGRATION: Migration = {
  name: 'order-fulfillment-clients-1',
  sql: `
CREATE TABLE clients (
  client_id text COLLATE "C" PRIMARY KEY,
  -- The claim "sub" of its tokens; NULL for a client that signs.
  subject text COLLATE "C" UNIQUE,
  scopes text[] NOT NULL,
  providers json NOT NULL,
  rate_limit json,
  event_filter json,
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL
);

CREATE TABLE client_keys (
  keyid text COLLATE "C" PRIMARY KEY,
  client_id text COLLATE "C" NOT NULL REFERENCES clients ON DELETE CASCADE,
  alg text NOT NULL CHECK (alg IN ('hmac-sha256', 'ed25519')),
  -- The 32 bytes of Ed25519, or a secret that is encrypted; see secret-box.ts.
  public_key bytea,
  sealed_secret bytea,
  created_at timestamptz(3) NOT NULL,
  not_after timestamptz(3),
  CHECK ((public_key IS NOT NULL) = (alg = 'ed25519') AND (sealed_secret IS NOT NULL) = (alg = 'hmac-sha256'))
);
CREATE INDEX client_keys_client ON client_keys (client_id);

CREATE TABLE removed_clients (
  client_id text COLLATE "C" PRIMARY KEY,
  removed_at timestamptz(3) NOT NULL
);

CREATE TABLE clients_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL
);
INSERT INTO clients_version (version) VALUES (1);

-- What was signed once must not count twice. The id is a hash of keyid and nonce.
CREATE TABLE used_nonces (
  nonce_id uuid PRIMARY KEY,
  -- From then on no process accepts the signature, whatever its clock says.
  forget_at timestamptz NOT NULL
);
CREATE INDEX used_nonces_forget ON used_nonces (forget_at);

-- What is left of each client's rate, as of refilled_at. The other columns are those of the last question.
CREATE UNLOGGED TABLE client_allowances (
  client_id text COLLATE "C" PRIMARY KEY,
  tokens double precision NOT NULL,
  refilled_at timestamptz NOT NULL,
  per_second double precision NOT NULL,
  burst integer NOT NULL,
  wanted integer NOT NULL,
  granted integer NOT NULL
) WITH (fillfactor = 50);
`,
};
