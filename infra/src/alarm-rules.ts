/** The rows of the table as a file of alerting rules of Prometheus. JSON is YAML, so each value is written as JSON. */
import type { FigureAlarm } from './alarm-table.ts';
import { FIGURES } from './alarm-table.ts';

const HEAD = `# Alerting rules of Prometheus for both services, made from infra/src/alarm-table.ts by write-docs: change the table, not this file.
# Each process of a service is scraped at /metrics every 15 s with a token for the scope metrics:read, under a job of the service's name.
groups:
`;

export function alarmRules(): string {
  const services = [...new Set(FIGURES.flatMap((row) => row.services))];
  return HEAD + services.map((service) => `  - name: ${JSON.stringify(service)}\n    rules:\n${FIGURES.filter((row) => row.services.includes(service)).map((row) => rule(row, service)).join('')}`).join('');
}

function rule({ id, expression, threshold, minutes, severity, description, runbook }: FigureAlarm, service: string): string {
  const ofService = expression.replaceAll(/\b(commerce_\w+|up)\b(\{)?/g, (_all, metric: string, brace: string | undefined) => (brace === undefined ? `${metric}{job="${service}"}` : `${metric}{job="${service}",`));
  return `      - alert: ${JSON.stringify(id)}
        expr: ${JSON.stringify(`${ofService} > ${threshold}`)}
        for: ${minutes}m
        labels: { severity: ${severity}, service: ${JSON.stringify(service)} }
        annotations:
          description: ${JSON.stringify(description)}
          runbook: ${JSON.stringify(`docs/operations.md#${anchor(runbook)}`)}
`;
}

/** As a heading is addressed. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}
