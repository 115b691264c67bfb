/** The tables of the naive pair: an order, a fulfillment, what waits to be told, and what was heard. Both in one database, as ours are in one server. */
export const NAIVE_TABLES = `
CREATE TABLE orders (order_id uuid PRIMARY KEY, body jsonb NOT NULL, status text NOT NULL, accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(), fulfilled_at timestamptz);
CREATE TABLE requests (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL);
CREATE TABLE fulfillments (order_id uuid PRIMARY KEY, body jsonb NOT NULL, status text NOT NULL);
CREATE TABLE outbox (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL, detail jsonb NOT NULL);
CREATE TABLE inbox (event_id uuid PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now())`;
