/** Reads the leaves of an event that is a parsed JSON object. Its numbers are doubles: how they were spelled is lost. */
import { SpelledNumber } from './leaf.ts';
import type { Leaves, Membership } from './leaves.ts';
import type { PathNode } from './path-tree.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Above this many keys to look for, the event's own keys are gone through instead. */
const MANY_KEYS = 16;

/** Adds the leaves of the object that the tree names. */
export function readObject(object: JsonObject, node: PathNode, leaves: Leaves, membership?: Membership): void {
  const { keys, nodes } = node;
  if (keys.length > MANY_KEYS) {
    for (const key of Object.keys(object)) {
      const below = node.byKey.get(key);
      if (below !== undefined) readMember(object[key], below, leaves, membership);
    }
    return;
  }
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    const below = nodes[at];
    const value = object[key];
    // What an object inherits is functions, which are no JSON, but for this one.
    if (below !== undefined && value !== undefined && (key !== '__proto__' || Object.hasOwn(object, key))) readMember(value, below, leaves, membership);
  }
}

function readMember(value: unknown, node: PathNode, leaves: Leaves, membership: Membership | undefined): void {
  if (typeof value !== 'object' || value === null) addLeaf(value, node, leaves, membership);
  else if (Array.isArray(value)) readArray(value, node, leaves, membership);
  else readObject(value as JsonObject, node, leaves, membership);
}

function readArray(items: readonly unknown[], node: PathNode, leaves: Leaves, outer: Membership | undefined): void {
  const array = leaves.arrays;
  leaves.arrays += 1;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    const isNested = typeof item === 'object' && item !== null;
    readMember(item, node, leaves, isNested ? { array, index, outer } : outer);
  }
}

function addLeaf(value: unknown, node: PathNode, leaves: Leaves, membership: Membership | undefined): void {
  if (node.path < 0) return;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) leaves.add(node.path, value, membership);
  else if (typeof value === 'number') leaves.add(node.path, Number.isFinite(value) ? value : new SpelledNumber(String(value)), membership);
}
