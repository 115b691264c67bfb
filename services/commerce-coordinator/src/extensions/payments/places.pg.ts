/** Which order a charge of a provider is of: by what the payments remember of the charges that have taken money. */
import type { Tx } from '@commerce/event-log/extension';
import { run } from '@commerce/event-log/statement';

/** The order by `{provider}:{reference}`; left out where it is not known. Of several, the one that sorts first. */
export async function readPlaces(db: Tx, charges: readonly { readonly provider: string; readonly reference: string }[]): Promise<Map<string, string>> {
  const { rows } = await run(db,
    `WITH k AS (SELECT * FROM unnest($1::text[], $2::text[]) AS k(provider, reference))
     SELECT k.provider, k.reference, min(order_id) AS order_id FROM (
       SELECT k.provider, k.reference, p.order_id FROM k JOIN payments p ON p.provider = k.provider AND p.reference = k.reference
       UNION ALL
       SELECT k.provider, k.reference, p.order_id FROM payments p CROSS JOIN jsonb_to_recordset(p.duplicates) AS d(provider text, reference text) JOIN k ON k.provider = d.provider AND k.reference = d.reference
       WHERE p.duplicates <> '[]') AS k GROUP BY k.provider, k.reference`,
    [charges.map(({ provider }) => provider), charges.map(({ reference }) => reference)],
  );
  return new Map(rows.map((row) => [`${row.provider}:${row.reference}`, row.order_id]));
}
