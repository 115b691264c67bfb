/** The table of alarms: its rules as a file, the figures that it names, and what to do when it rings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FIGURES, QUEUES, SILENCE } from '@commerce/infra/alarm-table';
import { alarmRules, anchor } from '@commerce/infra/alarm-rules';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ALARM_RULES, readDocument, WRITE_COMMAND } from './made-docs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const OPERATIONS = readDocument('docs/operations.md');

/** The source of whatever gives figures. */
function sources(folder: string): string {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.includes('node_modules') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')).join('\n');
}

test(`the rules of Prometheus are those of the table (${WRITE_COMMAND})`, () => {
  expect(readDocument(ALARM_RULES)).toBe(alarmRules());
  const { groups } = parse(alarmRules()) as { groups: { name: string; rules: { alert: string; expr: string; for: string }[] }[] };
  expect(groups.map(({ name, rules }) => [name, rules.length])).toEqual([['commerce-coordinator', FIGURES.length], ['order-fulfillment', FIGURES.filter(({ services }) => services.length === 2).length]]);
  for (const { name, rules } of groups) for (const { expr } of rules) expect(expr.match(/\b(?:commerce_\w+|up)\b/g)?.length).toBe(expr.split(`{job="${name}"`).length - 1);
});

test('every figure that an alarm is made of exists, on /metrics and in the line of the log file', () => {
  const code = ['packages/event-log/src', 'packages/service-kit/src', 'services/commerce-coordinator/src/monitoring', 'services/commerce-coordinator/src/ingest'].map(sources).join('\n');
  const names = new Set([...code.matchAll(/'(commerce_\w+)'/g)].map(([, name]) => name));
  expect(names.size).toBeGreaterThan(15);
  const missing = FIGURES.flatMap(({ expression }) => expression.match(/commerce_\w+/g) ?? []).filter((name) => !names.has(name));
  expect(missing).toEqual([]);
  const fields = new Set([...code.matchAll(/\b([a-zA-Z]+): (?:most|sum|horizonAgeSeconds|keeping\.|completed|orders\.reduce|webhooks\.)/g)].map(([, field]) => field));
  expect([SILENCE.field, ...FIGURES.map(({ field }) => field)].filter((field) => field !== undefined && !fields.has(field))).toEqual([]);
});

test('every alarm says where it is written what to do', () => {
  const headings = new Set([...OPERATIONS.matchAll(/^#{2,4} (.+)$/gm)].map(([, heading = '']) => anchor(heading)));
  const rows = [SILENCE, ...FIGURES, ...Object.values(QUEUES)];
  expect(rows.map(({ runbook }) => anchor(runbook)).filter((one) => !headings.has(one))).toEqual([]);
});
