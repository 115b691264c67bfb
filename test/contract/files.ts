/** The contract as files below docs/contract, made from the code. */
import type { SchemaObject } from './documents.ts';
import type { ApiDescriptions } from './apis.ts';
import { asyncApi } from './asyncapi.ts';
import { eventSchemas } from './event-schemas.ts';
import { readInfrastructure } from './template.ts';

/** Path below docs/contract → its document. */
export type ContractFiles = Readonly<Record<string, object>>;

/** Of the API descriptions as they are served, and of what the catalogue and the CDK app say. */
export function contractFiles(apis: ApiDescriptions): ContractFiles {
  return { ...Object.fromEntries(Object.entries(apis).map(([service, description]) => [`${service}.openapi.json`, description])), ...eventFiles() };
}

export function eventFiles(): Readonly<Record<string, SchemaObject>> {
  const schemas = eventSchemas().map(({ name, schema }) => [`events/${name}.schema.json`, schema] as const);
  return { 'asyncapi.json': asyncApi(readInfrastructure()), ...Object.fromEntries(schemas) };
}

/** The text of a file. */
export function textOf(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
