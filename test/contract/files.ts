/** The contract as files below docs/contract, made from the code. */
import type { SchemaObject } from './documents.ts';
import type { ApiDescriptions } from './apis.ts';
import { asyncApi } from './asyncapi.ts';
import { CATALOGUE_FILE, catalogueFacts } from './entry-facts.ts';
import { eventSchemas, INTERNAL, internalSchemas, PUBLISHED } from './event-schemas.ts';
import { readInfrastructure } from './template.ts';

/** Path below docs/contract → its document. */
export type ContractFiles = Readonly<Record<string, object>>;

/** Of the API descriptions as they are served, and of what the catalogue and the CDK app say. */
export function contractFiles(apis: ApiDescriptions): ContractFiles {
  return { ...Object.fromEntries(Object.entries(apis).map(([service, description]) => [`${service}.openapi.json`, description])), ...eventFiles() };
}

export function eventFiles(): Readonly<Record<string, SchemaObject>> {
  return { 'asyncapi.json': asyncApi(readInfrastructure()), ...schemaFiles() };
}

/** The schemas of all events that stand in a log, of what is published and of what stays in its service, and what their entries say beside them. */
export function schemaFiles(): Readonly<Record<string, SchemaObject>> {
  const published = eventSchemas().map(({ name, schema }) => [`events/${name}.schema.json`, schema] as const);
  const internal = internalSchemas().map(({ name, schema }) => [`internal-events/${name}.schema.json`, schema] as const);
  return Object.fromEntries([...published, ...internal, [CATALOGUE_FILE, catalogueFacts([...PUBLISHED, ...INTERNAL])]]);
}

/** The text of a file. */
export function textOf(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
