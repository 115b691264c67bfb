/**
 * What becomes of copies of foreign events that are not new. A function, so that the statement that appends has no read over all partitions
 * in its plan: planned for each batch, that took as long as the batch. It is called only where something was not appended.
 */
export const FOREIGN_APPEND_MIGRATION = {
  name: 'event-log-foreign-copies',
  sql: `
-- Of these copies those whose event was there before the caller's statement, or stands in the batch before them (is_repeat), with the digest
-- of what is in the log. Copies with the same content are noted, when noted_by is given. It sees what the caller's statement has appended.
CREATE FUNCTION foreign_copies(copies uuid[], subjects text[], digests bytea[], evidences text[], repeats boolean[], appended uuid[], noted_by text, noted_rule text)
RETURNS TABLE (event_id uuid, digest bytea) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY
    WITH known AS MATERIALIZED (
      SELECT c.event_id, c.subject, c.evidence, c.place, e.digest, e.digest = c.digest AS is_same
      FROM unnest(copies, subjects, digests, evidences, repeats) WITH ORDINALITY AS c(event_id, subject, digest, evidence, is_repeat, place) JOIN events e ON e.event_id = c.event_id
      WHERE c.is_repeat OR NOT c.event_id = ANY (coalesce(appended, '{}')))
    , noted AS (
      INSERT INTO ledger (handler, event_id, subject, rule, evidence)
      SELECT noted_by, k.event_id, k.subject, noted_rule, k.evidence::jsonb FROM known k WHERE k.is_same AND noted_by IS NOT NULL ORDER BY k.place)
    SELECT k.event_id, k.digest FROM known k;
END $$;
`,
} as const;
