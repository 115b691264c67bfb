import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

test('the run that the page shows has a cell for each fault and invariant, and a command for each fault', () => {
  const run = JSON.parse(readFileSync(new URL('./last-run.json', import.meta.url), 'utf8')) as { invariants: { id: string }[]; rows: { id: string; again: string; cells: { invariant: string }[] }[] };
  expect(run.rows.length).toBeGreaterThan(20);
  for (const { id, again, cells } of run.rows) {
    expect(cells.map(({ invariant }) => invariant)).toEqual(run.invariants.map((one) => one.id));
    expect(again).toContain(`faults --only ${id} --seed `);
  }
});
