/**
 * The keys under which personal data of customers are stored.
 *
 * A row stays for ever: erased_at says that the keys of all generations before this one are gone, and `sealed` is null until the
 * customer is heard of again, under a new generation.
 */

/** `state`: what it raises when one of the keys is gone. Migrations that were applied are made of it: its text stays as it is. */
function holdKeys(create: string, state: string): string {
  return `${create} hold_customer_keys(customers text[], generations integer[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE held integer;
BEGIN
  SELECT count(*) INTO held FROM (
    SELECT FROM customer_keys k JOIN unnest(customers, generations) AS w(customer_id, generation) USING (customer_id, generation)
    WHERE k.sealed IS NOT NULL ORDER BY k.customer_id FOR SHARE OF k) AS kept;
  IF held < cardinality(customers) THEN RAISE EXCEPTION 'a customer was erased meanwhile' USING ERRCODE = '${state}'; END IF;
  RETURN true;
END $$;
`;
}

/** A migration of the log. */
export const PERSONAL_MIGRATION = {
  name: 'event-log-personal-data',
  sql: `
CREATE TABLE customer_keys (
  customer_id text COLLATE "C" PRIMARY KEY,
  generation integer NOT NULL DEFAULT 1,
  -- By which master key.
  master_id text,
  sealed bytea,
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  erased_at timestamptz(3),
  CHECK ((sealed IS NULL) = (master_id IS NULL))
) WITH (fillfactor = 90);
CREATE INDEX customer_keys_master ON customer_keys (master_id) WHERE master_id IS NOT NULL;

-- Keeps these keys from being destroyed until the end of the transaction. What was sealed by one that is gone already is not to be
-- written: the caller begins again, and finds the new one. It looks by a snapshot of its own, later than that of its statement.
${holdKeys('CREATE FUNCTION', '40001')}`,
} as const;

/** A key was destroyed between sealing and writing: nothing was written, and what is sealed anew can be. */
export const KEY_DESTROYED = 'PD001';

/** Says it by a state of its own: this is no fault of the database, and trying again without forgetting the key would not help. */
export const KEY_DESTROYED_MIGRATION = {
  name: 'event-log-key-destroyed',
  sql: `
${holdKeys('CREATE OR REPLACE FUNCTION', KEY_DESTROYED)}`,
} as const;
