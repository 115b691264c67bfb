/**
 * The signature base of RFC 9421, section 2: the text that is signed.
 * Promise: two messages that differ in a covered component have different bases; a component stands in it once.
 * Refuses: a component that the message does not have, one that cannot be told apart (a query parameter that stands twice), a
 * value that is not ASCII or has a line break, and the parameters `sf`, `key`, `bs`, `tr` and `req`, which nobody here uses.
 */
import { serializeInnerList, serializeItem } from 'structured-headers';
import type { BareItem, InnerList, Item } from 'structured-headers';
import { SignatureFault } from './fault.ts';
import { headerValue, targetOf } from './message.ts';
import type { Message, Target } from './message.ts';

/** One covered component: its name, and the query parameter's name for `@query-param`. */
export interface Component {
  readonly name: string;
  /** Percent-encoded, as it stands in the query. */
  readonly queryParam?: string | undefined;
}

/** Parameters of a signature in their order; numbers are integers. */
export type SignatureParams = ReadonlyMap<string, BareItem>;

const MAX_COMPONENTS = 64;
const COMPONENT_NAME = /^@?[!#$%&'*+.^_`|~0-9a-z-]+$/;

const OF_A_TARGET: ReadonlyMap<string, (target: Target) => string> = new Map([
  ['@target-uri', (target) => target.uri],
  ['@authority', (target) => target.authority],
  ['@scheme', (target) => target.scheme],
  ['@request-target', (target) => target.requestTarget],
  ['@path', (target) => target.path],
  ['@query', (target) => target.query],
]);

/** The text to be signed. Throws `SignatureFault`. */
export function signatureBase(message: Message, components: readonly Component[], params: SignatureParams): string {
  if (components.length > MAX_COMPONENTS) throw new SignatureFault(`A signature covers ${MAX_COMPONENTS} components at most.`);
  const target = message.url === undefined ? undefined : targetOf(message.url);
  const values = new Map(components.map((component) => [identifier(component), valueOf(message, target, component)]));
  if (values.size < components.length) throw new SignatureFault('A component is covered twice.');
  const base = [...values].map(([name, value]) => `${name}: ${value}`).concat(`"@signature-params": ${signatureParams(components, params)}`);
  if (base.some((line) => !/^[\t\x20-\x7e]*$/.test(line))) throw new SignatureFault('A covered value is not ASCII, or has a line break.');
  return base.join('\n');
}

/** The covered components and the parameters as they stand in `Signature-Input`. */
export function signatureParams(components: readonly Component[], params: SignatureParams): string {
  const list: InnerList = [components.map(itemOf), new Map(params)];
  return serializeInnerList(list);
}

/** Reads one item of a signature's list of components. Throws `SignatureFault`. */
export function componentOf([name, params]: Item): Component {
  if (typeof name !== 'string') throw new SignatureFault('A covered component is no string.');
  const queryParam = params.get('name');
  const known = name === '@query-param' ? typeof queryParam === 'string' && params.size === 1 : params.size === 0;
  if (!known) throw new SignatureFault('A covered component has parameters that are not supported here.');
  return typeof queryParam === 'string' ? { name, queryParam } : { name };
}

function itemOf({ name, queryParam }: Component): Item {
  return [name, new Map(queryParam === undefined ? [] : [['name', queryParam]])];
}

function identifier(component: Component): string {
  return serializeItem(itemOf(component));
}

function valueOf(message: Message, target: Target | undefined, { name, queryParam }: Component): string {
  if (!COMPONENT_NAME.test(name)) throw new SignatureFault('A covered component is no name in lower case.');
  const value = name.startsWith('@') ? derived(message, target, name, queryParam) : headerValue(message.headers, name);
  if (value === undefined) throw new SignatureFault(`The message has no ${name}.`);
  return value;
}

function derived({ method, status }: Message, target: Target | undefined, name: string, queryParam: string | undefined): string | undefined {
  if (name === '@method') return method;
  if (name === '@status') return status === undefined ? undefined : String(status);
  if (target === undefined) return undefined;
  if (name === '@query-param') return queryParameter(target, queryParam ?? '');
  return OF_A_TARGET.get(name)?.(target);
}

/** Value of the one query parameter whose encoded name is `encodedName`, encoded again in the one way of section 2.2.8. */
function queryParameter({ query }: Target, encodedName: string): string | undefined {
  const values = [...new URLSearchParams(query)].filter(([name]) => percentEncode(name) === encodedName);
  return values.length === 1 ? percentEncode(values[0]?.[1] ?? '') : undefined;
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
