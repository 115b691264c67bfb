/** The forms of the documents that make up the contract, as far as they are looked into here. */

/** A JSON Schema (2020-12): true, false, or an object of keywords. */
export type Schema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  /** How a list or an object stands in it. */
  readonly style?: string;
  readonly explode?: boolean;
  readonly schema?: Schema;
}

/** Ways in, of which one is enough: names of schemes with the scopes that each asks for. */
type Security = readonly Readonly<Record<string, readonly string[]>>[];

export type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export interface Answer {
  readonly headers?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly content?: Content;
}

export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
  readonly security?: Security;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  /** Of the operations that say nothing of their own. */
  readonly security?: Security;
  readonly components: { readonly schemas?: Readonly<Record<string, Schema>>; readonly securitySchemes?: Readonly<Record<string, SchemaObject>> };
}
