/**
 * CloudFormation's intrinsic functions: Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split and Fn::ImportValue.
 * Any other is refused by name, with the place where it stands.
 */
export interface Scope {
  /** What `Ref` gives: a parameter, a pseudo parameter or a resource. */
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): string;
  importValue(exportName: string): string;
}

/** The value of `AWS::NoValue`: whoever holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

/** The value with every intrinsic function in it worked out. `place` is told in errors. */
export function resolve(value: unknown, scope: Scope, place: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => resolve(item, scope, `${place}[${index}]`)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && isIntrinsic(first[0])) return call(first[0], first[1], scope, place);
  return Object.fromEntries(
    entries.map(([name, member]) => [name, resolve(member, scope, `${place}.${name}`)]).filter(([, member]) => member !== NO_VALUE),
  );
}

function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}

function call(name: string, argument: unknown, scope: Scope, place: string): unknown {
  const at = `${place}.${name}`;
  switch (name) {
    case 'Ref':
      return scope.ref(text(argument, at));
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = typeof argument === 'string' ? splitOnce(argument) : pair(argument, at);
      return scope.attribute(text(logicalId, at), text(attribute, at));
    }
    case 'Fn::Join': {
      const [separator, parts] = pair(resolve(argument, scope, at), at);
      return list(parts, at).map((part) => scalar(part, at)).join(text(separator, at));
    }
    case 'Fn::Split': {
      const [separator, whole] = pair(resolve(argument, scope, at), at);
      return text(whole, at).split(text(separator, at));
    }
    case 'Fn::Select': {
      const [index, items] = pair(resolve(argument, scope, at), at);
      const item = list(items, at)[Number(index)];
      return item === undefined ? refuse(at, `there is no item ${String(index)}`) : item;
    }
    case 'Fn::Sub':
      return substitute(argument, scope, at);
    case 'Fn::ImportValue':
      return scope.importValue(text(resolve(argument, scope, at), at));
    default:
      return refuse(at, 'the local AWS does not work out this function');
  }
}

function substitute(argument: unknown, scope: Scope, at: string): string {
  const [template, given] = typeof argument === 'string' ? [argument, {}] : pair(argument, at);
  const variables = resolve(given, scope, at) as Readonly<Record<string, unknown>>;
  return text(template, at).replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (Object.hasOwn(variables, name)) return scalar(variables[name], at);
    const [logicalId, attribute] = splitOnce(name);
    return attribute === undefined ? scalar(scope.ref(name), at) : scope.attribute(logicalId, attribute);
  });
}

function splitOnce(name: string): [string, string | undefined] {
  const dot = name.indexOf('.');
  return dot === -1 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}

function pair(value: unknown, at: string): [unknown, unknown] {
  const items = list(value, at);
  return items.length === 2 ? [items[0], items[1]] : refuse(at, 'it takes two arguments');
}

function list(value: unknown, at: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(at, 'it takes a list');
}

function text(value: unknown, at: string): string {
  return typeof value === 'string' ? value : refuse(at, 'it takes a text');
}

function scalar(value: unknown, at: string): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : refuse(at, 'it joins texts only');
}

function refuse(at: string, why: string): never {
  throw new Error(`${at}: ${why}`);
}
