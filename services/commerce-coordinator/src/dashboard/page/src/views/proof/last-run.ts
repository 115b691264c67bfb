/** The last run of the fault tests that is kept in the repository: `npx --yes pnpm@12.21.0 faults --write` replaces it, and the page is built anew with it. */
import text from './last-run.json?raw';

export interface Run {
  readonly seed: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly machine: string;
  readonly command: string;
  readonly invariants: readonly { readonly id: string; readonly name: string }[];
  readonly rows: readonly RunRow[];
}

export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly faultClass: string;
  readonly isGreen: boolean;
  /** Why it did not come about; null when it did. */
  readonly fault: string | null;
  /** `wrong` is null where there was nothing to judge. */
  readonly cells: readonly { readonly invariant: string; readonly wrong: readonly string[] | null }[];
  readonly counts: { readonly accepted: number; readonly lost: number; readonly deliveredTwice: number; readonly extraWebhooks: number };
  readonly kills: number;
  readonly convergedInMs: number | null;
  readonly notes: readonly string[];
  /** The command that runs this row again. */
  readonly again: string;
}

export const LAST_RUN = JSON.parse(text) as Run;

/** Rows by class, in their order. */
export function byClass(rows: readonly RunRow[]): [string, readonly RunRow[]][] {
  return [...Map.groupBy(rows, ({ faultClass }) => faultClass)];
}

export function headline({ rows }: Pick<Run, 'rows'>): string {
  const green = rows.filter(({ isGreen }) => isGreen).length;
  const [kills, lost] = [rows.reduce((sum, row) => sum + row.kills, 0), rows.reduce((sum, { counts }) => sum + counts.lost, 0)];
  const orders = rows.reduce((sum, { counts }) => sum + counts.accepted, 0);
  return `${green} of ${rows.length} faults green, ${kills} processes killed, ${orders} orders accepted, ${lost} lost`;
}
