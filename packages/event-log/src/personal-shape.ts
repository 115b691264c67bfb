/**
 * Which members of event data a schema knows, at every depth; and what stands beside them, taken out and put back. Pure.
 *
 * A member that the schema does not name is unknown, also in an object that says that it may have others, and in the objects of a list.
 * What the schema says may be anything is known.
 */
import { PERSONAL } from '@commerce/events/personal';
import { z } from 'zod';

export interface Shape {
  /** Whatever stands here is known. */
  readonly isOpen: boolean;
  readonly members: ReadonlyMap<string, Shape>;
  /** Of members that have no name in the schema. */
  readonly others?: Shape | undefined;
  /** Of a list. */
  readonly items?: Shape | undefined;
}

const OPEN: Shape = { isOpen: true, members: new Map() };

export function shapeOf(schema: z.ZodType): Shape {
  // Sealed as a whole, whatever stands in it.
  if (schema.meta()?.[PERSONAL] === true) return OPEN;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return shapeOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).map(shapeOf).reduce(either);
  if (schema instanceof z.ZodArray) return { isOpen: false, members: new Map(), items: shapeOf(schema.element as z.ZodType) };
  if (schema instanceof z.ZodRecord) return { isOpen: false, members: new Map(), others: shapeOf(schema.valueType as z.ZodType) };
  if (!(schema instanceof z.ZodObject)) return OPEN;
  return { isOpen: false, members: new Map(Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => [name, shapeOf(member)])) };
}

/** Known is what one of them knows. A value without members says nothing of one that has some. */
function either(a: Shape, b: Shape): Shape {
  const members = new Map(a.members);
  for (const [name, shape] of b.members) members.set(name, eitherOf(members.get(name), shape) ?? shape);
  return { isOpen: a.isOpen || b.isOpen, members, others: eitherOf(a.others, b.others), items: eitherOf(a.items, b.items) };
}

function eitherOf(a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  return a === undefined || b === undefined ? (a ?? b) : either(a, b);
}

/** The members that `read` looks at, as a shape. A list that is looked at is known. */
export function shapeRead(data: object, read: (data: object) => unknown): Shape {
  const members = new Map<string, Shape>();
  read(watched(data, members));
  return { isOpen: false, members };
}

function watched(data: object, members: Map<string, Shape>): object {
  return new Proxy(data, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        members.set(String(name), OPEN);
        return value;
      }
      const inner = new Map(members.get(String(name))?.members);
      members.set(String(name), { isOpen: false, members: inner });
      return watched(value, inner);
    },
  });
}

export interface Split {
  readonly known: unknown;
  /** The others, each where it stood; the places of a list are names. Undefined when there are none. */
  readonly rest: object | undefined;
}

/** Data without its unknown members, and these. */
export function split(shape: Shape, data: unknown): Split {
  return knowsAll(shape, data) ? { known: data, rest: undefined } : taken(shape, data as object);
}

/** Has it no member that the shape does not know? So it is with almost every event. */
function knowsAll({ isOpen, members, others, items }: Shape, data: unknown): boolean {
  if (isOpen || typeof data !== 'object' || data === null) return true;
  if (Array.isArray(data)) return items === undefined ? data.length === 0 : data.every((item) => knowsAll(items, item));
  for (const name of Object.keys(data)) {
    const shape = members.get(name) ?? others;
    if (shape === undefined || !knowsAll(shape, (data as Readonly<Record<string, unknown>>)[name])) return false;
  }
  return true;
}

function taken({ members, others, items }: Shape, data: object): Split {
  const isList = Array.isArray(data);
  const known: [string, unknown][] = [];
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(data)) {
    const shape = isList ? items : (members.get(name) ?? others);
    if (shape === undefined) {
      rest.push([name, value]);
      continue;
    }
    const part = split(shape, value);
    known.push([name, part.known]);
    if (part.rest !== undefined) rest.push([name, part.rest]);
  }
  return { known: isList ? known.map(([, value]) => value) : Object.fromEntries(known), rest: Object.fromEntries(rest) };
}

/** What `split` took apart. */
export function joined(known: unknown, rest: unknown): unknown {
  if (typeof known !== 'object' || known === null || typeof rest !== 'object' || rest === null) return rest;
  const added = rest as Readonly<Record<string, unknown>>;
  const entries = Object.entries(known).map(([name, value]): [string, unknown] => [name, Object.hasOwn(added, name) ? joined(value, added[name]) : value]);
  const all = [...entries, ...Object.entries(added).filter(([name]) => !Object.hasOwn(known, name))];
  return Array.isArray(known) ? all.map(([, value]) => value) : Object.fromEntries(all);
}
