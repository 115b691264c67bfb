/** Paths and queries of the services' APIs, with what the operator gave safely inside them. */
import { UsageFault } from './failures.ts';

/** path`/v1/clients/${id}`: each value is one segment of the path, whatever characters it has. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((text, part, index) => `${text}${segment(values[index - 1] ?? '')}${part}`);
}

/** An address with these would mean another place, however they are written. */
function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw new UsageFault(`"${value}" is no id.`);
  return encodeURIComponent(value);
}

/** `?name=value&…` of those that are given; empty when none is. */
export function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
