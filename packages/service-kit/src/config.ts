/**
 * Configuration of a service: one declaration per service, read once at start.
 * Promise: every variable has a meaning, a unit in its name, a default or the word "required", and a minimum; all faults
 * are reported at once.
 * Refuses: to show the value of a secret, to guess at a malformed value, to start in production on a development default
 * of a secret, or on one that stands in examples.
 */

interface Variable<Value> {
  readonly name: string;
  readonly meaning: string;
  readonly secret: boolean;
  readonly required: boolean;
  /** Text of the default as it would stand in an environment file. */
  readonly defaultText: string | undefined;
  /** The value of another variable with which this one may not be absent, though it is optional otherwise. */
  readonly neededWith: Needing | undefined;
  /** What values are accepted, in words. */
  readonly accepts: string;
  readonly defaultValue: Value | undefined;
  /** Throws an Error whose message continues "NAME …" and never repeats the value. */
  parse(text: string): Value;
  /** Returns what is wrong with the value in production, as a continuation of "NAME …". */
  readonly productionCheck: ((value: Value) => string | undefined) | undefined;
}

interface Needing {
  readonly name: string;
  readonly value: string;
}

interface CommonOptions<Value> {
  meaning: string;
  default?: Value;
  /** True: the variable may be absent, the value is undefined then. */
  optional?: boolean;
  /** Of an optional variable: the value of another one with which it may not be absent. */
  neededWith?: Needing;
  secret?: boolean;
  /** Called when NODE_ENV is production; returns what is wrong ("must …") or undefined. */
  productionCheck?: (value: Value) => string | undefined;
}

/** A variable without default is required, unless it is optional: then its type includes undefined. */
type Read<Value, Options> = Options extends { optional: true } ? Variable<Value | undefined> : Variable<Value>;

type Limits = { minimum?: number; maximum?: number };

function variable<Value, const Options extends CommonOptions<Value>>(
  name: string,
  options: Options,
  parts: { accepts: string; parse(text: string): Value; format?: (value: Value) => string },
): Read<Value, Options> {
  const fallback = options.default;
  const made: Variable<Value> = {
    name,
    meaning: options.meaning,
    secret: options.secret ?? false,
    required: fallback === undefined && options.optional !== true,
    defaultText: fallback === undefined ? undefined : (parts.format ?? String)(fallback),
    neededWith: options.neededWith,
    accepts: parts.accepts,
    defaultValue: fallback,
    parse: parts.parse,
    productionCheck: options.productionCheck,
  };
  return made as Read<Value, Options>;
}

/** Any text that is not empty. `minimumLength` is meant for secrets. */
export function text<const O extends CommonOptions<string> & { minimumLength?: number }>(name: string, options: O) {
  const minimum = options.minimumLength ?? 1;
  return variable<string, O>(name, options, {
    accepts: minimum > 1 ? `at least ${minimum} characters` : 'text',
    parse(value) {
      if (value.length < minimum) throw new Error(`must have at least ${minimum} characters`);
      return value;
    },
  });
}

/** A whole number between `minimum` (0 when left out) and `maximum`. */
export function integer<const O extends CommonOptions<number> & Limits>(name: string, options: O) {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = options;
  const accepts = rangeInWords('a whole number', minimum, maximum, '');
  return variable<number, O>(name, options, {
    accepts,
    parse: (value) => inRange(/^-?\d+$/.test(value) ? Number(value) : NaN, minimum, maximum, accepts),
  });
}

/** Milliseconds, written as a whole number or with a unit: `1500`, `100ms`, `10s`, `5m`, `1h`. The name ends in `_MS`. */
export function duration<const O extends CommonOptions<number> & Limits>(name: `${string}_MS`, options: O) {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = options;
  const accepts = rangeInWords('a duration in ms, or with a unit such as 100ms, 10s, 5m, 1h', minimum, maximum, ' ms');
  return variable<number, O>(name, options, {
    accepts,
    parse: (value) => inRange(parseDuration(value), minimum, maximum, accepts),
  });
}

/** Milliseconds for a variable whose name does not say so: the unit stands in its value, `100ms`, `10s`, `5m`, `1h`. A bare number is refused. */
export function timeSpan<const O extends CommonOptions<number> & Limits>(name: string, options: O) {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = options;
  const accepts = rangeInWords('a duration with its unit, such as 100ms, 10s, 5m, 1h', minimum, maximum, ' ms');
  return variable<number, O>(name, options, {
    accepts,
    parse: (value) => inRange(/^\d+$/.test(value) ? NaN : parseDuration(value), minimum, maximum, accepts),
    format: (value) => (value > 0 && value % 1_000 === 0 ? `${value / 1_000}s` : `${value}ms`),
  });
}

/**
 * An absolute URL with one of `protocols` (http and https when left out). The text is kept as it was written. Web addresses are
 * compared and joined with paths, so they have no slash at their end; `mayEndInSlash` is for those that others have named.
 */
export function url<const O extends CommonOptions<string> & { protocols?: readonly string[]; mayEndInSlash?: boolean }>(name: string, options: O) {
  const protocols = options.protocols ?? ['http', 'https'];
  const form = `a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
  const refusesSlash = options.protocols === undefined && options.mayEndInSlash !== true;
  return variable<string, O>(name, options, {
    accepts: refusesSlash ? `${form}, without a slash at its end` : form,
    parse(value) {
      const parsed = URL.parse(value);
      if (!parsed || !protocols.includes(parsed.protocol.slice(0, -1))) throw new Error(`must be ${form}`);
      if (refusesSlash && value.endsWith('/')) throw new Error('must not end in a slash: leave it out');
      return value;
    },
  });
}

/** One of `choices`. */
export function choice<const C extends string, const O extends CommonOptions<C>>(
  name: string,
  choices: readonly C[],
  options: O,
) {
  const accepts = `one of ${choices.join(', ')}`;
  return variable<C, O>(name, options, { accepts, parse: (value) => oneOf(choices, value, accepts) });
}

/** Several of `choices`, separated by commas. */
export function choices<const C extends string, const O extends CommonOptions<readonly C[]>>(
  name: string,
  allowed: readonly C[],
  options: O,
) {
  const accepts = `one or more of ${allowed.join(', ')}, separated by commas`;
  return variable<readonly C[], O>(name, options, {
    accepts,
    parse: (value) => value.split(',').map((item) => oneOf(allowed, item.trim(), accepts)),
    format: (value) => value.join(','),
  });
}

/** `true` or `false`. */
export function flag<const O extends CommonOptions<boolean>>(name: string, options: O) {
  return variable<boolean, O>(name, options, {
    accepts: 'true or false',
    parse: (value) => oneOf(['true', 'false'], value, 'true or false') === 'true',
  });
}

export type Variables = Record<string, Variable<any>>;

export interface ConfigDeclaration<V extends Variables> {
  readonly service: string;
  readonly variables: V;
}

export type ConfigOf<D> =
  D extends ConfigDeclaration<infer V>
    ? { readonly [K in keyof V]: V[K] extends Variable<infer Value> ? Value : never }
    : never;

/** Declares the configuration of a service: `{ port: integer('CC_PORT', { meaning, default: 3000 }) }`. */
export function declareConfig<const V extends Variables>(service: string, variables: V): ConfigDeclaration<V> {
  const names = Object.values(variables).map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) throw new Error(`${service} declares ${repeated.join(', ')} more than once.`);
  return { service, variables };
}

/** Everything that is wrong with the environment, one fault per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(service: string, faults: readonly string[]) {
    super(`${service} cannot start with this environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads the environment. An empty variable counts as absent; variables that nobody declared are left alone.
 * Throws one ConfigError that lists every fault and no secret's value.
 */
export function readConfig<V extends Variables>(
  declaration: ConfigDeclaration<V>,
  env: Record<string, string | undefined>,
): ConfigOf<ConfigDeclaration<V>> {
  const production = env['NODE_ENV'] === 'production';
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(declaration.variables)) {
    try {
      values[key] = readVariable(declared, env[declared.name] || undefined, production);
    } catch (error) {
      faults.push(`${declared.name} ${error instanceof Error ? error.message : 'cannot be read'} (${declared.meaning})`);
    }
  }
  faults.push(...missingWith(declaration.variables, env, values));
  if (faults.length > 0) throw new ConfigError(declaration.service, faults);
  return values as ConfigOf<ConfigDeclaration<V>>;
}

/** What is absent though another variable has the value that needs it. */
function missingWith(variables: Variables, env: Readonly<Record<string, string | undefined>>, values: Readonly<Record<string, unknown>>): string[] {
  const byName = new Map(Object.entries(variables).map(([key, { name }]) => [name, values[key]]));
  return Object.values(variables).flatMap(({ name, neededWith, accepts, meaning }) => {
    if (neededWith === undefined || env[name] || byName.get(neededWith.name) !== neededWith.value) return [];
    return [`${name} is missing: with ${neededWith.name}=${neededWith.value} it needs ${accepts} (${meaning})`];
  });
}

function readVariable(declared: Variable<any>, given: string | undefined, production: boolean): unknown {
  if (given === undefined && declared.required) throw new Error(`is missing: it needs ${declared.accepts}`);
  if (production && declared.secret && declared.defaultText !== undefined && (given ?? declared.defaultText) === declared.defaultText) {
    throw new Error('must be set in production: its default is for development');
  }
  if (production && declared.secret && given !== undefined && isExample(given)) throw new Error('must not be an example or easy to guess in production: make one, for instance with openssl rand -base64 32');
  const value = given === undefined ? declared.defaultValue : declared.parse(given);
  const complaint = production && value !== undefined ? declared.productionCheck?.(value) : undefined;
  if (complaint) throw new Error(complaint);
  return value;
}

const EXAMPLE = /change.?me|placeholder|your.?(?:secret|key|password|token)|^(?:password|example|default|<.*>)\d*$/i;
/** A secret that somebody has made has more, whatever its alphabet; a byte that is repeated has fewer in base64. */
const MIN_DIFFERENT = 6;

function isExample(secret: string): boolean {
  return new Set(secret.replace(/^wh\w+_/, '')).size < MIN_DIFFERENT || EXAMPLE.test(secret);
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function parseDuration(value: string): number {
  const match = /^(\d+)(ms|s|m|h)?$/.exec(value);
  return match ? Number(match[1]) * (UNIT_MS[match[2] ?? 'ms'] ?? NaN) : NaN;
}

function inRange(value: number, minimum: number, maximum: number, accepts: string): number {
  if (Number.isNaN(value) || value < minimum || value > maximum) throw new Error(`must be ${accepts}`);
  return value;
}

function rangeInWords(kind: string, minimum: number, maximum: number, unit: string): string {
  const upper = maximum === Number.MAX_SAFE_INTEGER ? '' : `, at most ${maximum}${unit}`;
  return `${kind}, at least ${minimum}${unit}${upper}`;
}

function oneOf<C extends string>(allowed: readonly C[], value: string, accepts: string): C {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new Error(`must be ${accepts}`);
  return found;
}
