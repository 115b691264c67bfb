/**
 * What an OpenAPI document says more than once stands in its components, once: schemas that have a title, and parameters,
 * headers and answers that are equal. `withoutReferences` is the way back, for whoever looks at one operation alone.
 * Refuses: two different schemas under one title.
 */

type Json = Readonly<Record<string, any>>;
type Kind = 'parameters' | 'headers' | 'responses';
/** Gives what stands in the place of a part; `name` is that of a header, or the status of an answer. */
type Change = (part: Json, name: string) => Json;

/** Members of a schema that hold values, not schemas. */
const DATA = new Set(['const', 'default', 'enum', 'example', 'examples']);

/** Gives a new document, with `components` that are sorted by name. */
export function withComponents<Document extends Json>(document: Document): Document {
  const schemas: Record<string, Json> = {};
  const named = withNamedSchemas(document['paths'], schemas) as Json;
  const headers = moveRepeated(named, 'headers', (_header, name) => name);
  const parameters = moveRepeated(headers.paths, 'parameters', (parameter) => parameter['name']);
  const responses = moveRepeated(parameters.paths, 'responses', nameOfAnswer);
  const components = {
    ...document['components'], schemas: sorted({ ...document['components']?.schemas, ...schemas }),
    headers: headers.components, parameters: parameters.components, responses: responses.components,
  };
  return { ...document, components, paths: responses.paths };
}

/** The document with every local reference replaced by what it names; a reference to what is being replaced already is kept. */
export function withoutReferences<Document extends object>(document: Document): Document {
  const resolve = (value: any, within: readonly string[]): any => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, within));
    if (typeof value !== 'object' || value === null) return value;
    const { $ref: reference, ...beside } = value;
    if (typeof reference !== 'string' || !reference.startsWith('#/') || within.includes(reference)) return mapped(value, (inner) => resolve(inner, within));
    return { ...resolve(found(document, reference), [...within, reference]), ...beside };
  };
  return resolve(document, []) as Document;
}

function found(document: object, reference: string): unknown {
  const names = reference.slice(2).split('/').map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'));
  const part = names.reduce<any>((place, name) => place?.[name], document);
  if (part === undefined) throw new Error(`The description has nothing at ${reference}.`);
  return part;
}

function withNamedSchemas(value: unknown, schemas: Record<string, Json>): unknown {
  if (Array.isArray(value)) return value.map((item) => withNamedSchemas(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const schema = mapped(value as Json, (inner, name) => (DATA.has(name) ? inner : withNamedSchemas(inner, schemas)));
  const { title } = schema;
  if (typeof title !== 'string') return schema;
  const known = schemas[title];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`Two different schemas have the title ${title}.`);
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}

function moveRepeated(paths: Json, kind: Kind, nameOf: (part: Json, name: string) => string): { readonly paths: Json; readonly components: Json } {
  const counts = new Map<string, number>();
  changeParts(paths, kind, (part) => {
    const text = JSON.stringify(part);
    counts.set(text, (counts.get(text) ?? 0) + 1);
    return part;
  });
  const components: Record<string, Json> = {};
  const changed = changeParts(paths, kind, (part, name) => {
    const text = JSON.stringify(part);
    const component = nameOf(part, name);
    if ('$ref' in part || counts.get(text) === 1) return part;
    // The second of two different parts with one name stays where it is.
    if (JSON.stringify(components[component] ?? part) !== text) return part;
    components[component] = part;
    return { $ref: `#/components/${kind}/${component}` };
  });
  return { paths: changed, components: sorted(components) };
}

function changeParts(paths: Json, kind: Kind, change: Change): Json {
  return mapped(paths, (path: Json) => mapped(path, (operation: Json) => {
    if (kind === 'parameters') return operation['parameters'] ? { ...operation, parameters: operation['parameters'].map((one: Json) => change(one, one['name'])) } : operation;
    const changeAnswer = (answer: Json): Json => (answer['headers'] ? { ...answer, headers: mapped(answer['headers'], change) } : answer);
    return { ...operation, responses: mapped(operation['responses'], kind === 'headers' ? changeAnswer : change) };
  }));
}

/** `RequestTimeout`, `DependencyUnavailableOrTimedOut`: the codes of problems; else its schema and its status. */
function nameOfAnswer(answer: Json, status: string): string {
  const [{ schema = {} } = {}] = Object.values<Json>(answer['content'] ?? {});
  const codes: string[] | undefined = schema['allOf']?.[1]?.properties?.code?.enum;
  return codes ? codes.map(pascal).join('Or') : `${String(schema['$ref'] ?? 'Answer').split('/').at(-1)}${status}`;
}

function pascal(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function mapped(value: Json, change: (inner: any, name: string) => unknown): any {
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, change(inner, name)]));
}

function sorted(value: Json): Json {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
